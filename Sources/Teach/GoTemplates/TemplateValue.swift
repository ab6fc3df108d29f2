/// What a template sees: a value of Go's, as far as Docker's documents have such.
public indirect enum TemplateValue: Hashable, Sendable {
    /// A nil; what it would have been decides how it is printed.
    case null(Absence)
    case bool(Bool)
    case integer(Int64)
    case decimal(Double)
    /// Go's time.Duration: a number in JSON, and printed in words of its own, `1m30s`.
    case duration(nanoseconds: Int64, words: String)
    case string(String)
    case list([TemplateValue])
    /// Go's map with text as its keys; `zero` is what `index` answers for a key that is not there.
    case map([String: TemplateValue], zero: TemplateValue)
    /// Go's struct: fields in their order, and asking for another is an error.
    case record(Record)

    /// Which kind of nil.
    public enum Absence: Hashable, Sendable {
        case slice, map, pointer
        /// An interface without a value: what a missing key gives.
        case interface
    }

    public struct Record: Hashable, Sendable {
        /// Go's name of the type, for errors.
        public var type: String
        public var fields: [Field]
        /// Whether its JSON spells `<`, `>` and `&` in text as `\u003c` and so on, as Go's json.Marshal does.
        public var escapesHTML: Bool

        public init(type: String, _ fields: [Field], escapesHTML: Bool = false) {
            self.type = type
            self.fields = fields
            self.escapesHTML = escapesHTML
        }
    }

    public struct Field: Hashable, Sendable {
        /// In JSON.
        public var name: String
        /// In Go.
        public var goName: String
        public var value: TemplateValue
        /// Whether JSON leaves it out where it is empty.
        public var omitsEmpty: Bool

        public init(_ name: String, go goName: String? = nil, _ value: TemplateValue, omitsEmpty: Bool = false) {
            self.name = name
            self.goName = goName ?? name
            self.value = value
            self.omitsEmpty = omitsEmpty
        }

        var isInJSON: Bool { !omitsEmpty || value.isTrue }
    }

    /// A map from text to text.
    public static func texts(_ map: [String: String]) -> TemplateValue {
        .map(map.mapValues(TemplateValue.string), zero: .string(""))
    }

    /// A list of texts.
    public static func texts(_ list: [String]) -> TemplateValue { .list(list.map(TemplateValue.string)) }

    /// The same as decoded JSON has it: maps in the place of structs, under JSON's names, and one kind of nil.
    public var decoded: TemplateValue {
        switch self {
        case .null: .null(.interface)
        case .bool, .integer, .decimal, .string: self
        case .duration(let nanoseconds, _): .integer(nanoseconds)
        case .list(let values): .list(values.map(\.decoded))
        case .map(let values, _): .map(values.mapValues(\.decoded), zero: .null(.interface))
        case .record(let record):
            .map(
                Dictionary(record.fields.filter(\.isInJSON).map { ($0.name, $0.value.decoded) }) { $1 },
                zero: .null(.interface))
        }
    }

    /// Whether `if` takes it for true: everything but false, 0, nil and what is empty.
    var isTrue: Bool {
        switch self {
        case .null: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .decimal(let value): value != 0
        case .duration(let nanoseconds, _): nanoseconds != 0
        case .string(let text): !text.isEmpty
        case .list(let values): !values.isEmpty
        case .map(let values, _): !values.isEmpty
        case .record: true
        }
    }

    /// Go's name of its type, for errors.
    var type: String {
        switch self {
        case .null(.slice), .list: "[]string"
        case .null(.map), .map: "map[string]interface {}"
        case .null: "interface {}"
        case .bool: "bool"
        case .integer: "int"
        case .decimal: "float64"
        case .duration: "time.Duration"
        case .string: "string"
        case .record(let record): record.type
        }
    }

    /// As Go's `%v` prints it.
    public var printed: String { printed(isNested: false) }

    private func printed(isNested: Bool) -> String {
        switch self {
        case .null(.slice): return "[]"
        case .null(.map): return "map[]"
        case .null(.pointer): return "<nil>"
        case .null(.interface): return isNested ? "<nil>" : "<no value>"
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case .decimal(let value): return Self.shortest(value)
        case .duration(_, let words): return words
        case .string(let text): return text
        case .list(let values): return "[" + values.map { $0.printed(isNested: true) }.joined(separator: " ") + "]"
        case .map(let values, _):
            let entries = values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            return "map[" + entries.map { "\($0.key):\($0.value.printed(isNested: true))" }.joined(separator: " ") + "]"
        case .record(let record):
            return "{" + record.fields.map { $0.value.printed(isNested: true) }.joined(separator: " ") + "}"
        }
    }

    /// The fewest digits that mean the number, without a fraction where it has none.
    static func shortest(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
