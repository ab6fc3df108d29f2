import ArgumentParser

/// What is wrong with a command line, in the words of Docker's client.
enum DockerUsage {
    /// - Parameter message: what the parser says.
    /// - Returns: `nil` for what Docker's client has no words for.
    static func failure(_ message: String) -> DockerFailure? {
        let isOfOptions = ["Unknown option", "Missing value for"].contains(where: message.contains)
        let isOfCount = ["Missing expected argument", "Missing one of", "Unexpected argument", "unexpected arguments"]
            .contains(where: message.contains)
        guard isOfOptions || isOfCount else { return nil }
        // Its options first, as Docker's client looks at them.
        let (verb, words) = DockerVerb.command
        if let mistake = try? DeclaredOptions(of: verb).mistake(in: words) {
            return DockerFailure(sentence: "\(mistake)\nSee 'docker \(DockerVerb.called) --help'.", status: 125)
        }
        return isOfCount ? DockerFailure(sentence: count(of: verb)) : nil
    }

    /// Fewer or more arguments than a verb takes.
    private static func count(of command: any ParsableCommand.Type) -> String {
        let verb = DockerVerb.called
        let takes =
            switch verb.split(separator: " ").last ?? "" {
            case "images", "ls": "requires at most 1 argument"
            case "ps", "df", "prune", "load", "version", "info": "accepts no arguments"
            case "tag", "cp": "requires exactly 2 arguments"
            case "export", "diff", "history": "requires exactly 1 argument"
            case "commit": "requires at least 1 and at most 2 arguments"
            default: "requires at least 1 argument"
            }
        let sentence = "\"docker \(verb)\" \(takes).\nSee 'docker \(verb) --help'."
        let configuration = command.configuration
        guard let usage = configuration.usage, let name = configuration.commandName else { return sentence }
        // The verb as it was called: in a group or not.
        let line = usage.replacing("docker \(name)", with: "docker \(verb)")
        return "\(sentence)\n\nUsage:  \(line)\n\n\(configuration.abstract.dropLast())"
    }
}

/// The verb that docker was called with.
enum DockerVerb {
    /// Its name, and the group that it is in: `image ls`.
    static var called: String {
        let words = arguments.prefix { !$0.hasPrefix("-") }
        let group = DockerCommand.configuration.subcommands.first { $0.configuration.commandName == words.first }
        let isGroup = group?.configuration.subcommands.isEmpty == false
        return words.prefix(isGroup ? 2 : 1).joined(separator: " ")
    }

    /// The command itself, and the words behind its name.
    static var command: (verb: any ParsableCommand.Type, words: [String]) {
        let arguments = Array(arguments)
        let (verb, count) = GoFlags.verb(of: DockerCommand.self, arguments)
        return (verb, Array(arguments.dropFirst(count)))
    }

    private static var arguments: ArraySlice<String> { CommandLine.arguments.dropFirst().drop { $0 == "docker" } }
}
