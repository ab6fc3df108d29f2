extension Slide {
    private static let keys = ["number", "title", "kind", "contradicts", "later"]

    /// Reads a slide from its Markdown.
    ///
    /// - Parameter file: the name that errors show.
    /// - Throws: `LessonError` with the first thing that is wrong.
    public init(parsing text: String, file: String) throws(LessonError) {
        let document = try MarkdownDocument(parsing: text, file: file)
        let header = try YAMLMapping(
            YAMLNode(parsing: document.frontMatter.yaml, at: document.frontMatter.position),
            subject: "the front matter", keys: Self.keys)
        self.file = file
        number = try header.integer("number")
        title = try header.text("title")
        kinds = try Self.kinds(header.required("kind"))
        contradictions = try Self.texts(header["contradicts"], "contradicts")
        later = try header["later"]?.text(of: "later")
        examples = []
        notes = [:]
        var prose: [String] = []
        var places: [String: SourcePosition] = [:]
        for block in document.blocks {
            guard case .fence(let fence) = block.content, let teaching = try TeachingBlock(fence) else {
                prose.append(block.source)
                continue
            }
            let kind = teaching.kind
            let key = "\(kind.rawValue) \(teaching.id.text)"
            guard kind.belongsOnSlides else { throw .notOnSlides(fence.words[1], kind) }
            if let first = places.updateValue(teaching.id.position, forKey: key) {
                throw .repeatedID(teaching.id, kind, first: first)
            }
            if kind == .run {
                examples.append(try Example(teaching, slide: number, deck: nil))
            } else {
                notes[teaching.id.text] = fence.body.trimmed
            }
        }
        self.text = prose.joined(separator: "\n\n")
    }

    private static func kinds(_ node: YAMLNode) throws(LessonError) -> [Kind] {
        var kinds: [Kind] = []
        for (text, position) in try words(node, "kind") {
            guard let kind = Kind(rawValue: text) else {
                throw .notAmong(position, "kind", text, Kind.allCases.map(\.rawValue))
            }
            kinds.append(kind)
        }
        return kinds
    }

    private static func texts(_ node: YAMLNode?, _ key: String) throws(LessonError) -> [String] {
        guard let node else { return [] }
        return try words(node, key).map(\.0)
    }

    /// One text or a list of them.
    private static func words(
        _ node: YAMLNode, _ key: String
    ) throws(LessonError) -> [(String, SourcePosition)] {
        guard case .sequence = node.value else { return [(try node.text(of: key), node.position)] }
        var words: [(String, SourcePosition)] = []
        for item in try node.items(of: key) { words.append((try item.text(of: key), item.position)) }
        return words
    }
}
