/// One object of a config.json, and which of its fields somebody has read: what nobody reads is told, never passed
/// over in silence. A field that is null counts as missing.
final class ConfigObject {
    /// Where it lies, such as `process.user`; empty for the whole.
    private let path: String
    private let fields: [String: JSON]
    private var isRead: Set<String> = []

    init(_ value: JSON, at path: String = "") throws(BundleError) {
        guard case .object(let fields) = value else { throw Self.wrong(path, "an object") }
        self.path = path
        self.fields = fields
    }

    /// The whole path of a field.
    func path(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    func error(_ name: String, _ what: String) -> BundleError { BundleError("config.json: \(path(name)) \(what)") }

    private static func wrong(_ path: String, _ kind: String) -> BundleError {
        BundleError("config.json: \(path.isEmpty ? "the whole" : path) must be \(kind)")
    }

    private func take(_ name: String) -> JSON? {
        isRead.insert(name)
        guard let value = fields[name], value != .null else { return nil }
        return value
    }

    func string(_ name: String) throws(BundleError) -> String? {
        guard let value = take(name) else { return nil }
        guard case .string(let text) = value else { throw Self.wrong(path(name), "a string") }
        return text
    }

    func bool(_ name: String) throws(BundleError) -> Bool? {
        guard let value = take(name) else { return nil }
        guard case .bool(let flag) = value else { throw Self.wrong(path(name), "true or false") }
        return flag
    }

    /// A whole number; one that is beyond the type is taken for its bound, as no limit is greater.
    func integer<Number: FixedWidthInteger>(_ name: String, _ type: Number.Type) throws(BundleError) -> Number? {
        guard let value = take(name) else { return nil }
        guard case .number(let number) = value, number.rounded(.towardZero) == number,
            Number.isSigned || number >= 0
        else { throw Self.wrong(path(name), Number.isSigned ? "a whole number" : "a whole number, 0 or more") }
        return Number(clamping: number)
    }

    func strings(_ name: String) throws(BundleError) -> [String]? {
        guard let values = try array(name, "an array of strings") else { return nil }
        var strings: [String] = []
        for value in values {
            guard case .string(let text) = value else { throw Self.wrong(path(name), "an array of strings") }
            strings.append(text)
        }
        return strings
    }

    func integers<Number: FixedWidthInteger>(_ name: String, _ type: Number.Type) throws(BundleError) -> [Number]? {
        guard let values = try array(name, "an array of whole numbers") else { return nil }
        var numbers: [Number] = []
        for value in values {
            guard case .number(let number) = value, let exact = Number(exactly: number) else {
                throw Self.wrong(path(name), "an array of whole numbers from \(Number.min) to \(Number.max)")
            }
            numbers.append(exact)
        }
        return numbers
    }

    func object(_ name: String) throws(BundleError) -> ConfigObject? {
        guard let value = take(name) else { return nil }
        return try ConfigObject(value, at: path(name))
    }

    func objects(_ name: String) throws(BundleError) -> [ConfigObject] {
        var objects: [ConfigObject] = []
        for (index, value) in (try array(name, "an array of objects") ?? []).enumerated() {
            objects.append(try ConfigObject(value, at: "\(path(name))[\(index)]"))
        }
        return objects
    }

    private func array(_ name: String, _ kind: String) throws(BundleError) -> [JSON]? {
        guard let value = take(name) else { return nil }
        guard case .array(let values) = value else { throw Self.wrong(path(name), kind) }
        return values
    }

    /// What the field must have: the container cannot be made without it.
    func required<Value>(_ name: String, _ value: Value?) throws(BundleError) -> Value {
        guard let value else { throw error(name, "is missing") }
        return value
    }

    /// These fields change a container in ways that ours cannot be changed, so each must be missing or empty.
    func refuse(_ names: String...) throws(BundleError) {
        for name in names {
            if let value = take(name), !value.isEmpty { throw .unsupported(path(name)) }
        }
    }

    /// These fields change nothing.
    func passOver(_ names: String...) { isRead.formUnion(names) }

    /// A warning for each field that nobody has read. The specification forbids an error (config.md,
    /// "Extensibility").
    func finish(_ warnings: inout [String]) {
        for name in fields.keys.filter({ !isRead.contains($0) }).sorted() {
            warnings.append("config.json: \(path(name)) is unknown and has no effect")
        }
    }
}

extension FixedWidthInteger {
    fileprivate init(clamping number: Double) {
        self = Self(exactly: number) ?? (number < 0 ? .min : .max)
    }
}
