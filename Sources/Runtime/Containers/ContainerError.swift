public import Events

/// A container that did not come to be, or whose command could not be run. Nothing of it is left but the
/// writable layer that was there before.
public struct ContainerError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// The command is not in the image: exit status 127.
        case commandNotFound
        /// The command is there and cannot be executed: exit status 126.
        case commandNotExecutable
        /// A step of the set-up failed: exit status 125.
        case setup
        /// A directory, a namespace or a cgroup could not be made: exit status 125.
        case preparation
    }
    public var kind: Kind
    /// One sentence: what failed, on what, why, and the cure where there is one.
    public var description: String
    /// The steps that were made, and the failed one with its errno.
    public var steps: [SetupStep]

    init(_ kind: Kind, _ description: String, steps: [SetupStep] = []) {
        self.kind = kind
        self.description = description
        self.steps = steps
    }

    /// What `docker run` exits with.
    public var exitStatus: Int32 {
        switch kind {
        case .commandNotFound: 127
        case .commandNotExecutable: 126
        case .setup, .preparation: 125
        }
    }
}
