import ArgumentParser
import OCI

/// The options that a command declares, as far as it takes to tell its flags from the values of others.
struct DeclaredOptions {
    /// Each with all its spellings: `-q`, `--quiet`.
    private var flags: [[String]] = []
    /// What takes a value, by each spelling.
    private var valued: Set<String> = []
    /// Whether what follows the first operand is a container's, options too.
    private var endAtOperand = false

    /// - Throws: `FormatError` where the parser tells of the command in another form than it did.
    init(of command: any ParsableCommand.Type) throws {
        let dump = try JSONDocument.decode(
            Dump.self, from: Array(command._dumpHelp().utf8), what: "what the parser says of the command")
        for argument in dump.command.arguments ?? [] {
            let names = (argument.names ?? []).map { ($0.kind == "long" ? "--" : "-") + $0.name }
            switch argument.kind {
            case "flag": flags.append(names)
            case "option": valued.formUnion(names)
            default: if argument.parsingStrategy == "allRemainingInput" { endAtOperand = true }
            }
        }
    }

    /// What `--experimental-dump-help` prints, in part.
    private struct Dump: Decodable {
        struct Command: Decodable { var arguments: [Argument]? }
        struct Argument: Decodable {
            struct Name: Decodable { var kind: String, name: String }
            var kind: String
            var names: [Name]?
            var parsingStrategy: String
        }
        var command: Command
    }

    /// The words with each flag that has a value somewhere given once, without one, or not at all: the last of all its
    /// spellings counts. A value that looks like an option is joined to the option that it belongs to.
    ///
    /// - Returns: `nil` where no flag has a value, and no value looks so.
    /// - Throws: `DockerFailure` for a value that is neither true nor false.
    func settling(_ words: [String]) throws -> [String]? {
        let (parts, isJoined) = try parts(of: words)
        var hasValue: Set<Int> = []
        var last: [Int: Int] = [:]
        for (place, part) in parts.enumerated() {
            guard case .flag(let flag, _, let value) = part else { continue }
            if value != nil { hasValue.insert(flag) }
            last[flag] = place
        }
        if hasValue.isEmpty, !isJoined { return nil }
        return parts.enumerated().compactMap { place, part in
            switch part {
            case .other(let word): word
            case .flag(let flag, let name, _) where !hasValue.contains(flag): name
            case .flag(let flag, let name, let value): last[flag] == place && value != false ? name : nil
            }
        }
    }

    /// What pflag says of the first word that it does not take: a flag that the command does not have, or one whose value
    /// is missing; `nil` where it takes all.
    func mistake(in words: [String]) -> String? {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" || endAtOperand && !word.isOption { return nil }
            guard word.isOption else { continue }
            if let mistake = word.hasPrefix("--") ? long(word, &rest) : short(word, &rest) { return mistake }
        }
        return nil
    }

    private func long(_ word: String, _ rest: inout ArraySlice<String>) -> String? {
        let name = String(word.prefix { $0 != "=" })
        if index(ofFlag: name) != nil || name == "--help" { return nil }
        guard valued.contains(name) else { return "unknown flag: \(name)" }
        return word.contains("=") || rest.popFirst() != nil ? nil : "flag needs an argument: \(name)"
    }

    private func short(_ word: String, _ rest: inout ArraySlice<String>) -> String? {
        var letters = word.dropFirst()
        while let letter = letters.first, letter != "=" {
            if index(ofFlag: "-\(letter)") == nil {
                guard valued.contains("-\(letter)") else { return "unknown shorthand flag: '\(letter)' in -\(letters)" }
                let isGiven = letters.count > 1 || rest.popFirst() != nil
                return isGiven ? nil : "flag needs an argument: '\(letter)' in -\(letter)"
            }
            letters.removeFirst()
        }
        return nil
    }

    // MARK: - Reading words as pflag does

    private enum Part {
        /// Which of the flags, as it was spelled, and its value if it was given one.
        case flag(Int, String, Bool?)
        case other(String)
    }

    private func parts(of words: [String]) throws -> (parts: [Part], isJoined: Bool) {
        var parts: [Part] = []
        var isJoined = false
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" || endAtOperand && !word.isOption {
                return (parts + ([word] + rest).map(Part.other), isJoined)
            }
            guard try read(word, into: &parts), let value = rest.popFirst() else { continue }
            if value.isOption, case .other(let option) = parts.last {
                parts[parts.count - 1] = .other("\(option)=\(value)")
                isJoined = true
            } else {
                parts.append(.other(value))
            }
        }
        return (parts, isJoined)
    }

    /// - Returns: whether the next word is this one's value.
    private func read(_ word: String, into parts: inout [Part]) throws -> Bool {
        let halves = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if let flag = index(ofFlag: halves[0]) {
            if halves.last == "", halves.count == 2, !word.hasPrefix("--") {
                throw DockerFailure(
                    sentence: "unknown shorthand flag: '=' in -=\nSee 'docker \(DockerVerb.called) --help'.",
                    status: 125)
            }
            parts.append(.flag(flag, halves[0], try halves.dropFirst().first.map { try truth($0, of: flag) }))
            return false
        }
        guard word.isOption, !word.hasPrefix("--"), let letter = word.dropFirst().first else {
            parts.append(.other(word))
            return valued.contains(word)
        }
        // Letters after one dash: each a flag, up to one that takes the others, or the next word, for its value.
        guard let flag = index(ofFlag: "-\(letter)") else {
            parts.append(.other(word))
            return valued.contains(word)
        }
        parts.append(.flag(flag, "-\(letter)", nil))
        return try read("-" + word.dropFirst(2), into: &parts)
    }

    private func index(ofFlag name: String) -> Int? { flags.firstIndex { $0.contains(name) } }

    private func truth(_ value: String, of flag: Int) throws -> Bool {
        switch value {
        case "1", "t", "T", "true", "TRUE", "True": return true
        case "0", "f", "F", "false", "FALSE", "False": return false
        default:
            // The short name first, however it was spelled.
            let name = flags[flag].sorted { $0.count < $1.count }.joined(separator: ", ")
            throw DockerFailure(
                sentence: "invalid argument \"\(value)\" for \"\(name)\" flag: strconv.ParseBool: "
                    + "parsing \"\(value)\": invalid syntax\nSee 'docker \(DockerVerb.called) --help'.", status: 125)
        }
    }
}

extension String {
    fileprivate var isOption: Bool { hasPrefix("-") && self != "-" }
}
