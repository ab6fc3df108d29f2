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

    /// The line as JSON, without its end.
    public var json: String { JSONValue.object(members).description }
}
