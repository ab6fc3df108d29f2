import CLinux
import Glibc
import LayerModel
import Linux

/// Runs `body` on a thread of its own whose mounts nobody else sees; they go with the thread.
///
/// A thread that shares no working directory (CLONE_FS) may take a mount namespace of its own in a process that has
/// others (unshare(2)).
func withPrivateMounts<Value>(_ body: @escaping () throws -> Value) throws -> Value {
    var result: Result<Value, any Error>?
    let work = ThreadWork {
        result = Result {
            let cloneFiles = 0x200
            let cloneMounts = 0x20000
            try call("unshare") { linux_syscall(Int(SYS_unshare), cloneFiles | cloneMounts, 0, 0, 0, 0) }
            try mountFilesystem("none", "/", type: nil, flags: 1 << 14 | 1 << 18)  // MS_REC | MS_PRIVATE
            return try body()
        }
    }
    var thread = pthread_t()
    pthread_create(
        &thread, nil,
        { argument in
            Unmanaged<ThreadWork>.fromOpaque(argument!).takeRetainedValue().run()
            return nil
        }, Unmanaged.passRetained(work).toOpaque())
    pthread_join(thread, nil)
    return try result!.get()
}

private final class ThreadWork {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
}

/// mount(2).
func mountFilesystem(_ source: String, _ target: String, type: String?, flags: UInt = 0, options: String = "") throws {
    try call("mount", target) { mount(source, target, type, flags, options) }
}
