public import LayerModel

/// One system call of one process, with what stood in the layers before it and what it left in the upper one.
public struct ObservedOperation: Hashable, Sendable {
    /// The place among the container's observed calls, from 1.
    public var sequence: Int
    /// The thread that made the call, as the host numbers it.
    public var pid: Int32
    /// The name of the program (`comm` of proc(5)).
    public var program: String
    /// The kernel's name of the call: `openat`, `renameat2`.
    public var syscall: String
    /// The call freed from its spelling; `nil` for one that is only refused or not understood.
    public var call: FileOperation?
    /// The paths as the caller wrote them.
    public var arguments: [String]
    /// The flags in words, such as `O_WRONLY|O_APPEND`; empty where there are none.
    public var flags: String
    public var credentials: Credentials
    /// The error, or `nil` when the call succeeded.
    public var errno: Errno?
    /// What the call returned when it succeeded.
    public var value: Int64
    /// From the release at the entry stop to the exit stop: the call and two stops, in nanoseconds.
    public var nanoseconds: Int64
    /// The resolved path that each operand came to, in the order of the arguments; `nil` where the lookup failed
    /// before its last name.
    public var resolved: [Path?]
    /// The layer that holds what the first operand resolved to before the call; `nil` where nothing did.
    public var answer: LayerID?
    /// What the layers held, read at the entry of the call.
    public var evidence: Evidence
    /// What the upper layer held at the same paths when the call had returned.
    public var after: [Evidence.Row]
    /// The change that `evidence` and `after` show, in canonical order.
    public var effects: [ObservedEffect]

    public init(
        sequence: Int, pid: Int32, program: String, syscall: String, call: FileOperation?, arguments: [String] = [],
        flags: String = "", credentials: Credentials, errno: Errno? = nil, value: Int64 = 0, nanoseconds: Int64 = 0,
        resolved: [Path?] = [], answer: LayerID? = nil, evidence: Evidence = Evidence(), after: [Evidence.Row] = [],
        effects: [ObservedEffect] = []
    ) {
        self.sequence = sequence
        self.pid = pid
        self.program = program
        self.syscall = syscall
        self.call = call
        self.arguments = arguments
        self.flags = flags
        self.credentials = credentials
        self.errno = errno
        self.value = value
        self.nanoseconds = nanoseconds
        self.resolved = resolved
        self.answer = answer
        self.evidence = evidence
        self.after = after
        self.effects = effects
    }

    /// What was observed, in the form in which a prediction is made.
    public var outcome: Outcome { Outcome(errno: errno, effects: effects.map(\.effect)) }
}

/// An effect that the upper directory shows, and what it cost there. The costs stand outside `LayerEffect`,
/// so that a prediction can be compared without them.
public struct ObservedEffect: Hashable, Sendable {
    public var effect: LayerEffect
    /// The bytes of the blocks really allocated (`st_blocks` × 512).
    public var allocated: Int64?
    /// The bytes that share their blocks with another file (FIEMAP_EXTENT_SHARED); `nil` where the
    /// filesystem does not tell.
    public var shared: Int64?

    public init(_ effect: LayerEffect, allocated: Int64? = nil, shared: Int64? = nil) {
        self.effect = effect
        self.allocated = allocated
        self.shared = shared
    }
}
