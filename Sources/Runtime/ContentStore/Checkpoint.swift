/// Is asked between the parts of work that takes a while, and throws where somebody wants the work to end; what is half
/// made then goes as after any other failure.
public typealias Checkpoint = @Sendable () throws -> Void
