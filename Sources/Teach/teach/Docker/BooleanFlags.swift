import ArgumentParser

/// Flags with a value, as Docker's command line takes them: `--pull=true`, `-q=false` (Go's package pflag).
enum BooleanFlags {
    /// Parses a command line of which some flags have values.
    ///
    /// - Throws: what the parser throws; `DockerFailure` for a value that is neither true nor false.
    static func parse(_ root: any ParsableCommand.Type, _ arguments: [String]) throws -> any ParsableCommand {
        do { return try root.parseAsRoot(arguments) } catch {
            guard arguments.contains(where: { $0.hasPrefix("-") && $0.contains("=") }) else { throw error }
            let (verb, count) = verb(of: root, arguments)
            let words = Array(arguments.dropFirst(count))
            guard let settled = try DeclaredOptions(of: verb).settling(words) else { throw error }
            return try root.parseAsRoot(arguments.prefix(count) + settled)
        }
    }

    /// The command that the first words name, and how many they are.
    static func verb(
        of root: any ParsableCommand.Type, _ arguments: [String]
    ) -> (verb: any ParsableCommand.Type, count: Int) {
        var (verb, count) = (root, 0)
        while count < arguments.count,
            let next = verb.configuration.subcommands.first(where: {
                $0.configuration.commandName == arguments[count] || $0.configuration.aliases.contains(arguments[count])
            })
        {
            (verb, count) = (next, count + 1)
        }
        return (verb, count)
    }
}
