/// One word of a script, freed from its quotes.
struct Word {
    /// A slice of the text itself where nothing was quoted.
    var bytes: ArraySlice<UInt8>
    /// Where it begins in the text.
    var offset: Int

    /// As it is shown in an error.
    var shown: String { "`\(bytes.shown(most: 40))`" }

    static func == (word: Word, text: StaticString) -> Bool {
        text.withUTF8Buffer { word.bytes.elementsEqual($0) }
    }
}

/// One line of a script that has words; a quoted line break goes on with the line.
struct Line {
    /// The first of its lines in the text, from 1.
    var number: Int
    var words: [Word]
    /// Its bytes as they were written, without the line break.
    var range: Range<Int>
    /// Where a missing word would stand.
    var end: Int
}

/// Cuts a script's text into lines and words as a POSIX shell does, with quotes, backslashes and comments and without
/// any expansion (XCU 2.2 "Quoting", 2.3 "Token Recognition"). `|`, `&`, `$` and their like are ordinary.
struct Lexer {
    let text: [UInt8]
    private(set) var offset = 0
    private var number = 1
    /// The first quote of this line that went on over a line break: where an unclosed one is most likely missed.
    private var spanningQuote: Int?

    init(_ text: [UInt8]) {
        self.text = text
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    /// The next line that has words; `nil` at the end. After an error, the line after the one where it was is next.
    mutating func next() throws(Misfit) -> Line? {
        while offset < text.count {
            let start = (offset: offset, number: number)
            do {
                let line = try line()
                if !line.words.isEmpty { return line }
            } catch {
                offset = text[start.offset...].firstIndex(of: lineFeed).map { $0 + 1 } ?? text.count
                number = start.number + 1
                throw error
            }
        }
        return nil
    }

    /// Line and column of an offset, each from 1.
    func place(of offset: Int) -> (line: Int, column: Int) {
        let before = text[..<offset]
        let start = before.lastIndex(of: lineFeed).map { $0 + 1 } ?? (text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
        let line = before.count { $0 == lineFeed } + 1
        return (line, String(decoding: text[min(start, offset)..<offset], as: UTF8.self).unicodeScalars.count + 1)
    }

    // MARK: - Parts

    private mutating func line() throws(Misfit) -> Line {
        let start = offset
        let first = number
        var words: [Word] = []
        var end = start
        spanningQuote = nil
        scan: while offset < text.count {
            switch text[offset] {
            case blank, tab: offset += 1
            case lineFeed: break scan
            case carriageReturn where lineBreak(at: offset) != nil: break scan
            case hash:
                offset = text[offset...].firstIndex(of: lineFeed) ?? text.count
                if text[offset - 1] == carriageReturn { offset -= 1 }
                break scan
            case backslash where lineBreak(at: offset + 1) != nil: skipContinuation()
            default:
                words.append(try word())
                end = offset
            }
        }
        let range = start..<offset
        offset += lineBreak(at: offset) ?? 0
        number += 1
        return Line(number: first, words: words, range: range, end: end)
    }

    /// How many bytes the line break at an offset has, if there is one; a CR that ends the text is one.
    private func lineBreak(at offset: Int) -> Int? {
        guard offset < text.count else { return nil }
        if text[offset] == lineFeed { return 1 }
        guard text[offset] == carriageReturn else { return nil }
        if offset + 1 == text.count { return 1 }
        return text[offset + 1] == lineFeed ? 2 : nil
    }

    /// Skips a backslash and the line break behind it, which join two lines.
    private mutating func skipContinuation() {
        offset += 1 + (lineBreak(at: offset + 1) ?? 0)
        number += 1
    }

    private mutating func word() throws(Misfit) -> Word {
        let start = offset
        while offset < text.count, !isSpecial[Int(text[offset])] { offset += 1 }
        if offset == text.count || text[offset] == blank || text[offset] == lineFeed || text[offset] == tab {
            return Word(bytes: text[start..<offset], offset: start)
        }
        var bytes = Array(text[start..<offset])
        scan: while offset < text.count {
            switch text[offset] {
            case blank, tab, lineFeed: break scan
            case carriageReturn where lineBreak(at: offset) != nil: break scan
            case singleQuote: try takeSingleQuoted(into: &bytes)
            case doubleQuote: try takeDoubleQuoted(into: &bytes)
            case backslash:
                if lineBreak(at: offset + 1) != nil {
                    skipContinuation()
                } else if offset + 1 < text.count {
                    bytes.append(text[offset + 1])
                    offset += 2
                } else {
                    throw Misfit(at: offset, "a backslash at the end of the text has nothing to quote")
                }
            default:
                bytes.append(text[offset])
                offset += 1
            }
        }
        return Word(bytes: bytes[...], offset: start)
    }

    private mutating func takeSingleQuoted(into bytes: inout [UInt8]) throws(Misfit) {
        let opening = offset
        guard let closing = text[(opening + 1)...].firstIndex(of: singleQuote) else { throw unclosed(opening) }
        let inside = text[(opening + 1)..<closing]
        note(inside.count { $0 == lineFeed }, linesIn: opening)
        bytes += inside
        offset = closing + 1
    }

    /// Between double quotes a backslash quotes only `$`, `` ` ``, `"`, `\` and a line break.
    private mutating func takeDoubleQuoted(into bytes: inout [UInt8]) throws(Misfit) {
        let opening = offset
        var lines = 0
        var index = opening + 1
        while index < text.count, text[index] != doubleQuote {
            if text[index] == backslash, index + 1 < text.count {
                if let length = lineBreak(at: index + 1) {
                    lines += 1
                    index += 1 + length
                    continue
                }
                if !Self.quotable.contains(text[index + 1]) { bytes.append(backslash) }
                index += 1
            } else if text[index] == lineFeed {
                lines += 1
            }
            bytes.append(text[index])
            index += 1
        }
        guard index < text.count else { throw unclosed(opening) }
        note(lines, linesIn: opening)
        offset = index + 1
    }

    private mutating func note(_ lines: Int, linesIn quote: Int) {
        guard lines > 0 else { return }
        number += lines
        spanningQuote = spanningQuote ?? quote
    }

    private func unclosed(_ quote: Int) -> Misfit {
        let first = spanningQuote ?? quote
        let mark = text[first] == doubleQuote ? "\"" : "'"
        return Misfit(at: first, "a quote that begins here is not closed; expected another \(mark)")
    }

    private static let quotable: Set<UInt8> = [UInt8(ascii: "$"), UInt8(ascii: "`"), doubleQuote, backslash]
}

private let blank = UInt8(ascii: " ")
private let tab = UInt8(ascii: "\t")
private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
private let hash = UInt8(ascii: "#")
private let singleQuote = UInt8(ascii: "'")
private let doubleQuote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")

/// The bytes that end a word or quote a part of it.
private let isSpecial: [Bool] = (0..<256).map {
    [blank, tab, lineFeed, carriageReturn, singleQuote, doubleQuote, backslash].contains(UInt8($0))
}
