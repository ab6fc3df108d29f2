import CLinux
import Glibc
import LayerModel

/// One thread for work that belongs to a thread: clone with PR_SET_PDEATHSIG, ptrace and wait. A thread of a pool
/// may end, or serve others, while the container still runs.
public enum DedicatedThread {
    /// Whether the caller is the process's first thread, which nothing ends before the process.
    public static var isMain: Bool { linux_is_main_thread() != 0 }

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

/// The work without its type, so that a C function pointer can run it.
private class AnyWork {
    func run() {}
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
