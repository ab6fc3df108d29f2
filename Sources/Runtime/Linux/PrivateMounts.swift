internal import CLinux
internal import Glibc

/// Runs `body` on a thread of its own, whose mounts, root, working directory and umask nobody else has; the mounts go
/// with the thread, however the process ends.
///
/// A thread that shares no working directory (CLONE_FS) may take a mount namespace of its own in a process that has
/// other threads (unshare(2)).
///
/// - Throws: `SystemCallError`; what `body` throws.
public func withPrivateMounts<Value>(_ body: () throws -> Value) throws -> Value {
    try DedicatedThread.run {
        let (cloneFiles, cloneMounts) = (0x200, 0x20000)
        try call("unshare") { linux_syscall(Int(SYS_unshare), cloneFiles | cloneMounts, 0, 0, 0, 0) }
        try mountFilesystem("none", "/", type: nil, flags: [.recursive, .isPrivate])
        return try body()
    }
}

/// See mount(2).
///
/// - Throws: `SystemCallError`
public func mountFilesystem(
    _ source: String, _ target: String, type: String?, flags: MountFlags = [], options: String = ""
) throws(SystemCallError) {
    try call("mount", target) { mount(source, target, type, UInt(flags.rawValue), options) }
}

/// Unmounts what is mounted last at `target`; what is still in use goes when nobody uses it any more where `lazily`.
/// See umount2(2).
///
/// - Throws: `SystemCallError`
public func unmountFilesystem(_ target: String, lazily: Bool = false) throws(SystemCallError) {
    try call("umount2", target) { linux_unmount(target, lazily ? 2 : 0) }  // MNT_DETACH
}

/// The root directory of another process's mount namespace, without what is mounted in it: a mount of its own, which goes
/// when it is closed. See open_tree(2).
///
/// - Throws: `SystemCallError`, with EPERM where this process has no power over the namespace.
public func rootMount(of process: Int32) throws -> Descriptor {
    let number = try DedicatedThread.run {
        let own = try Descriptor(opening: "/proc/thread-self/ns/mnt", O_RDONLY)
        let other = try Descriptor(opening: "/proc/\(process)/ns/mnt", O_RDONLY)
        let (ownNumber, otherNumber) = (Int(own.number), Int(other.number))
        let (cloneFiles, cloneMounts) = (0x200, 0x20000)
        try call("unshare") { linux_syscall(Int(SYS_unshare), cloneFiles, 0, 0, 0, 0) }
        try call("setns") { linux_syscall(Int(SYS_setns), otherNumber, cloneMounts, 0, 0, 0) }
        // Back at once: no name is looked up among the other's files.
        defer { _ = linux_syscall(Int(SYS_setns), ownNumber, cloneMounts, 0, 0, 0) }
        let (openTree, currentDirectory, clone) = (428, -100, 1 | Int(O_CLOEXEC))
        return try call("open_tree") {
            "/".withCString { linux_syscall(openTree, currentDirectory, Int(bitPattern: $0), clone, 0, 0) }
        }
    }
    return Descriptor(owning: CInt(number))
}
