public import Glibc
internal import LayerModel

/// A lock on a directory that says: whoever made it is still at work on it (flock(2)).
///
/// The kernel gives the lock back when its process ends, however it ends, so what is found unlocked was left behind. A
/// process number in a file's name cannot say that: it may have been given to another process since.
public final class PresenceLock: Sendable {
    private let directory: Descriptor

    private init(_ directory: consuming Descriptor) { self.directory = directory }

    /// Makes a directory and locks it. Whoever clears up may take it away in between; it is then made again.
    ///
    /// - Throws: `SystemCallError`, with EEXIST when the name is taken.
    public static func making(_ path: String, mode: mode_t = 0o755) throws(SystemCallError) -> PresenceLock {
        for _ in 0..<100 {
            try call("mkdir", path) { mkdir(path, mode) }
            if let lock = try waiting(for: path) { return lock }
        }
        throw SystemCallError(call: "flock", subject: path, errno: .EBUSY)
    }

    /// Locks a directory when nobody else holds it any more.
    ///
    /// - Returns: `nil` when it is gone by then.
    /// - Throws: `SystemCallError`
    public static func waiting(for path: String) throws(SystemCallError) -> PresenceLock? {
        guard let directory = try opened(path) else { return nil }
        let number = directory.number
        try call("flock", path) { flock(number, LOCK_EX) }
        return stands(number, path) ? PresenceLock(directory) : nil
    }

    /// Locks a directory when nobody else holds it any more; meanwhile `pause` is called again and again, and may end the
    /// wait by throwing.
    ///
    /// - Returns: `nil` when it is gone by then.
    /// - Throws: `SystemCallError`; what `pause` throws.
    public static func waiting(for path: String, _ pause: () throws -> Void) throws -> PresenceLock? {
        guard let directory = try opened(path) else { return nil }
        while flock(directory.number, LOCK_EX | LOCK_NB) != 0 {
            guard Glibc.errno == EWOULDBLOCK || Glibc.errno == EINTR else {
                throw SystemCallError(call: "flock", subject: path, errno: LayerModel.Errno(rawValue: Glibc.errno))
            }
            try pause()
        }
        return stands(directory.number, path) ? PresenceLock(directory) : nil
    }

    /// Locks a directory that nobody holds.
    ///
    /// Who makes a directory locks it a moment later: a young one that is free is asked for again after a while.
    ///
    /// - Returns: `nil` when somebody does, or when it is not there.
    /// - Throws: `SystemCallError`
    public static func ifFree(_ path: String) throws(SystemCallError) -> PresenceLock? {
        guard let directory = try opened(path) else { return nil }
        var isYoung = wasMadeJustNow(directory.number)
        // Who only looks holds the lock for a moment, too.
        for attempt in 0..<5 {
            if flock(directory.number, LOCK_EX | LOCK_NB) == 0 {
                if isYoung {
                    isYoung = false
                    _ = flock(directory.number, LOCK_UN)
                    usleep(50_000)
                    continue
                }
                return stands(directory.number, path) ? PresenceLock(directory) : nil
            }
            guard Glibc.errno == EWOULDBLOCK || Glibc.errno == EINTR else {
                throw SystemCallError(call: "flock", subject: path, errno: LayerModel.Errno(rawValue: Glibc.errno))
            }
            if attempt < 4 { usleep(500) }
        }
        return nil
    }

    private static func wasMadeJustNow(_ number: CInt) -> Bool {
        var status = stat()
        return fstat(number, &status) == 0 && time(nil) - status.st_ctim.tv_sec <= 1
    }

    private static func opened(_ path: String) throws(SystemCallError) -> Descriptor? {
        do {
            return try Descriptor(opening: path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        } catch  where error.errno == .ENOENT { return nil }
    }

    /// Whether the name still stands for the directory that was opened under it.
    private static func stands(_ number: CInt, _ path: String) -> Bool {
        var held = stat()
        var named = stat()
        return fstat(number, &held) == 0 && lstat(path, &named) == 0
            && held.st_ino == named.st_ino && held.st_dev == named.st_dev
    }
}
