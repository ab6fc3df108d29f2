import Yams

/// A YAML value that remembers its place in the Markdown file around it.
struct YAMLNode {
    enum Value {
        /// `isPlain` when the text stands in the file without quotes, so that its columns can be counted.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([Pair])
    }

    struct Pair {
        var key: YAMLNode
        var value: YAMLNode
    }

    var value: Value
    var position: SourcePosition

    /// Parses one YAML document whose first character stands at `origin`.
    ///
    /// - Throws: `LessonError` at the place that libyaml names.
    init(parsing yaml: String, at origin: SourcePosition) throws(LessonError) {
        do {
            guard let node = try Yams.compose(yaml: yaml) else { throw LessonError.emptyYAML(origin) }
            self.init(node, origin)
        } catch let error as LessonError {
            throw error
        } catch let error as YamlError {
            throw Self.lessonError(error, origin)
        } catch {
            throw .badYAML(origin, "\(error)")
        }
    }

    private init(_ node: Node, _ origin: SourcePosition) {
        position = node.mark.map { Self.place($0, origin) } ?? origin
        switch node {
        case .scalar(let scalar):
            value = .scalar(scalar.string, isPlain: scalar.style == .plain || scalar.style == .any)
        case .sequence(let sequence):
            value = .sequence(sequence.map { YAMLNode($0, origin) })
        case .mapping(let mapping):
            value = .mapping(mapping.map { Pair(key: YAMLNode($0.key, origin), value: YAMLNode($0.value, origin)) })
        case .alias:
            value = .scalar("", isPlain: true)
        }
    }

    private static func place(_ mark: Mark, _ origin: SourcePosition) -> SourcePosition {
        SourcePosition(
            file: origin.file, line: origin.line + mark.line - 1, column: origin.column + mark.column - 1)
    }

    private static func lessonError(_ error: YamlError, _ origin: SourcePosition) -> LessonError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            .badYAML(place(mark, origin), problem)
        case .duplicatedKeysInMapping(let duplicates, let context):
            .badYAML(place(context.mark, origin), "the key `\(duplicates.sorted().first ?? "")` stands twice")
        case .reader(let problem, _, _, _), .writer(let problem), .emitter(let problem), .representer(let problem):
            .badYAML(origin, problem)
        case .no, .memory, .dataCouldNotBeDecoded:
            .badYAML(origin, "libyaml could not read the text")
        }
    }
}

extension YAMLNode {
    /// The text of a scalar that is not empty.
    ///
    /// - Throws: `LessonError` that names `subject`, the key that the value belongs to.
    func text(of subject: String) throws(LessonError) -> String {
        guard case .scalar(let text, _) = value else { throw .notText(position, subject) }
        guard !text.trimmed.isEmpty else { throw .emptyText(position, subject) }
        return text.trimmed
    }

    /// The items of a list with at least one.
    func items(of subject: String) throws(LessonError) -> [YAMLNode] {
        guard case .sequence(let items) = value, !items.isEmpty else { throw .notList(position, subject) }
        return items
    }

    /// An absolute path of the container.
    func path(of subject: String) throws(LessonError) -> String {
        let text = try text(of: subject)
        guard text.hasPrefix("/") else { throw .relativePath(position, text) }
        return text
    }

    /// Where the scalar's own first character stands: after the quote, if there is one.
    var textPosition: SourcePosition {
        if case .scalar(_, isPlain: false) = value { return position.advanced(by: 1) }
        return position
    }
}

/// A YAML mapping with a fixed set of keys.
struct YAMLMapping {
    private let entries: [String: YAMLNode]
    /// What the mapping is, as a noun: `the front matter`.
    private let subject: String
    let position: SourcePosition

    /// - Throws: `LessonError` when the node is no mapping, or at the first key that is not among `keys`.
    init(_ node: YAMLNode, subject: String, keys: [String]) throws(LessonError) {
        guard case .mapping(let pairs) = node.value else { throw .notMapping(node.position, subject, keys) }
        var entries: [String: YAMLNode] = [:]
        for pair in pairs {
            let key = try pair.key.text(of: "key")
            guard keys.contains(key) else { throw .unknownKey(pair.key.position, key, subject, keys) }
            entries[key] = pair.value
        }
        self.entries = entries
        self.subject = subject
        position = node.position
    }

    subscript(key: String) -> YAMLNode? { entries[key] }

    /// - Throws: `LessonError` at the mapping's start when the key is missing.
    func required(_ key: String) throws(LessonError) -> YAMLNode {
        guard let node = entries[key] else { throw .missingKey(position, key, subject) }
        return node
    }

    func text(_ key: String) throws(LessonError) -> String { try required(key).text(of: key) }

    func integer(_ key: String) throws(LessonError) -> Int {
        try Self.integer(required(key), key)
    }

    func integers(_ key: String) throws(LessonError) -> [Int] {
        var numbers: [Int] = []
        for node in try required(key).items(of: key) { numbers.append(try Self.integer(node, key)) }
        return numbers
    }

    /// The absolute paths under `key`, none when it is left out.
    func paths(_ key: String) throws(LessonError) -> [String] {
        guard let node = entries[key] else { return [] }
        var paths: [String] = []
        for item in try node.items(of: key) { paths.append(try item.path(of: key)) }
        return paths
    }

    private static func integer(_ node: YAMLNode, _ key: String) throws(LessonError) -> Int {
        let text = try node.text(of: key)
        guard let number = Int(text) else { throw .notNumber(node.position, key, text) }
        return number
    }
}
