/// Go's quoted texts.
enum TemplateLiteral {
    /// The text that a literal stands for; `nil` for an escape that there is not.
    static func text(_ literal: String) -> String? {
        let inner = literal.dropFirst().dropLast()
        if literal.hasPrefix("`") { return String(inner) }
        var text = ""
        var rest = inner.unicodeScalars[...]
        let plain: [Unicode.Scalar: Unicode.Scalar] = [
            "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "\"": "\"", "'": "'", "a": "\u{7}", "b": "\u{8}",
            "f": "\u{C}", "v": "\u{B}",
        ]
        let widths: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]
        while let scalar = rest.popFirst() {
            guard scalar == "\\" else {
                text.unicodeScalars.append(scalar)
                continue
            }
            guard let escape = rest.popFirst() else { return nil }
            if let meant = plain[escape] {
                text.unicodeScalars.append(meant)
            } else if let width = widths[escape],
                let code = UInt32(String(String.UnicodeScalarView(rest.prefix(width))), radix: 16),
                let meant = Unicode.Scalar(code)
            {
                rest = rest.dropFirst(width)
                text.unicodeScalars.append(meant)
            } else {
                return nil
            }
        }
        return text
    }
}
