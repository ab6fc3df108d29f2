/// Expands one word as Docker's builder does: not a shell, but its variables, quotes and escapes.
struct ShellExpansion {
    /// What quotes are to the reader.
    enum Quotes {
        /// They hold a word together and go.
        case removed
        /// They hold a word together and stay, as the escape character does.
        case kept
        /// Characters as others.
        case ordinary
    }

    var quotes = Quotes.removed
    /// Whether an unset variable stays as it is written.
    var keepsUnset = false

    private let word: String
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0
    private let variables: [String: String]
    private let escape: Unicode.Scalar

    /// Deeper nesting of substitutions is refused before it fills the stack.
    private static let depthLimit = 100

    init(_ word: String, _ variables: [String: String], escape: ParserDirectives.Escape) {
        self.word = word
        self.variables = variables
        self.escape = escape.scalar
        scalars = Array(word.unicodeScalars)
    }

    /// The words of a line with their quotes; none where the quotes do not end.
    static func rawWords(of line: String) -> [String] {
        var expansion = ShellExpansion(line, [:], escape: .backslash)
        expansion.quotes = .kept
        expansion.keepsUnset = true
        return (try? expansion.whole().words) ?? []
    }

    /// The text as one word; `nil` where it is none or more.
    static func onlyWord(of text: String, keepsQuotes: Bool) -> String? {
        var expansion = ShellExpansion(text, [:], escape: .backslash)
        expansion.quotes = keepsQuotes ? .kept : .removed
        expansion.keepsUnset = true
        guard let words = try? expansion.whole().words, words.count == 1 else { return nil }
        return words[0]
    }

    /// The whole word, and the words that it is split into.
    mutating func whole() throws(ExpansionError) -> (text: String, words: [String]) {
        let splitting = try until(nil)
        return (String(splitting.text), splitting.finished)
    }

    // MARK: - Reading

    private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take() -> Unicode.Scalar? {
        guard let scalar = next else { return nil }
        index += 1
        return scalar
    }

    private func failure(_ reason: String, cure: String) -> ExpansionError {
        ExpansionError(word: word, reason: reason, cure: cure)
    }

    /// - Parameter end: the character that ends this part; `nil`: the word's end.
    private mutating func until(_ end: Unicode.Scalar?) throws(ExpansionError) -> Splitting {
        var result = Splitting()
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else {
            throw failure("substitutions are nested too deep", cure: "at most \(Self.depthLimit) levels are read")
        }
        while let scalar = next {
            if scalar == end {
                index += 1
                return result
            }
            switch scalar {
            case "$": result.append(splitting: try dollar())
            case "'" where quotes != .ordinary: result.append(try singleQuoted())
            case "\"" where quotes != .ordinary: result.append(try doubleQuoted())
            default:
                index += 1
                if scalar == escape {
                    if quotes == .kept { result.append(scalar) }
                    guard let escaped = take() else { return try ended(end, result) }
                    result.append(escaped)
                } else {
                    result.append(splitting: scalar)
                }
            }
        }
        return try ended(end, result)
    }

    private func ended(_ end: Unicode.Scalar?, _ result: Splitting) throws(ExpansionError) -> Splitting {
        if end != nil { throw failure("syntax error: missing '}'", cure: "close the substitution with `}`") }
        return result
    }

    private mutating func singleQuoted() throws(ExpansionError) -> String.UnicodeScalarView {
        var text = String.UnicodeScalarView()
        index += 1
        if quotes == .kept { text.append("'") }
        while let scalar = take() {
            if scalar == "'" {
                if quotes == .kept { text.append("'") }
                return text
            }
            text.append(scalar)
        }
        throw failure(
            "unexpected end of statement while looking for matching single-quote", cure: "close it with `'`")
    }

    private mutating func doubleQuoted() throws(ExpansionError) -> String.UnicodeScalarView {
        var text = String.UnicodeScalarView()
        index += 1
        if quotes == .kept { text.append("\"") }
        while let scalar = next {
            switch scalar {
            case "\"":
                index += 1
                if quotes == .kept { text.append("\"") }
                return text
            case "$": text.append(contentsOf: try dollar())
            default:
                index += 1
                guard scalar == escape else {
                    text.append(scalar)
                    continue
                }
                if quotes == .kept { text.append(scalar) }
                guard let escaped = next else { continue }
                // Before any other character the escape is a character itself.
                if escaped == "\"" || escaped == "$" || escaped == escape {
                    index += 1
                    text.append(escaped)
                } else if quotes != .kept {
                    text.append(scalar)
                }
            }
        }
        throw failure(
            "unexpected end of statement while looking for matching double-quote", cure: "close it with `\"`")
    }

    // MARK: - Variables

    private mutating func dollar() throws(ExpansionError) -> String.UnicodeScalarView {
        index += 1
        if next == "{" {
            index += 1
            return try braced().unicodeScalars
        }
        let name = name()
        if name.isEmpty { return "$".unicodeScalars }
        return (variables[name] ?? (keepsUnset ? "$" + name : "")).unicodeScalars
    }

    /// `${name}`, and with one of the modifiers `-`, `+`, `?`, before which `:` takes an empty value for none.
    private mutating func braced() throws(ExpansionError) -> String {
        switch next {
        case nil: throw failure("syntax error: missing '}'", cure: "close the substitution with `}`")
        case "{", "}", ":": throw failure("syntax error: bad substitution", cure: "write `${NAME}`")
        default: break
        }
        let name = name()
        guard var modifier = take() else {
            throw failure("syntax error: missing '}'", cure: "close the substitution with `}`")
        }
        if modifier == "}" { return variables[name] ?? (keepsUnset ? "${\(name)}" : "") }
        let countsEmpty = modifier == ":"
        var spelling = String(Character(modifier))
        if countsEmpty {
            guard let second = take() else {
                throw failure("syntax error: missing '}'", cure: "close the substitution with `}`")
            }
            modifier = second
            spelling.unicodeScalars.append(second)
        }
        guard ["-", "+", "?"].contains(modifier) else {
            if countsEmpty || modifier == "#" || modifier == "%" || modifier == "/" {
                throw failure("unsupported modifier (\(spelling)) in substitution", cure: "known are `-`, `+` and `?`")
            }
            throw failure("missing ':' in substitution", cure: "write `${NAME}`, `${NAME:-word}` or `${NAME:+word}`")
        }
        let alternative = String(try until("}").text)
        let value = variables[name].flatMap { countsEmpty && $0.isEmpty ? nil : $0 }
        switch modifier {
        case "-": return value ?? alternative
        case "+": return value == nil ? "" : alternative
        default:
            if let value { return value }
            let message =
                !alternative.isEmpty
                ? alternative : countsEmpty ? "is not allowed to be empty" : "is not allowed to be unset"
            throw failure("\(name): \(message)", cure: "give it a value with ARG, ENV or --build-arg")
        }
    }

    /// A name, a number or one of the shell's special parameters (which have no value here); empty where there is none.
    private mutating func name() -> String {
        var name = String.UnicodeScalarView()
        if let first = next, first.properties.numericType == .decimal {
            while let scalar = next, scalar.properties.numericType == .decimal {
                name.append(scalar)
                index += 1
            }
            return String(name)
        }
        if let first = next, ["@", "*", "#", "?", "-", "$", "!"].contains(first) {
            index += 1
            return String(Character(first))
        }
        while let scalar = next,
            scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal
        {
            name.append(scalar)
            index += 1
        }
        return String(name)
    }
}

/// A text in the making, and the words that spaces outside of quotes split it into.
private struct Splitting {
    private(set) var text = String.UnicodeScalarView()
    private var words: [String] = []
    private var word = String.UnicodeScalarView()

    var finished: [String] { word.isEmpty ? words : words + [String(word)] }

    mutating func append(_ scalar: Unicode.Scalar) {
        text.append(scalar)
        word.append(scalar)
    }

    mutating func append(_ scalars: String.UnicodeScalarView) {
        text.append(contentsOf: scalars)
        word.append(contentsOf: scalars)
    }

    mutating func append(splitting scalar: Unicode.Scalar) {
        text.append(scalar)
        if !scalar.properties.isWhitespace {
            word.append(scalar)
        } else if !word.isEmpty {
            words.append(String(word))
            word = String.UnicodeScalarView()
        }
    }

    mutating func append(splitting scalars: String.UnicodeScalarView) {
        for scalar in scalars { append(splitting: scalar) }
    }
}
