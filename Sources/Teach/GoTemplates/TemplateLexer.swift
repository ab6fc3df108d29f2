/// Cuts a template into text and the words of its actions.
struct TemplateLexer {
    struct Token: Hashable {
        enum Kind: Hashable {
            case text, leftDelimiter, rightDelimiter, end
            /// `if`, `else`, `end`, `range`, `with`, `nil`, `define`, `template`, `block`.
            case keyword
            case identifier, bool, number, string, character, field, variable, dot, pipe, declare, assign, comma
            case leftParenthesis, rightParenthesis, space
            /// A printable character that means nothing.
            case other
        }
        var kind: Kind
        var text: String
        var offset: Int
        var line: Int
    }

    private let source: [UInt8]
    private var offset = 0
    private var line = 1
    private(set) var tokens: [Token] = []

    private static let keywords: Set<String> = [
        "if", "else", "end", "range", "with", "nil", "define", "template", "block", "break", "continue",
    ]

    init(_ source: [UInt8]) { self.source = source }

    /// - Throws: `TemplateError` for what is no word, and for actions and literals without an end.
    static func tokens(of source: TemplateSource) throws(TemplateError) -> [Token] {
        var lexer = TemplateLexer(source.bytes)
        try lexer.readTemplate()
        return lexer.tokens
    }

    private mutating func readTemplate() throws(TemplateError) {
        var trimsNext = false
        while offset < source.count {
            let start = offset
            let open = find("{{", from: offset) ?? source.count
            let trimsBefore =
                open + 3 < source.count && source[open + 2] == UInt8(ascii: "-") && isSpace(source[open + 3])
            var text = source[start..<open]
            if trimsNext { text = text.drop(while: isSpace) }
            if trimsBefore { while let last = text.last, isSpace(last) { text.removeLast() } }
            if !text.isEmpty { add(.text, String(decoding: text, as: UTF8.self), at: start) }
            line += source[start..<open].count { $0 == UInt8(ascii: "\n") }
            guard open < source.count else { break }
            offset = open + 2 + (trimsBefore ? 2 : 0)
            if starts(with: "/*") {
                trimsNext = try skipComment()
                continue
            }
            add(.leftDelimiter, "{{", at: open)
            trimsNext = try readAction()
        }
        add(.end, "", at: source.count)
    }

    /// - Returns: whether the text behind is trimmed.
    private mutating func skipComment() throws(TemplateError) -> Bool {
        guard let end = find("*/", from: offset + 2) else { throw TemplateError(line: line, "unclosed comment") }
        line += source[offset..<end].count { $0 == UInt8(ascii: "\n") }
        offset = end + 2
        let trims = starts(with: " -}}")
        if trims { offset += 2 }
        guard starts(with: "}}") else { throw TemplateError(line: line, "comment ends before closing delimiter") }
        offset += 2
        return trims
    }

    private mutating func readAction() throws(TemplateError) -> Bool {
        var depth = 0
        while true {
            let trims = offset < source.count && isSpace(source[offset]) && starts(with: "-}}", at: offset + 1)
            if trims || starts(with: "}}") {
                guard depth == 0 else { throw TemplateError(line: line, "unclosed left paren") }
                add(.rightDelimiter, "}}", at: offset)
                offset += trims ? 4 : 2
                return trims
            }
            guard offset < source.count else { throw TemplateError(line: line, "unclosed action") }
            let start = offset
            let byte = source[offset]
            offset += 1
            switch byte {
            case let space where isSpace(space):
                if space == UInt8(ascii: "\n") { line += 1 }
                while offset < source.count, isSpace(source[offset]), !starts(with: "-}}", at: offset + 1) {
                    if source[offset] == UInt8(ascii: "\n") { line += 1 }
                    offset += 1
                }
                add(.space, " ", at: start)
            case UInt8(ascii: "|"): add(.pipe, "|", at: start)
            case UInt8(ascii: ","): add(.comma, ",", at: start)
            case UInt8(ascii: "="): add(.assign, "=", at: start)
            case UInt8(ascii: ":"):
                guard starts(with: "=") else { throw TemplateError(line: line, "expected :=") }
                offset += 1
                add(.declare, ":=", at: start)
            case UInt8(ascii: "("):
                depth += 1
                add(.leftParenthesis, "(", at: start)
            case UInt8(ascii: ")"):
                depth -= 1
                guard depth >= 0 else { throw TemplateError(line: line, "unexpected right paren") }
                add(.rightParenthesis, ")", at: start)
            case UInt8(ascii: "\""): try readQuoted(start)
            case UInt8(ascii: "`"):
                guard let end = source[offset...].firstIndex(of: UInt8(ascii: "`")) else {
                    throw TemplateError(line: line, "unterminated raw quoted string")
                }
                offset = end + 1
                add(.string, text(start), at: start)
            case UInt8(ascii: "'"):
                try readCharacter(start)
            case UInt8(ascii: "$"):
                try readWord()
                add(.variable, text(start), at: start)
            case UInt8(ascii: ".") where !(offset < source.count && isDigit(source[offset])):
                let isField = offset < source.count && isWord(source[offset])
                if isField { try readWord() }
                add(isField ? .field : .dot, text(start), at: start)
            case let byte
            where isDigit(byte) || byte == UInt8(ascii: ".")
                || ((byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")) && offset < source.count
                    && isDigit(source[offset])):
                while offset < source.count, isWord(source[offset]) || source[offset] == UInt8(ascii: ".") {
                    offset += 1
                }
                add(.number, text(start), at: start)
            case let byte where isWord(byte):
                try readWord()
                let word = text(start)
                let kind: Token.Kind =
                    Self.keywords.contains(word) ? .keyword : word == "true" || word == "false" ? .bool : .identifier
                add(kind, word, at: start)
            case 0x20..<0x7F: add(.other, text(start), at: start)
            default:
                let code = String(byte, radix: 16, uppercase: true)
                throw TemplateError(
                    line: line,
                    "unrecognized character in action: U+\(String(repeating: "0", count: 4 - code.count))\(code)")
            }
        }
    }

    private mutating func readQuoted(_ start: Int) throws(TemplateError) {
        while offset < source.count, source[offset] != UInt8(ascii: "\n") {
            if source[offset] == UInt8(ascii: "\\") {
                offset += 2
                continue
            }
            offset += 1
            if source[offset - 1] == UInt8(ascii: "\"") { return add(.string, text(start), at: start) }
        }
        throw TemplateError(line: line, "unterminated quoted string")
    }

    private mutating func readCharacter(_ start: Int) throws(TemplateError) {
        while offset < source.count, source[offset] != UInt8(ascii: "\n") {
            if source[offset] == UInt8(ascii: "\\") {
                offset += 2
                continue
            }
            offset += 1
            if source[offset - 1] == UInt8(ascii: "'") { return add(.character, text(start), at: start) }
        }
        throw TemplateError(line: line, "unterminated character constant")
    }

    private mutating func readWord() throws(TemplateError) {
        while offset < source.count, isWord(source[offset]) { offset += 1 }
        guard offset < source.count, !isSpace(source[offset]), !".,|:()".utf8.contains(source[offset]),
            !starts(with: "}}")
        else { return }
        let code = String(source[offset], radix: 16, uppercase: true)
        throw TemplateError(
            line: line,
            "bad character U+\(String(repeating: "0", count: 4 - code.count))\(code) "
                + "'\(Unicode.Scalar(source[offset]))'")
    }

    private mutating func add(_ kind: Token.Kind, _ text: String, at start: Int) {
        tokens.append(Token(kind: kind, text: text, offset: start, line: line))
    }

    private func text(_ start: Int) -> String {
        String(decoding: source[start..<min(offset, source.count)], as: UTF8.self)
    }

    private func starts(with text: String, at place: Int? = nil) -> Bool {
        let place = place ?? offset
        return place <= source.count && source[place...].starts(with: text.utf8)
    }

    private func find(_ text: String, from start: Int) -> Int? {
        guard start <= source.count else { return nil }
        return source[start...].indices.first { source[$0...].starts(with: text.utf8) }
    }

    private func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0D, 0x0A].contains(byte) }
    private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 || byte >= 0x80
    }
}
