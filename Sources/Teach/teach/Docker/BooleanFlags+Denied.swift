extension BooleanFlags {
    /// Whether a flag was turned off, which the parser cannot tell from one that was not given: as in `--rm=false`.
    static func isDenied(_ name: String, in arguments: [String]) -> Bool {
        guard let last = arguments.last(where: { $0 == name || $0.hasPrefix(name + "=") }) else { return false }
        return ["0", "f", "F", "false", "FALSE", "False"].contains(last.dropFirst(name.count + 1))
    }
}
