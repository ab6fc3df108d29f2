internal import FoundationEssentials

/// The JSON of the open formats: keys sorted, no white space, so that equal values have equal digests.
public enum JSONDocument {
    /// - Throws: `FormatError` when the value has no JSON form.
    public static func encode(_ value: some Encodable) throws(FormatError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return try [UInt8](encoder.encode(value)) } catch { throw FormatError("cannot write JSON: \(error)") }
    }

    /// Reads `bytes` as a `Value`; `what` names the document in the error.
    ///
    /// - Throws: `FormatError` that names the key at fault.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], what: String
    ) throws(FormatError) -> Value {
        do { return try JSONDecoder().decode(type, from: Data(bytes)) } catch let error as DecodingError {
            throw FormatError("\(what) is not valid: \(explain(error))")
        } catch { throw FormatError("\(what) is not valid: \(error)") }
    }

    private static func explain(_ error: DecodingError) -> String {
        func at(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
            return path.isEmpty ? "" : " at \(path.joined(separator: "."))"
        }
        switch error {
        case .keyNotFound(let key, let context): return "\"\(key.stringValue)\" is missing\(at(context))"
        case .valueNotFound(_, let context): return "null where a value is needed\(at(context))"
        case .typeMismatch(let type, let context): return "no \(type)\(at(context))"
        case .dataCorrupted(let context):
            let cause = (context.underlyingError as? FormatError)?.description ?? context.debugDescription
            return "\(cause)\(at(context))"
        @unknown default: return "\(error)"
        }
    }
}
