public import LayerModel

/// What one line of a script came to.
public struct OperationReport: Hashable, Sendable {
    /// The line in the script's text, from 1.
    public var line: Int
    /// The whole line, as it was written; a byte that is no UTF-8 is spelled as in `ByteString`.
    public var text: String
    /// The error, or `nil` when all of the line's calls succeeded.
    public var errno: Errno?
    /// Contents for a read, the target for readlink, the sorted names joined by newlines for readdir, the value for
    /// getxattr; `nil` where nothing was read.
    public var data: [UInt8]?
    /// What lstat(2) found, for `stat`.
    public var attributes: LayerEntry?
    /// The changes of all the line's calls, in the order of the calls.
    public var effects: [LayerEffect]
    /// What all the line's calls cost together.
    public var cost: Cost
    public var expectation: OperationLine.Expectation?
    /// The file that the line gives another name: its bytes are no new ones.
    public var linked: Path?

    public init(
        line: Int, text: String, errno: Errno? = nil, data: [UInt8]? = nil, attributes: LayerEntry? = nil,
        effects: [LayerEffect] = [], cost: Cost = Cost(), expectation: OperationLine.Expectation? = nil,
        linked: Path? = nil
    ) {
        self.line = line
        self.text = text
        self.errno = errno
        self.data = data
        self.attributes = attributes
        self.effects = effects
        self.cost = cost
        self.expectation = expectation
        self.linked = linked
    }

    /// Whether the line came to what it was expected to; true where nothing was.
    public var isAsExpected: Bool {
        switch expectation {
        case nil: true
        case .success: errno == nil
        case .failure(let expected): errno == expected
        }
    }

    /// The operation as it was written: without an expectation before it, a comment behind it and blanks around.
    public var command: String {
        let bytes = ByteString(text).bytes
        var lexer = Lexer(bytes)
        // What is expected stands beside the outcome.
        let words = (try? lexer.next()).map { ($0.words.dropFirst(expectation == nil ? 0 : 2), $0.end) }
        guard let (words, end) = words, let first = words.first else { return text }
        return ByteString(bytes: bytes[first.offset..<end]).text
    }

    /// The most bytes that a line's reads give.
    public static let mostData = 1 << 20
}

extension OperationLine.Expectation: CustomStringConvertible {
    /// As the script writes it: `ok`, `EXDEV`.
    public var description: String {
        switch self {
        case .success: "ok"
        case .failure(let errno): errno.name
        }
    }
}
