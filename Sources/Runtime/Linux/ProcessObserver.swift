/// One instruction of a seccomp filter, laid out as the kernel's `struct sock_filter` (linux/filter.h).
public struct SeccompInstruction: Hashable, Sendable, BitwiseCopyable {
    public var code: UInt16
    /// How many instructions to skip when the comparison is true, and when it is false.
    public var jt: UInt8
    public var jf: UInt8
    public var k: UInt32

    public init(code: UInt16, jt: UInt8 = 0, jf: UInt8 = 0, k: UInt32) {
        self.code = code
        self.jt = jt
        self.jf = jf
        self.k = k
    }
}

/// Who follows a container's processes from before their first instruction to the last one's end.
///
/// All calls come on the one thread that cloned the container's first process, because to the kernel a tracer
/// is a thread (ptrace(2)).
public protocol ProcessObserver {
    /// The filter that decides which calls stop; loaded by the process itself after `seize` has returned.
    var seccompProgram: [SeccompInstruction] { get }

    /// Attaches to the container's first process, which waits in its set-up and is not stopped.
    mutating func seize(_ pid: Int32) throws

    /// Follows the process and all that it makes until it is gone, and reaps it. It is called at once when the
    /// process goes on, so a stop anywhere in what is left of the set-up is served.
    mutating func follow(_ pid: Int32) throws -> WaitStatus
}

/// How a process ended (wait(2)).
public enum WaitStatus: Hashable, Sendable {
    case exited(Int32)
    case signalled(Int32)

    /// The status as a shell reports it: 128 + n for signal n.
    public var shellStatus: Int32 {
        switch self {
        case .exited(let status): status
        case .signalled(let signal): 128 + signal
        }
    }
}
