import Foundation
import Linux

/// A cgroup for everything that one crash test starts, so that it is seen what of it is left.
///
/// Whoever made it holds a lock on it. A test that was killed itself holds none any more, and the next one removes what
/// it has left.
final class CrashCgroup {
    let path: String
    private let lock: PresenceLock

    private static let prefix = "teach-crash-"

    /// - Returns: `nil` where no cgroup v2 can be written.
    init?() {
        guard let parent = Self.parent else { return nil }
        let left = ((try? directoryNames(at: parent, ofType: Int(DT_DIR))) ?? []).filter { $0.hasPrefix(Self.prefix) }
        for name in left {
            guard let lock = try? PresenceLock.ifFree("\(parent)/\(name)") else { continue }
            withExtendedLifetime(lock) { _ = Self.clear("\(parent)/\(name)") }
        }
        path = "\(parent)/\(Self.prefix)\(getpid())-\(UUID().uuidString)"
        guard let lock = try? PresenceLock.making(path) else { return nil }
        self.lock = lock
    }

    /// - Returns: whether it is gone: nothing may be left in it but the directory that containers' cgroups lie in.
    func remove() -> Bool {
        rmdir(path + "/teach")
        return rmdir(path) == 0
    }

    /// Where this process's own cgroup lies.
    static var parent: String? {
        let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        let mount = mounts.split(separator: "\n").first { $0.contains(" - cgroup2 ") }?.split(separator: " ")[4]
        let own = groups.split(separator: "\n").first { $0.hasPrefix("0::") }?.dropFirst(3)
        guard let mount, let own else { return nil }
        return "\(mount)\(own == "/" ? "" : own)"
    }

    /// Ends what is in a cgroup, and removes it with all beneath it.
    private static func clear(_ path: String) -> Bool {
        for name in (try? directoryNames(at: path, ofType: Int(DT_DIR))) ?? [] { _ = clear("\(path)/\(name)") }
        // A killed process leaves its cgroup a moment later.
        for _ in 0..<2000 {
            let processes = (try? String(contentsOfFile: path + "/cgroup.procs", encoding: .utf8)) ?? ""
            for pid in processes.split(separator: "\n").compactMap({ Int32($0) }) { kill(pid, SIGKILL) }
            if rmdir(path) == 0 || errno == ENOENT { return true }
            usleep(5000)
        }
        return false
    }
}
