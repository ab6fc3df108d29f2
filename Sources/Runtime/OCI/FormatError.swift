/// Text or JSON that does not have the form that a specification asks for: one sentence that says which and why.
public struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

extension FormatError {
    /// The same, with the place in the document that is being read.
    func located(_ decoder: any Decoder) -> DecodingError {
        .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: description, underlyingError: self))
    }
}
