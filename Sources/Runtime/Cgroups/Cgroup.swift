public import Events
import Glibc
import LayerModel
import Linux

/// One directory in one hierarchy that holds a container's processes.
public protocol Cgroup: Sendable {
    /// The directory.
    var path: String { get }
    /// The figures that it keeps.
    func samples() -> [ResourceSample]
    /// Ends every process in it at once.
    func kill()
}

extension Cgroup {
    /// The processes in it.
    public func processes() -> [Int32] {
        guard let text = try? CgroupFile.read(path + "/cgroup.procs") else { return [] }
        return text.split(separator: "\n").compactMap { Int32($0) }
    }

    /// Removes the directory once its processes are gone, and its parent when no other container is left there.
    ///
    /// - Throws: `SystemCallError`
    func remove() throws(SystemCallError) {
        var attempts = 0
        while rmdir(path) != 0, errno != ENOENT {
            // A process that was just reaped may still be counted: the kernel lets it go a moment later.
            attempts += 1
            guard errno == EBUSY, attempts < 500 else {
                throw SystemCallError(call: "rmdir", subject: path, errno: .init(rawValue: errno))
            }
            if attempts > 4 { kill() }
            usleep(attempts < 6 ? 50 << UInt32(attempts) : 2000)
        }
        rmdir(String(path[..<path.lastIndex(of: "/")!]))
    }

    func sample(_ file: String) -> ResourceSample? {
        CgroupFile.number("\(path)/\(file)").map { ResourceSample(name: file, value: $0) }
    }

    func sample(_ file: String, _ key: String) -> ResourceSample? {
        CgroupFile.number("\(path)/\(file)", key: key).map { ResourceSample(name: "\(file)/\(key)", value: $0) }
    }
}

/// The attribute of a container's cgroup that names the container's folder: whose it is when nobody holds it any more. The
/// kernel has such attributes on cgroups since 5.7; without it a cgroup is anybody's to remove.
let ownerAttribute = "user.teach.container"

/// Makes `base/teach/id` and locks it; `teach` is shared by all containers, and may be removed between the two calls by
/// one that ends.
///
/// - Throws: `SystemCallError`
func makeCgroup(_ base: String, _ id: String, owner: String) throws(SystemCallError) -> (
    path: String, lock: PresenceLock
) {
    let path = "\(base)/teach/\(id)"
    for _ in 0..<100 {
        if mkdir(base + "/teach", 0o755) != 0, errno != EEXIST { break }
        do {
            let lock = try PresenceLock.making(path)
            try? setExtendedAttribute(ownerAttribute, Array(owner.utf8), of: path)
            return (path, lock)
        } catch  where error.errno == .ENOENT {
        } catch  where error.errno == .EEXIST {
            // One that a killed runtime left has no processes and goes; one that is in use stays.
            guard rmdir(path) == 0 else { throw error }
        }
    }
    throw SystemCallError(call: "mkdir", subject: path, errno: .init(rawValue: errno))
}
