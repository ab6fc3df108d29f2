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
    ///
    /// - Parameter executed: is to be called once, when the process has first executed a program: its set-up is over.
    mutating func follow(_ pid: Int32, executed: () -> Void) throws -> WaitStatus
}
