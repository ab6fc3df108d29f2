/// The words of an expectation, read from the left; a word in double quotes may hold spaces.
struct ExpectationWords {
    struct Word: Hashable {
        var text: String
        /// Unicode scalars before it.
        var offset: Int

        func error(_ message: String) -> ExpectationError { ExpectationError(offset: offset, message: message) }
    }

    private let scalars: [Unicode.Scalar]
    private var offset = 0

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        skipSpace()
    }

    /// The next word's text, not taken; `nil` at the end.
    var peek: String? {
        var copy = self
        return offset < scalars.count ? copy.takeNext().text : nil
    }

    /// Takes the next word; empty at the end.
    mutating func takeNext() -> Word {
        let start = offset
        let isQuoted = start < scalars.count && scalars[start] == "\""
        if isQuoted { offset += 1 }
        var text = String.UnicodeScalarView()
        while offset < scalars.count, isQuoted ? scalars[offset] != "\"" : scalars[offset] != " " {
            text.append(scalars[offset])
            offset += 1
        }
        if isQuoted, offset < scalars.count { offset += 1 }
        skipSpace()
        return Word(text: String(text), offset: start)
    }

    /// Takes the next word.
    ///
    /// - Parameter wanted: what should stand there, for the error.
    mutating func next(_ wanted: String) throws(ExpectationError) -> Word {
        guard offset < scalars.count else { throw error("the expectation ends too early; add \(wanted)") }
        return takeNext()
    }

    /// Takes everything up to the end, as it stands.
    mutating func rest(_ wanted: String) throws(ExpectationError) -> Word {
        guard offset < scalars.count else { throw error("the expectation ends too early; add \(wanted)") }
        defer { offset = scalars.count }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[offset...])
        return Word(text: String(text), offset: offset)
    }

    /// - Throws: `ExpectationError` if anything is left.
    mutating func end() throws(ExpectationError) {
        guard offset < scalars.count else { return }
        let word = takeNext()
        throw word.error("`\(word.text)` stands after the end of the expectation; take it away")
    }

    /// An error at the place reached.
    func error(_ message: String) -> ExpectationError { ExpectationError(offset: offset, message: message) }

    private mutating func skipSpace() {
        while offset < scalars.count, scalars[offset] == " " { offset += 1 }
    }
}
