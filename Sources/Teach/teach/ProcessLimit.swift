import Glibc
import LayerModel
import Linux
import Synchronization

/// How many processes and threads this user may have (RLIMIT_NPROC of getrlimit(2); `ulimit -u`). What a lesson could not
/// start would fail somewhere in its middle: in a step's shell, a container, or libdispatch, which waits for its thread
/// for ever.
enum ProcessLimit {
    /// Twice what a lesson has at once, beyond the program's first thread: the record's two threads and libdispatch's, a
    /// step's shell and what it runs, the container's own processes and their tracer, and those that are just ending.
    private static let need = 24

    /// Sees whether there is room for a lesson: how many there are already no call tells, so as many threads are made.
    ///
    /// - Throws: `HostError`
    static func allow() throws {
        var limit = rlimit()
        let resource = __rlimit_resource_t(__RLIMIT_NPROC.rawValue)
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < rlim_t.max else { return }
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            setrlimit(resource, &limit)
        }
        // The stacks of the threads below would take memory that a limit of it has for the lesson.
        if AddressSpace.isLimited { return }
        let gate = Gate()
        var threads: [DedicatedThread.Handle] = []
        defer { for thread in threads { thread.join() } }
        do {
            try gate.mutex.withLock { _ in
                for _ in 0..<need { threads.append(try DedicatedThread.start { gate.mutex.withLock { _ in } }) }
            }
        } catch let error as SystemCallError {
            throw HostError(
                sentence:
                    "this user may have \(limit.rlim_cur) processes at once, and for a lesson there should be room "
                    + "for \(need) more (\(error)); end some, or raise the limit, such as with: ulimit -u unlimited")
        }
    }

    /// Holds the threads until all of them are there.
    private final class Gate: Sendable {
        let mutex = Mutex(())
    }
}
