internal import LayerModel

/// One line of a run: a thing that happened, or what followed from it, as the members of a JSON object.
///
/// Every line has the members of `commonKeys`, `null` where they do not apply, and then those of its kind.
/// docs/record.md lists them.
public struct EventLine: Hashable, Sendable {
    public var members: [JSONValue.Member]

    /// What every line has, in this order.
    public static let commonKeys = [
        "run", "step", "seq", "kind", "syscall", "path", "errno", "effect", "layer", "size", "allocated", "shared",
        "pid", "ns",
    ]

    public init(members: [JSONValue.Member]) { self.members = members }

    /// The value of a member; `nil` where the line has no such key.
    public subscript(key: String) -> JSONValue? { members.first { $0.key == key }?.value }

    /// The text of a member that is a string.
    public func text(_ key: String) -> String? {
        if case .string(let text)? = self[key] { text } else { nil }
    }

    /// The number of a member that is one.
    public func number(_ key: String) -> Int64? {
        if case .int(let number)? = self[key] { number } else { nil }
    }

    /// The kind: `step`, `container`, `layer`, `setup`, `process`, `operation`, `effect`, `verdict`, `hole`, `sample`,
    /// `warning`, `prediction`, `expectation` or `frame`.
    public var kind: String { text("kind") ?? "" }

    /// The line as JSON, without its end. Of a text that is not UTF-8 each byte is written as `\u00XX`.
    public var json: String { Self.told(JSONValue.object(members).description) }

    /// JSON whose strings are written as text, not as a `ByteString` spells bytes.
    private static func told(_ json: String) -> String {
        guard ByteString(json).isSpelled else { return json }
        var told = ""
        var string: [UInt8]?
        var isEscaped = false
        for scalar in json.unicodeScalars {
            guard let begun = string else {
                told.unicodeScalars.append(scalar)
                if scalar == "\"" { string = [] }
                continue
            }
            if scalar == "\"", !isEscaped {
                told += written(begun) + "\""
                string = nil
            } else {
                string?.append(contentsOf: ByteString(String(scalar)).bytes)
                isEscaped = scalar == "\\" && !isEscaped
            }
        }
        return told
    }

    /// What stands between quotation marks; what had to be escaped is.
    private static func written(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return bytes.reduce(into: "") { text, byte in
            text += byte < 0x80 ? String(Unicode.Scalar(byte)) : "\\u00" + String(byte, radix: 16)
        }
    }
}
