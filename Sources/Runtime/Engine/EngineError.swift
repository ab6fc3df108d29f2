/// A request that the engine cannot fulfil: one sentence, worded as Docker words it where Docker has the same error.
public struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    /// The exit status of docker run(1): 125 for the engine's own errors, 126 and 127 for the command's.
    public var exitStatus: Int32
    /// What a caller can do something about.
    public var kind: Kind

    public enum Kind: Hashable, Sendable {
        /// Another container has the name.
        case nameInUse
        /// There is no image or container of that name.
        case notFound
        /// Docker's client says it by itself: no daemon is asked.
        case client
        case other
    }

    public init(_ description: String, exitStatus: Int32 = 125, kind: Kind = .other) {
        self.description = description
        self.exitStatus = exitStatus
        self.kind = kind
    }
}
