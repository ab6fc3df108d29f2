/// The characters that mean something to a Dockerfile.
enum ASCII {
    static let tab = UInt8(ascii: "\t")
    static let newline = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let hash = UInt8(ascii: "#")
    static let dash = UInt8(ascii: "-")
    static let equals = UInt8(ascii: "=")
    static let singleQuote = UInt8(ascii: "'")
    static let doubleQuote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")

    /// What Go's unicode.IsSpace calls a space, of ASCII.
    static func isSpace(_ byte: UInt8) -> Bool { byte == space || (9...13).contains(byte) }
}

extension ArraySlice<UInt8> {
    var trimmedLeft: ArraySlice<UInt8> { drop(while: ASCII.isSpace) }

    var trimmed: ArraySlice<UInt8> {
        var rest = trimmedLeft
        while let last = rest.last, ASCII.isSpace(last) { rest.removeLast() }
        return rest
    }

    /// As text; what is no UTF-8 becomes U+FFFD, as in Docker's strings.
    var text: String { String(decoding: self, as: UTF8.self) }
}
