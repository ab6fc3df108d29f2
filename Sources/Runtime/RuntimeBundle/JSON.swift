internal import CJansson

/// A JSON text as a value. By libjansson, because a bundle is read by a small static program: FoundationEssentials
/// doubles what that takes to start, and its size.
enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A double, as for most readers of JSON: integers are exact up to 2^53.
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// Reads a whole text by RFC 8259. A name that stands twice in one object is an error, because it has two
    /// meanings.
    ///
    /// - Throws: `BundleError` that tells the line and the column.
    init(parsing text: [UInt8], of file: String) throws(BundleError) {
        var error = json_error_t()
        // A uint64 such as RLIM_INFINITY is too great for libjansson's integers.
        let flags = Int(JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL)
        let tree = text.withUnsafeBytes { bytes in
            json_loadb(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, flags, &error)
        }
        guard let tree else {
            let what = withUnsafeBytes(of: &error.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            throw BundleError("\(file) is not JSON: line \(error.line), column \(error.column): \(what)")
        }
        defer { json_decref(tree) }
        self.init(tree)
    }

    private init(_ tree: UnsafeMutablePointer<json_t>) {
        switch tree.pointee.type {
        case JSON_OBJECT:
            var fields: [String: JSON] = [:]
            var next = json_object_iter(tree)
            while let field = next {
                fields[String(cString: json_object_iter_key(field))] = JSON(json_object_iter_value(field))
                next = json_object_iter_next(tree, field)
            }
            self = .object(fields)
        case JSON_ARRAY:
            self = .array((0..<json_array_size(tree)).map { JSON(json_array_get(tree, $0)) })
        case JSON_STRING: self = .string(String(cString: json_string_value(tree)))
        case JSON_REAL: self = .number(json_real_value(tree))
        case JSON_INTEGER: self = .number(Double(json_integer_value(tree)))
        case JSON_TRUE: self = .bool(true)
        case JSON_FALSE: self = .bool(false)
        default: self = .null
        }
    }

    /// Whether it says no more than a missing field would.
    var isEmpty: Bool {
        switch self {
        case .null, .bool(false), .string(""), .array([]), .object([:]): true
        default: false
        }
    }
}
