import Pictures

/// The DOT language's quoting (https://graphviz.org/doc/info/lang.html).
enum Dot {
    /// A double-quoted string. A backslash is doubled because labels, tooltips and ids read `\N` and its like as
    /// escapes (the type `escString`).
    static func quoted(_ text: String) -> String {
        let text = text.printable
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else {
            return "\"\(text)\""
        }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Text inside an HTML-like label.
    static func escaped(_ text: String) -> String {
        let text = text.printable
        guard text.utf8.contains(where: isMarkup) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\\": result += "&#92;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isMarkup(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "\\"): true
        default: false
        }
    }

    /// A length or coordinate with one decimal: the same text on every machine.
    static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let whole = tenths.magnitude / 10
        let rest = tenths.magnitude % 10
        return "\(tenths < 0 ? "-" : "")\(whole)\(rest == 0 ? "" : ".\(rest)")"
    }

    /// Inches, Graphviz's unit of node sizes, from points.
    static func inches(_ points: Double) -> String {
        let thousandths = Int((points * 10000 / 72).rounded())
        let digits = String(thousandths % 10000)
        return "\(thousandths / 10000).\(String(repeating: "0", count: 4 - digits.count))\(digits)"
    }

    /// `name [key="value", ...];` with the attributes in the order given. A value that opens with `<` and closes
    /// with `>` is an HTML-like label and stands unquoted.
    static func statement(_ name: String, _ attributes: [(key: String, value: Value)]) -> String {
        var text = name
        text += " ["
        for (index, attribute) in attributes.enumerated() {
            if index > 0 { text += " " }
            text += attribute.key
            text += "="
            text += attribute.value.text
        }
        text += "];\n"
        return text
    }

    /// An attribute's value.
    enum Value {
        case text(String)
        /// Markup that has been escaped where it had to be.
        case html(String)

        var text: String {
            switch self {
            case .text(let text): Dot.quoted(text)
            case .html(let markup): "<\(markup)>"
            }
        }
    }
}
