import ArgumentParser

/// Flags with a value, as Docker's command line takes them: `--pull=true`, `--rm=false` (Go's package pflag).
enum BooleanFlags {
    /// Parses a command line of which some flags have values.
    ///
    /// - Throws: what the parser throws; `DockerFailure` for a value that is neither true nor false.
    static func parse(_ root: any ParsableCommand.Type, _ arguments: [String]) throws -> any ParsableCommand {
        do { return try root.parseAsRoot(arguments) } catch {
            // The parser knows which options are flags, and which words are a container's own.
            guard let (name, value) = flag(root.message(for: error)),
                let place = arguments.firstIndex(of: "\(name)=\(value)")
            else { throw error }
            return try parse(root, try replacing(name, value, at: place, in: arguments, root))
        }
    }

    /// The option that is said to take no value, and its value.
    private static func flag(_ message: String) -> (name: String, value: String)? {
        let refusal = /The option '([^']+)' does not take any value, but '(.*)' was specified/
        guard let match = message.firstMatch(of: refusal) else { return nil }
        return (String(match.1), String(match.2))
    }

    private static func replacing(
        _ name: String, _ value: String, at place: Int, in arguments: [String], _ root: any ParsableCommand.Type
    ) throws -> [String] {
        var words = arguments
        switch value {
        case "1", "t", "T", "true", "TRUE", "True": words[place] = name
        case "0", "f", "F", "false", "FALSE", "False":
            words.remove(at: place)
            // The last one counts.
            words.removeAll(beneath: place) { $0 == name }
        default:
            throw DockerFailure(
                sentence: "invalid argument \"\(value)\" for \"\(name)\" flag: strconv.ParseBool: "
                    + "parsing \"\(value)\": invalid syntax\nSee 'docker \(DockerVerb.called) --help'.", status: 125)
        }
        return words
    }
}

extension [String] {
    fileprivate mutating func removeAll(beneath end: Int, where isUnwanted: (String) -> Bool) {
        self = self[..<end].filter { !isUnwanted($0) } + self[end...]
    }
}
