internal import Dockerfiles

/// The ARGs of one stage, and the values that the user gave. See Docker's reference, "ARG".
struct BuildArguments {
    /// `--build-arg`.
    let given: [String: String]
    /// The values of the ARGs before the first FROM: an ARG of the same name without a value takes it.
    let global: [String: String]
    private var declared: [String: String?] = [:]

    /// Known without an ARG, and in no history: they may hold passwords.
    private static let predefined: Set<String> = [
        "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy",
        "ALL_PROXY", "all_proxy",
    ]

    init(given: [String: String], global: [String: String]) {
        self.given = given
        self.global = global
    }

    mutating func declare(_ name: String, _ value: String?) { declared.updateValue(value, forKey: name) }

    var names: Set<String> { Set(declared.keys) }

    static func isPredefined(_ name: String) -> Bool { predefined.contains(name) }

    /// The values that the stage has now. ENV wins over ARG.
    private func values(under environment: [String: String]) -> [String: String] {
        var values: [String: String] = [:]
        for (name, standard) in declared { values[name] = given[name] ?? standard ?? global[name] }
        for name in Self.predefined { if let value = given[name] { values[name] = value } }
        return values.filter { environment[$0.key] == nil }
    }

    /// What a word is expanded with.
    func variables(under environment: [String: String]) -> [String: String] {
        environment.merging(values(under: environment)) { own, _ in own }
    }

    /// `NAME=value` for a command, in the order of the names.
    func assignments(under environment: [String: String]) -> [String] {
        values(under: environment).map { "\($0.key)=\($0.value)" }.sorted()
    }

    /// Those of them that make a difference to the cache, and that the history shows.
    func recordedAssignments(under environment: [String: String]) -> [String] {
        values(under: environment).filter { declared.keys.contains($0.key) || !Self.isPredefined($0.key) }
            .map { "\($0.key)=\($0.value)" }.sorted()
    }
}
