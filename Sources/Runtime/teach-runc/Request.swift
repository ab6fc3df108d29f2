/// What the words after the program's name ask for.
enum Request: Equatable {
    case run(bundle: String, id: String)
    case spec(bundle: String)
    case version
    case help

    static let usage = """
        Runs a container from an OCI runtime bundle.

        USAGE: teach-runc run [--bundle DIR] ID    run a container to its end; exit with its status
               teach-runc spec [--bundle DIR]      write a config.json to start from
               teach-runc --version | --help

        The bundle is the working directory unless --bundle (-b) names another.
        Statuses of its own: 64 wrong usage, 125 no container, 126 the command cannot be executed, 127 there is none.

        """

    /// - Throws: `UsageError`
    init(_ words: [String]) throws(UsageError) {
        guard let verb = words.first else { throw UsageError("name a command: run or spec") }
        var bundle = "."
        var names: [String] = []
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            switch word {
            case "--bundle", "-b":
                guard let value = rest.popFirst() else { throw UsageError("\(word) needs a directory") }
                bundle = value
            case _ where word.hasPrefix("--bundle="): bundle = String(word.dropFirst(9))
            case "--help", "-h": names.append(word)
            case _ where word.hasPrefix("-"): throw UsageError("the option \(word) is unknown")
            default: names.append(word)
            }
        }
        if names.contains(where: { $0 == "--help" || $0 == "-h" }) {
            self = .help
            return
        }
        switch verb {
        case "--help", "-h", "help": self = .help
        case "--version", "-v": self = .version
        case "run":
            guard names.count == 1 else { throw UsageError("run takes one name for the container") }
            self = .run(bundle: bundle, id: names[0])
        case "spec":
            guard names.isEmpty else { throw UsageError("spec takes no name: \(names[0])") }
            self = .spec(bundle: bundle)
        case "create", "start", "state", "kill", "delete", "exec", "list", "ps", "pause", "resume", "events", "update",
            "checkpoint", "restore", "features":
            throw UsageError("\(verb) is not there yet: run makes, starts and deletes a container in one command")
        default: throw UsageError("\(verb) is no command: use run or spec")
        }
    }
}

struct UsageError: Error, Equatable {
    let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}
