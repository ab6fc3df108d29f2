/// What the text of an instruction is if it is looked at as JSON: the exec form.
enum JSONArray: Equatable {
    /// An array of strings. What follows it on the line is ignored, as Docker 20.10 does.
    case strings([String])
    /// An array, but of other things too.
    case others
    /// Not JSON: the shell form.
    case none

    init(_ text: ArraySlice<UInt8>) {
        var reader = JSONReader(text.trimmedLeft)
        self = reader.array()
    }
}

/// As much of RFC 8259 as it takes to tell an array of strings from other arrays and from no JSON.
private struct JSONReader {
    private let bytes: ArraySlice<UInt8>
    private var index: Int
    /// Deeper nesting is no command.
    private static let depthLimit = 64

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    mutating func array() -> JSONArray {
        guard take("[") else { return .none }
        skipSpace()
        if take("]") { return .strings([]) }
        var strings: [String] = []
        var isOthers = false
        repeat {
            skipSpace()
            if let text = string() {
                strings.append(text)
            } else if value(depth: 1) {
                isOthers = true
            } else {
                return .none
            }
            skipSpace()
        } while take(",")
        guard take("]") else { return .none }
        return isOthers ? .others : .strings(strings)
    }

    private var next: UInt8? { index < bytes.endIndex ? bytes[index] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func take(word: String) -> Bool {
        guard bytes[index...].starts(with: word.utf8) else { return false }
        index += word.utf8.count
        return true
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 32 || byte == 9 || byte == 10 || byte == 13 { index += 1 }
    }

    /// Moves past a value of any kind; answers whether there is one.
    private mutating func value(depth: Int) -> Bool {
        guard depth < Self.depthLimit else { return false }
        if take(word: "true") || take(word: "false") || take(word: "null") || string() != nil { return true }
        if take("[") { return members("]", depth: depth) { $0.value(depth: depth + 1) } }
        if take("{") {
            return members("}", depth: depth) { reader in
                guard reader.string() != nil else { return false }
                reader.skipSpace()
                guard reader.take(":") else { return false }
                reader.skipSpace()
                return reader.value(depth: depth + 1)
            }
        }
        return number()
    }

    private mutating func members(
        _ end: Unicode.Scalar, depth: Int, _ member: (inout JSONReader) -> Bool
    ) -> Bool {
        skipSpace()
        if take(end) { return true }
        repeat {
            skipSpace()
            guard member(&self) else { return false }
            skipSpace()
        } while take(",")
        return take(end)
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0") { guard digits() else { return false } }
        if take("."), !digits() { return false }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            return digits()
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = index
        while let byte = next, (48...57).contains(byte) { index += 1 }
        return index > start
    }

    /// A string; `nil`, and nothing taken, where there is none.
    private mutating func string() -> String? {
        let start = index
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while let byte = next {
            index += 1
            switch byte {
            case ASCII.doubleQuote: return text[...].text
            case 0..<32:
                index = start
                return nil
            case ASCII.backslash:
                guard let scalar = escaped() else {
                    index = start
                    return nil
                }
                text += Array(String(Character(scalar)).utf8)
            default: text.append(byte)
            }
        }
        index = start
        return nil
    }

    private mutating func escaped() -> Unicode.Scalar? {
        guard let byte = next else { return nil }
        index += 1
        switch byte {
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case ASCII.doubleQuote, ASCII.backslash, UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "u"):
            guard let unit = unit() else { return nil }
            let after = index
            // The two halves of a pair; one alone is no character.
            if (0xD800..<0xDC00).contains(unit), take(word: "\\u"), let low = self.unit(),
                (0xDC00..<0xE000).contains(low)
            {
                return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
            }
            index = after
            return Unicode.Scalar(unit) ?? "\u{FFFD}"
        default: return nil
        }
    }

    private mutating func unit() -> UInt32? {
        let digits = bytes[index...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ ($0 < 128) && Character(Unicode.Scalar($0)).isHexDigit }) else {
            return nil
        }
        index += 4
        return UInt32(digits.text, radix: 16)
    }
}
