import CLinux
import Glibc
import LayerModel

/// One thread for work that belongs to a thread: clone with PR_SET_PDEATHSIG, ptrace and wait. A thread of a pool
/// may end, or serve others, while the container still runs.
public enum DedicatedThread {
    /// Whether the caller is the process's first thread, which nothing ends before the process.
    public static var isMain: Bool { linux_is_main_thread() != 0 }

    /// Lets all threads allocate from one heap (mallopt(3), M_ARENA_MAX). Otherwise each reserves 64 MiB of addresses for
    /// one of its own, or as much as a limit has left, and nothing remains for the next thread's stack.
    public static func shareOneHeap() { linux_share_one_heap() }

    /// Runs `body` on a new thread and waits for it.
    ///
    /// - Throws: What `body` throws.
    public static func run<Value>(_ body: () throws -> Value) throws -> Value {
        try withoutActuallyEscaping(body) { body in
            let work = Work(body)
            var thread = pthread_t()
            let context = Unmanaged.passRetained(work)
            let error = pthread_create(
                &thread, nil,
                { context in
                    Unmanaged<AnyWork>.fromOpaque(context!).takeRetainedValue().run()
                    return nil
                }, context.toOpaque())
            guard error == 0 else {
                context.release()
                throw SystemCallError(call: "pthread_create", errno: .init(rawValue: error))
            }
            pthread_join(thread, nil)
            defer { work.body = nil }
            return try work.result!.get()
        }
    }
}

extension DedicatedThread {
    /// Lets others go first where there are not enough processors: for threads that take down what a container did while
    /// it goes on. On Linux the nice value belongs to the thread (setpriority(2), "C library/kernel differences").
    public static func stepBehind() {
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    }

    /// Runs `body` on a new thread that takes no signals: those belong to the thread that handles them.
    ///
    /// - Throws: `SystemCallError` of pthread_create(3): EAGAIN where the memory for its stack, or one process more, is
    ///   refused.
    public static func start(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) -> Handle {
        let work = Unmanaged<AnyWork>.passRetained(Background(body))
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        // A thread inherits the mask of the one that makes it.
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let error = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<AnyWork>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, work.toOpaque())
        guard error == 0 else {
            work.release()
            throw SystemCallError(call: "pthread_create", errno: .init(rawValue: error))
        }
        return Handle(thread: thread)
    }

    /// A thread that was started: to be joined or detached, once.
    public struct Handle: Sendable {
        fileprivate let thread: pthread_t

        /// Waits for its end.
        public func join() { pthread_join(thread, nil) }

        /// Leaves it to itself.
        public func detach() { pthread_detach(thread) }
    }
}

/// The work without its type, so that a C function pointer can run it.
private class AnyWork {
    func run() {}
}

private final class Background: AnyWork {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    override func run() { body() }
}

private final class Work<Value>: AnyWork {
    var body: (() throws -> Value)?
    var result: Result<Value, any Error>?

    init(_ body: @escaping () throws -> Value) { self.body = body }

    override func run() {
        result = Result { try body!() }
        body = nil
    }
}
