extension GoFlags {
    /// Whether a flag was turned off, which the parser cannot tell from one that was not given: as in `--rm=false`. Of all its
    /// spellings the last counts.
    static func isDenied(_ names: String..., in arguments: [String]) -> Bool {
        for argument in arguments.reversed() {
            guard let name = names.first(where: { argument == $0 || argument.hasPrefix($0 + "=") }) else { continue }
            return ["0", "f", "F", "false", "FALSE", "False"].contains(argument.dropFirst(name.count + 1))
        }
        return false
    }
}
