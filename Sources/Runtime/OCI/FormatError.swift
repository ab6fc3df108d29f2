/// Text or JSON that does not have the form that a specification asks for: one sentence that says which and why.
public struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}
