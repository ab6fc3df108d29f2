public import Events
public import Linux

/// A container that came to its end.
public struct FinishedContainer: Hashable, Sendable {
    public var status: WaitStatus
    /// The set-up, step by step.
    public var steps: [SetupStep]
    /// From before the clone until the command was running.
    public var setupNanoseconds: Int64
    /// The last figures of its cgroups.
    public var samples: [ResourceSample]
    /// What could not be had though nothing depends on it: a sentence each.
    public var warnings: [String]
}

/// A container at work, for as long as the call that it is given to.
public struct RunningContainer: Sendable {
    /// The first process, as the host numbers it; it has not been waited for when this is told.
    public let pid: Int32
    /// The directories of its cgroups.
    public let cgroups: [String]
}
