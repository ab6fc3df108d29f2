/// One instruction's line: physical lines joined where the escape character continues them, without comments.
struct LogicalLine {
    private(set) var bytes: [UInt8] = []
    private(set) var lastLine: Int
    /// Whether an empty line stands within it, which is deprecated.
    fileprivate(set) var isBroken = false
    private var pieces: [Piece] = []

    /// A stretch that comes from one physical line.
    private struct Piece {
        /// Where it begins in the logical line.
        var offset: Int
        var position: SourcePosition
    }

    init(number: Int) { lastLine = number }

    /// - Parameter content: of the physical line; `stretch` is the part of it that counts.
    mutating func append(_ stretch: ArraySlice<UInt8>, of line: PhysicalLine) {
        let before = line.content[line.content.startIndex..<stretch.startIndex]
        pieces.append(
            Piece(offset: bytes.count, position: SourcePosition(line: line.number, column: before.scalarCount + 1)))
        bytes += stretch
        lastLine = line.number
    }

    /// Also lines that leave nothing: comments and empty ones within a continued instruction, a heredoc's.
    mutating func extend(to line: Int) { lastLine = line }

    /// The physical place of a byte.
    func position(at offset: Int) -> SourcePosition {
        guard let piece = pieces.last(where: { $0.offset <= offset }) else {
            return SourcePosition(line: lastLine, column: 1)
        }
        let characters = bytes[piece.offset..<min(max(offset, piece.offset), bytes.count)].scalarCount
        return SourcePosition(line: piece.position.line, column: piece.position.column + characters)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// A line of the file.
struct PhysicalLine {
    var number: Int
    /// Without the characters that end it.
    var content: ArraySlice<UInt8>
    /// With them.
    var whole: ArraySlice<UInt8>
}

/// The lines of a Dockerfile, one instruction at a time. Heredocs follow the line that names them: they are read from
/// `physical` by whoever understands that line.
struct LogicalLines {
    var physical: PhysicalLines
    private var reader = DirectiveReader()
    /// The one before the last that was read.
    private(set) var previous: LogicalLine?
    private var latest: LogicalLine?
    var directives: ParserDirectives { reader.directives }

    init(_ bytes: [UInt8]) { physical = PhysicalLines(bytes) }

    /// The next instruction's line; `nil` at the end of the file.
    ///
    /// - Throws: `DockerfileError` for a directive that is none.
    mutating func next() throws(DockerfileError) -> LogicalLine? {
        while let line = physical.next() {
            let content = line.content.trimmedLeft
            do { try reader.look(at: content) } catch {
                var logical = LogicalLine(number: line.number)
                logical.append(content, of: line)
                throw DockerfileError(
                    error.step, at: logical.position(at: error.offset ?? 0), error.message, cure: error.cure)
            }
            if content.first == ASCII.hash { continue }
            var (stretch, isContinued) = withoutContinuation(content)
            if stretch.isEmpty, !isContinued { continue }
            var logical = LogicalLine(number: line.number)
            logical.append(stretch, of: line)
            while isContinued, let line = physical.next() {
                logical.extend(to: line.number)
                let content = line.content.trimmedLeft
                // Comments and empty lines may stand within an instruction.
                if content.isEmpty { logical.isBroken = true }
                if content.isEmpty || content.first == ASCII.hash { continue }
                (stretch, isContinued) = withoutContinuation(line.content)
                logical.append(stretch, of: line)
            }
            if logical.bytes[...].trimmed.isEmpty { continue }
            (previous, latest) = (latest, logical)
            return logical
        }
        return nil
    }

    /// A line that ends in one escape character, and perhaps white space, goes on in the next.
    private func withoutContinuation(_ line: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, isContinued: Bool) {
        var end = line
        while let last = end.last, last == ASCII.space || last == ASCII.tab { end.removeLast() }
        let escape = directives.escape.rawValue
        guard end.last == escape else { return (line, false) }
        end.removeLast()
        // Two of them are one that is meant.
        return end.last == escape ? (line, false) : (end, true)
    }
}

/// The lines of a file as they stand there.
struct PhysicalLines {
    private let bytes: [UInt8]
    private var start = 0
    private(set) var count = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // A byte order mark.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    }

    mutating func next() -> PhysicalLine? {
        guard start < bytes.count else { return nil }
        let end = bytes[start...].firstIndex(of: ASCII.newline)
        let whole = bytes[start..<(end.map { $0 + 1 } ?? bytes.count)]
        var content = bytes[start..<(end ?? bytes.count)]
        if content.last == ASCII.carriageReturn { content.removeLast() }
        start = whole.endIndex
        count += 1
        return PhysicalLine(number: count, content: content, whole: whole)
    }
}

extension ArraySlice<UInt8> {
    /// How many characters begin in these bytes.
    var scalarCount: Int { reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }
}
