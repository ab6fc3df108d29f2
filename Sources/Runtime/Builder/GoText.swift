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

    /// A time.Duration: `1h30m0s`, `1.5s`, `300ms`.
    static func duration(nanoseconds: Int64) -> String {
        let (sign, value) = (nanoseconds < 0 ? "-" : "", nanoseconds.magnitude)
        func decimal(_ whole: UInt64, _ rest: UInt64, digits: Int) -> String {
            guard rest > 0 else { return "\(whole)" }
            let text = String(rest)
            var fraction = String(repeating: "0", count: digits - text.count) + text
            while fraction.hasSuffix("0") { fraction.removeLast() }
            return "\(whole).\(fraction)"
        }
        switch value {
        case 0: return "0s"
        case ..<1000: return "\(sign)\(value)ns"
        case ..<1_000_000: return sign + decimal(value / 1000, value % 1000, digits: 3) + "µs"
        case ..<1_000_000_000: return sign + decimal(value / 1_000_000, value % 1_000_000, digits: 6) + "ms"
        default:
            let seconds = value / 1_000_000_000
            let last = decimal(seconds % 60, value % 1_000_000_000, digits: 9) + "s"
            let (minutes, hours) = (seconds / 60 % 60, seconds / 3600)
            return sign + (hours > 0 ? "\(hours)h" : "") + (seconds >= 60 ? "\(minutes)m" : "") + last
        }
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
