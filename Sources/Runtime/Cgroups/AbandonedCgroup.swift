import Events
import Glibc
public import Linux

/// A container's cgroup whose maker is gone: nobody holds its lock.
public struct AbandonedCgroup: Sendable {
    /// The directory.
    public let path: String
    private let lock: PresenceLock

    /// Those of containers whose folders lie beneath `home`: beneath this process's own cgroup or, with `everywhere`, in
    /// all of each hierarchy, because who left them may have been in another one.
    public static func all(of home: String, on host: CgroupHost, everywhere: Bool) -> [AbandonedCgroup] {
        var found: [AbandonedCgroup] = []
        var seen: Set<String> = []
        for hierarchy in (host.unified.map { [$0] } ?? []) + host.legacy.values {
            let root = everywhere ? hierarchy.mountPoint : hierarchy.own
            guard seen.insert(root).inserted else { continue }
            var left = everywhere ? [root] : [root + "/teach"]
            while let directory = left.popLast() {
                for name in (try? directoryNames(at: directory, ofType: DT_DIR)) ?? [] {
                    let path = directory + "/" + name
                    if !directory.hasSuffix("/teach") || !isContainerID(name) {
                        if everywhere { left.append(path) }
                    } else if isOwned(path, by: home), let lock = try? PresenceLock.ifFree(path) {
                        found.append(AbandonedCgroup(path: path, lock: lock))
                    }
                }
            }
        }
        return found
    }

    /// Ends what is left in it and removes it, and its parent when that is empty.
    ///
    /// - Throws: `SystemCallError`
    public func remove() throws(SystemCallError) { try Remains(path: path).remove() }

    private struct Remains: Cgroup {
        let path: String
        func samples() -> [ResourceSample] { [] }
        func kill() { for process in processes() { Glibc.kill(process, SIGKILL) } }
    }

    private static func isOwned(_ path: String, by home: String) -> Bool {
        guard let owner = try? extendedAttribute(ownerAttribute, of: path), !owner.isEmpty else { return true }
        return owner.starts(with: Array((home + "/").utf8))
    }

    private static func isContainerID(_ name: String) -> Bool {
        name.utf8.count == 64 && name.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
