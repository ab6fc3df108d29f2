/// The functions that a template may call: Go's own, and those of Docker's client.
enum TemplateFunction: String, CaseIterable, Sendable {
    case and, or, not, eq, ne, lt, le, gt, ge
    case index, slice, len, print, printf, println
    case json, split, join, title, lower, upper, pad, truncate

    /// Why a call failed.
    struct Failure: Error {
        var sentence: String
        /// An argument of a type that the function does not take.
        var type: (argument: Int, sentence: String)?

        init(_ sentence: String) { self.sentence = sentence }
        init(argument: Int, _ sentence: String) {
            self.sentence = sentence
            type = (argument, sentence)
        }
    }

    /// How many arguments it takes.
    var arguments: ClosedRange<Int> {
        switch self {
        case .and, .or, .eq, .index, .slice, .printf: 1...(.max)
        case .print, .println: 0...(.max)
        case .not, .len, .json, .title, .lower, .upper: 1...1
        case .ne, .lt, .le, .gt, .ge, .split, .join, .truncate: 2...2
        case .pad: 3...3
        }
    }

    func call(_ values: [TemplateValue]) throws(Failure) -> TemplateValue {
        switch self {
        case .and, .or: return values.last ?? .null(.interface)
        case .not: return .bool(!values[0].isTrue)
        case .eq:
            guard values.count > 1 else { throw Failure("missing argument for comparison") }
            for other in values.dropFirst() {
                let isEqual = try Self.equal(values[0], other)
                if isEqual { return .bool(true) }
            }
            return .bool(false)
        case .ne: return .bool(!(try Self.equal(values[0], values[1])))
        case .lt: return .bool(try Self.less(values[0], values[1]))
        case .ge: return .bool(!(try Self.less(values[0], values[1])))
        case .le:
            let (less, equal) = (try Self.less(values[0], values[1]), try Self.equal(values[0], values[1]))
            return .bool(less || equal)
        case .gt:
            let (less, equal) = (try Self.less(values[0], values[1]), try Self.equal(values[0], values[1]))
            return .bool(!less && !equal)
        case .index: return try Self.index(values)
        case .slice: return try Self.slice(values)
        case .len: return try Self.length(of: values[0])
        case .print: return .string(Self.print(values))
        case .println: return .string(values.map(\.printed).joined(separator: " ") + "\n")
        case .printf: return .string(GoFormat.format(try Self.text(values, 0), Array(values.dropFirst())))
        case .json: return .string(values[0].json)
        case .lower: return .string(try Self.text(values, 0).lowercased())
        case .upper: return .string(try Self.text(values, 0).uppercased())
        case .title: return .string(Self.title(try Self.text(values, 0)))
        case .split: return .texts(Self.split(try Self.text(values, 0), try Self.text(values, 1)))
        case .join:
            let list: [TemplateValue]
            switch values[0] {
            case .list(let texts): list = texts
            case .null(.slice), .null(.interface): list = []
            default: throw Self.mismatch(values, 0, "[]string")
            }
            return .string(list.map(\.printed).joined(separator: try Self.text(values, 1)))
        case .pad:
            let text = try Self.text(values, 0)
            if text.isEmpty { return .string(text) }
            func blanks(_ count: Int64) -> String { String(repeating: " ", count: Int(min(max(count, 0), 1 << 16))) }
            return .string(blanks(try Self.number(values, 1)) + text + blanks(try Self.number(values, 2)))
        case .truncate:
            let (text, length) = (try Self.text(values, 0), try Self.number(values, 1))
            return .string(String(text.unicodeScalars.prefix(Int(clamping: max(length, 0)))))
        }
    }

    // MARK: - Arguments

    private static func mismatch(_ values: [TemplateValue], _ argument: Int, _ wanted: String) -> Failure {
        Failure(argument: argument, "wrong type for value; expected \(wanted); got \(values[argument].type)")
    }

    private static func text(_ values: [TemplateValue], _ argument: Int) throws(Failure) -> String {
        guard case .string(let text) = values[argument] else { throw mismatch(values, argument, "string") }
        return text
    }

    private static func number(_ values: [TemplateValue], _ argument: Int) throws(Failure) -> Int64 {
        guard case .integer(let number) = values[argument] else { throw mismatch(values, argument, "int") }
        return number
    }

    // MARK: - Comparisons

    private static func equal(_ left: TemplateValue, _ right: TemplateValue) throws(Failure) -> Bool {
        switch (left, right) {
        case (.bool(let a), .bool(let b)): return a == b
        case (.integer(let a), .integer(let b)): return a == b
        case (.decimal(let a), .decimal(let b)): return a == b
        case (.string(let a), .string(let b)): return a == b
        case (.null, .null): return true
        case (.null, _), (_, .null): return false
        case (.list, _), (.map, _), (.record, _), (_, .list), (_, .map), (_, .record):
            throw Failure("invalid type for comparison")
        default: throw Failure("incompatible types for comparison")
        }
    }

    private static func less(_ left: TemplateValue, _ right: TemplateValue) throws(Failure) -> Bool {
        switch (left, right) {
        case (.integer(let a), .integer(let b)): return a < b
        case (.decimal(let a), .decimal(let b)): return a < b
        case (.string(let a), .string(let b)): return a.utf8.lexicographicallyPrecedes(b.utf8)
        case (.integer, _), (.decimal, _), (.string, _): throw Failure("incompatible types for comparison")
        default: throw Failure("invalid type for comparison")
        }
    }

    // MARK: - Parts

    private static func index(_ values: [TemplateValue]) throws(Failure) -> TemplateValue {
        var value = values[0]
        for key in values.dropFirst() {
            switch (value, key) {
            case (.list(let list), .integer(let number)):
                guard number >= 0, number < list.count else { throw Failure("index out of range: \(number)") }
                value = list[Int(number)]
            case (.null(.slice), .integer(let number)): throw Failure("index out of range: \(number)")
            case (.map(let map, let zero), .string(let text)): value = map[text] ?? zero
            case (.null(.map), .string): value = .null(.interface)
            case (.list, _): throw Failure("cannot index slice/array with type \(key.type)")
            case (.map, _): throw Failure("value has type \(key.type); should be string")
            case (.null, _): throw Failure("index of untyped nil")
            case (.string(let text), .integer(let number)):
                let bytes = Array(text.utf8)
                guard number >= 0, number < bytes.count else { throw Failure("index out of range: \(number)") }
                value = .integer(Int64(bytes[Int(number)]))
            default: throw Failure("can't index item of type \(value.type)")
            }
        }
        return value
    }

    private static func slice(_ values: [TemplateValue]) throws(Failure) -> TemplateValue {
        guard values.count <= 3 else { throw Failure("too many slice indexes: \(values.count - 1)") }
        func range(_ count: Int) throws(Failure) -> Range<Int> {
            var bounds: [Int] = []
            for argument in values.indices.dropFirst() {
                let number = try number(values, argument)
                guard number >= 0, number <= count else { throw Failure("index out of range: \(number)") }
                bounds.append(Int(number))
            }
            let (start, end) = (bounds.first ?? 0, bounds.count > 1 ? bounds[1] : count)
            guard start <= end else { throw Failure("invalid slice index: \(start) > \(end)") }
            return start..<end
        }
        switch values[0] {
        case .list(let list): return .list(Array(list[try range(list.count)]))
        case .string(let text):
            let bytes = Array(text.utf8)
            return .string(String(decoding: bytes[try range(bytes.count)], as: UTF8.self))
        default: throw Failure("can't slice item of type \(values[0].type)")
        }
    }

    private static func length(of value: TemplateValue) throws(Failure) -> TemplateValue {
        switch value {
        case .string(let text): return .integer(Int64(text.utf8.count))
        case .list(let list): return .integer(Int64(list.count))
        case .map(let map, _): return .integer(Int64(map.count))
        case .null(.slice), .null(.map): return .integer(0)
        case .null: throw Failure("len of nil pointer")
        default: throw Failure("len of type \(value.type)")
        }
    }

    // MARK: - Texts

    /// Go's Sprint: a blank between two values neither of which is text.
    private static func print(_ values: [TemplateValue]) -> String {
        var text = ""
        for (index, value) in values.enumerated() {
            if index > 0, case let (a, b) = (values[index - 1], value), !isText(a), !isText(b) { text += " " }
            text += value.printed
        }
        return text
    }

    private static func isText(_ value: TemplateValue) -> Bool {
        if case .string = value { true } else { false }
    }

    /// The first letter of each word in capitals, the others as they are.
    private static func title(_ text: String) -> String {
        var result = ""
        var isStart = true
        for character in text {
            result += isStart ? character.uppercased() : String(character)
            isStart = !(character.isLetter || character.isNumber || character == "_" || character == "'")
        }
        return result
    }

    private static func split(_ text: String, _ separator: String) -> [String] {
        if separator.isEmpty { return text.map(String.init) }
        var parts: [String] = []
        var rest = text[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
