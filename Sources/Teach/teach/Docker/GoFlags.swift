import ArgumentParser

/// What Docker's command line takes besides (Go's package pflag): flags with a value, as in `--pull=true` and `-q=false`, and
/// values that look like options, as in `-e --rm`.
enum GoFlags {
    /// Parses a command line of which some flags have values.
    ///
    /// - Throws: what the parser throws; `DockerFailure` for a value that is neither true nor false.
    static func parse(_ root: any ParsableCommand.Type, _ arguments: [String]) throws -> any ParsableCommand {
        // The parser takes an empty value for none.
        if arguments.contains(where: { $0.hasPrefix("-") && $0.hasSuffix("=") }),
            let settled = try settling(arguments, of: root)
        {
            return try root.parseAsRoot(settled)
        }
        do { return try root.parseAsRoot(arguments) } catch {
            guard arguments.contains(where: { $0.hasPrefix("-") }),
                let settled = try settling(arguments, of: root)
            else { throw error }
            return try root.parseAsRoot(settled)
        }
    }

    private static func settling(_ arguments: [String], of root: any ParsableCommand.Type) throws -> [String]? {
        let (verb, count) = verb(of: root, arguments)
        return try DeclaredOptions(of: verb).settling(Array(arguments.dropFirst(count))).map {
            arguments.prefix(count) + $0
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
