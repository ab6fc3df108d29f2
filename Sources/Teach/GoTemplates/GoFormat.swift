/// Go's Sprintf, for the verbs that a template's values have use for: v, s, q, d, x, X, o, b, c, t, f, g, e, T and %.
enum GoFormat {
    private struct Directive {
        var flags: Set<Character> = []
        var width: Int?
        var precision: Int?
        var verb: Character
    }

    static func format(_ format: String, _ values: [TemplateValue]) -> String {
        var text = ""
        var rest = format[...]
        var next = 0
        while let percent = rest.firstIndex(of: "%") {
            text += rest[..<percent]
            rest = rest[rest.index(after: percent)...]
            guard let directive = directive(&rest) else { return text + "%!(NOVERB)" }
            if directive.verb == "%" {
                text += "%"
            } else if next < values.count {
                text += pad(self.text(values[next], directive), directive)
                next += 1
            } else {
                text += "%!\(directive.verb)(MISSING)"
            }
        }
        text += rest
        guard next < values.count else { return text }
        return text + "%!(EXTRA " + values[next...].map { "\($0.type)=\($0.printed)" }.joined(separator: ", ") + ")"
    }

    private static func directive(_ rest: inout Substring) -> Directive? {
        var flags: Set<Character> = []
        while let flag = rest.first, "+-# 0".contains(flag) {
            flags.insert(flag)
            rest.removeFirst()
        }
        func number() -> Int? {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            return Int(digits).map { min($0, 1 << 16) }
        }
        let width = number()
        var precision: Int?
        if rest.first == "." {
            rest.removeFirst()
            precision = number() ?? 0
        }
        guard let verb = rest.popFirst() else { return nil }
        return Directive(flags: flags, width: width, precision: precision, verb: verb)
    }

    private static func text(_ value: TemplateValue, _ directive: Directive) -> String {
        switch (directive.verb, value) {
        case ("v", .null(.interface)), ("s", .null(.interface)): return directive.verb == "v" ? "<nil>" : "%!s(<nil>)"
        case ("v", _): return value.printed
        case ("T", _): return value.type
        case ("s", .string(let text)): return directive.precision.map { String(text.prefix($0)) } ?? text
        case ("s", .list), ("s", .map), ("s", .record), ("s", .null): return value.printed
        case ("q", .string): return value.json
        case ("q", .list(let list)): return "[" + list.map { text($0, directive) }.joined(separator: " ") + "]"
        case ("x", .string(let text)), ("X", .string(let text)):
            let digits = text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return directive.verb == "X" ? digits.uppercased() : digits
        case ("t", .bool): return value.printed
        case ("d", .integer(let number)):
            return directive.flags.contains("+") && number >= 0 ? "+\(number)" : String(number)
        case ("x", .integer(let number)): return String(number, radix: 16)
        case ("X", .integer(let number)): return String(number, radix: 16, uppercase: true)
        case ("o", .integer(let number)): return String(number, radix: 8)
        case ("b", .integer(let number)): return String(number, radix: 2)
        case ("c", .integer(let number)):
            return UInt32(exactly: number).flatMap(Unicode.Scalar.init).map { String($0) } ?? "\u{FFFD}"
        case ("f", .decimal(let number)): return fixed(number, directive.precision ?? 6)
        case ("g", .decimal(let number)): return TemplateValue.shortest(number)
        default: return "%!\(directive.verb)(\(value.type)=\(value.printed))"
        }
    }

    private static func fixed(_ number: Double, _ places: Int) -> String {
        let places = min(places, 9)
        guard number.isFinite, abs(number) < 1e9 else { return "\(number)" }
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let magnitude = (abs(number) * scale).rounded(.toNearestOrEven)
        let whole = (magnitude / scale).rounded(.down)
        let sign = number < 0 ? "-" : ""
        if places == 0 { return sign + String(Int64(whole)) }
        let fraction = String(Int64(magnitude - whole * scale))
        return sign + "\(Int64(whole))." + String(repeating: "0", count: max(places - fraction.count, 0)) + fraction
    }

    private static func pad(_ text: String, _ directive: Directive) -> String {
        guard let width = directive.width, text.count < width else { return text }
        let missing = width - text.count
        if directive.flags.contains("-") { return text + String(repeating: " ", count: missing) }
        guard directive.flags.contains("0") else { return String(repeating: " ", count: missing) + text }
        let isNegative = text.hasPrefix("-")
        return (isNegative ? "-" : "") + String(repeating: "0", count: missing)
            + (isNegative ? text.dropFirst() : text[...])
    }
}
