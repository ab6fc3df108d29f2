extension TemplateValue {
    /// As Go's encoding/json writes it on one line: structs in their order, maps by their keys.
    public var json: String {
        var text = ""
        write(to: &text, indent: nil, depth: 0)
        return text
    }

    /// The same on many lines, each level indented by four blanks, as `docker inspect` prints it.
    public var indentedJSON: String {
        var text = ""
        write(to: &text, indent: "    ", depth: 0)
        return text
    }

    private func write(to text: inout String, indent: String?, depth: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .decimal(let value): text += Self.shortest(value)
        case .duration(let nanoseconds, _): text += String(nanoseconds)
        case .string(let string): Self.quote(string, to: &text)
        case .list(let values):
            Self.write(values.map { (nil, $0) }, between: ("[", "]"), to: &text, indent, depth)
        case .map(let values, _):
            let sorted = values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            Self.write(sorted.map { ($0.key, $0.value) }, between: ("{", "}"), to: &text, indent, depth)
        case .record(let record):
            var own = ""
            Self.write(
                record.fields.filter(\.isInJSON).map { ($0.name, $0.value) }, between: ("{", "}"), to: &own, indent,
                depth)
            // These stand in texts alone.
            text +=
                record.escapesHTML
                ? own.replacing("<", with: "\\u003c").replacing(">", with: "\\u003e").replacing("&", with: "\\u0026")
                : own
        }
    }

    private static func write(
        _ members: [(key: String?, value: TemplateValue)], between brackets: (String, String), to text: inout String,
        _ indent: String?, _ depth: Int
    ) {
        text += brackets.0
        for (index, member) in members.enumerated() {
            if index > 0 { text += "," }
            if let indent { text += "\n" + String(repeating: indent, count: depth + 1) }
            if let key = member.key {
                quote(key, to: &text)
                text += indent == nil ? ":" : ": "
            }
            member.value.write(to: &text, indent: indent, depth: depth + 1)
        }
        if let indent, !members.isEmpty { text += "\n" + String(repeating: indent, count: depth) }
        text += brackets.1
    }

    private static func quote(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{2028}", "\u{2029}": text += "\\u\(String(scalar.value, radix: 16))"
            case let scalar where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
