/// Values as Go's fmt writes them: the history of Docker's images is made of them.
enum GoText {
    /// `%q` of a string.
    static func quoted(_ text: String) -> String {
        "\"" + text.unicodeScalars.map { escaped($0, quote: "\"") }.joined() + "\""
    }

    /// `%q` of a list of strings.
    static func quoted(_ list: [String]) -> String { "[" + list.map { quoted($0) }.joined(separator: " ") + "]" }

    /// `%v` of a list of strings.
    static func plain(_ list: [String]) -> String { "[" + list.joined(separator: " ") + "]" }

    /// `%q` of a number: the character that has it.
    static func quoted(_ number: Int) -> String {
        let scalar = UInt32(exactly: number).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
        return "'" + escaped(scalar, quote: "'") + "'"
    }

    private static func escaped(_ scalar: Unicode.Scalar, quote: Unicode.Scalar) -> String {
        switch scalar {
        case quote, "\\": return "\\\(scalar)"
        case "\u{7}": return "\\a"
        case "\u{8}": return "\\b"
        case "\u{C}": return "\\f"
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\u{B}": return "\\v"
        default: break
        }
        guard scalar.value < 0x20 || scalar.value == 0x7F else { return String(Character(scalar)) }
        let digits = String(scalar.value, radix: 16)
        return "\\x" + (digits.count < 2 ? "0" : "") + digits
    }
}
