/// A fenced block: its info string in words, and its body.
struct FencedBlock {
    /// A word of the info string.
    struct Word: Hashable {
        var text: String
        var position: SourcePosition
    }

    /// The words after the fence's marks: language, kind, id, options.
    var words: [Word]
    var body: String
    /// The place of the opening fence.
    var position: SourcePosition
    /// The place of the body's first character.
    var bodyPosition: SourcePosition

    /// - Parameter openingLine: the fence's first line as it stands in the file; libcmark's own info string has
    ///   lost its columns.
    init(openingLine: String, fenceLength: Int, position: SourcePosition, body: String) {
        self.position = position
        self.body = body
        bodyPosition = SourcePosition(file: position.file, line: position.line + 1, column: position.column)
        words = []
        var column = 1
        var word: Word?
        for scalar in openingLine.unicodeScalars {
            defer { column += 1 }
            if column < position.column + fenceLength { continue }
            if scalar.properties.isWhitespace {
                if let word { words.append(word) }
                word = nil
            } else {
                let start = SourcePosition(file: position.file, line: position.line, column: column)
                word = Word(
                    text: (word?.text ?? "") + String(Character(scalar)), position: word?.position ?? start)
            }
        }
        if let word { words.append(word) }
    }

    /// Whether the block says more than a language, and so is meant for us and not only for the reader.
    var isTeaching: Bool { words.count > 1 }
}

/// What a fenced block is for: the second word of its info string.
enum BlockKind: String, CaseIterable {
    case run, predict, expect, show, task, solution, notes

    /// The language that comes first, so that any forge colours the block.
    var language: String {
        switch self {
        case .run, .solution: "sh"
        case .predict, .expect, .show, .task: "yaml"
        case .notes: "md"
        }
    }

    /// Whether a slide may hold it; the others need a lesson around them.
    var belongsOnSlides: Bool { self == .run || self == .notes }
}

/// A fenced block whose info string has been understood.
struct TeachingBlock {
    var kind: BlockKind
    var id: FencedBlock.Word
    /// The words after the id, cut at their first `=`.
    var options: [(key: String, value: String, word: FencedBlock.Word)]
    var fence: FencedBlock

    /// Reads the info string; `nil` for a block that only names its language.
    ///
    /// - Throws: `LessonError` for an unknown kind, another language than the kind's, a missing or malformed id, and
    ///   an option on a block that takes none.
    init?(_ fence: FencedBlock) throws(LessonError) {
        guard fence.isTeaching else { return nil }
        let language = fence.words[0]
        let word = fence.words[1]
        guard let kind = BlockKind(rawValue: word.text) else { throw .unknownKind(word) }
        guard language.text == kind.language else { throw .wrongLanguage(language, kind) }
        guard fence.words.count > 2, !fence.words[2].text.contains("=") else { throw .noID(word, kind) }
        let id = fence.words[2]
        guard Self.isID(id.text) else { throw .malformedID(id) }
        self.kind = kind
        self.id = id
        self.fence = fence
        options = []
        for word in fence.words.dropFirst(3) {
            guard let equals = word.text.firstIndex(of: "=") else { throw .malformedOption(word) }
            let key = String(word.text[..<equals])
            guard kind == .run else { throw .optionNotAllowed(word, kind) }
            guard !options.contains(where: { $0.key == key }) else { throw .repeatedOption(word, key) }
            options.append((key, String(word.text[word.text.index(after: equals)...]), word))
        }
    }

    /// Lower-case letters, digits and inner hyphens: an id is also an anchor, a file name and an argument.
    static func isID(_ text: String) -> Bool {
        let isPlain = text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        return !text.isEmpty && isPlain && !text.hasPrefix("-") && !text.hasSuffix("-")
    }
}
