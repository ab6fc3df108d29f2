/// The `--filter` words of a command, by their names, as Docker's client reads them (opts.FilterOpt).
struct DockerFilters {
    private let values: [String: [String]]

    /// - Parameters:
    ///   - words: `NAME=VALUE` each; an empty one says nothing.
    ///   - flag: The option as Docker names it: `-f, --filter`.
    ///   - verb: The command that has it.
    ///   - names: Those that the daemon knows.
    /// - Throws: `DockerFailure`
    init(_ words: [String], flag: String, of verb: String, names: [String]) throws {
        var values: [String: [String]] = [:]
        for word in words where !word.isEmpty {
            guard let equals = word.firstIndex(of: "=") else {
                throw DockerFailure(
                    sentence: "invalid argument \"\(word)\" for \"\(flag)\" flag: bad format of filter (expected "
                        + "name=value)\nSee 'docker \(verb) --help'.", status: 125)
            }
            // `label!=x=y` is the filter `label!`.
            values[word[..<equals].lowercased(), default: []].append(String(word[word.index(after: equals)...]))
        }
        if let unknown = values.keys.sorted().first(where: { !names.contains($0) }) {
            throw DockerFailure.daemon("Invalid filter '\(unknown)'")
        }
        self.values = values
    }

    subscript(name: String) -> [String] { values[name] ?? [] }

    /// Whether labels hold all of the words that a filter has, each a name or `NAME=VALUE`.
    func holds(_ name: String, of labels: [String: String]) -> Bool {
        self[name].allSatisfy { word in
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let value = labels[parts[0]] else { return false }
            return parts.count < 2 || parts[1] == value
        }
    }

    /// A filter that is yes or no; `nil` where it is not there.
    ///
    /// - Throws: `DockerFailure` for another word.
    func isTrue(_ name: String, yes: [String] = ["true"], no: [String] = ["false"]) throws -> Bool? {
        let words = self[name]
        if words.isEmpty { return nil }
        if words.contains(where: no.contains) { return false }
        if words.contains(where: yes.contains) { return true }
        throw DockerFailure.daemon("Invalid filter '\(name)=[\(words.joined(separator: " "))]'")
    }
}
