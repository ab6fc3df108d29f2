internal import CLinux
internal import Glibc

/// Writes out what a filesystem has in memory, by any open file of it. See syncfs(2).
///
/// - Throws: `SystemCallError`
public func writeOut(filesystemOf file: borrowing Descriptor) throws(SystemCallError) {
    let number = Int(file.number)
    try call("syncfs") { linux_syscall(Int(SYS_syncfs), number, 0, 0, 0, 0) }
}

/// A mounted filesystem, as statfs(2) describes it.
public struct Filesystem: Hashable, Sendable {
    /// Its type's number in linux/magic.h.
    public var type: UInt64
    /// The bytes that an unprivileged user may still write.
    public var available: Int64

    /// Looks at the filesystem that holds `path`.
    ///
    /// - Throws: `SystemCallError`
    public init(holding path: String) throws(SystemCallError) {
        var type: UInt64 = 0
        var available: Int64 = 0
        try call("statfs", path) { linux_filesystem(path, &type, &available) }
        self.type = type
        self.available = available
    }

    /// OVERLAYFS_SUPER_MAGIC, NFS_SUPER_MAGIC and TMPFS_MAGIC.
    public static let overlay: UInt64 = 0x794C_7630
    public static let nfs: UInt64 = 0x6969
    public static let tmpfs: UInt64 = 0x0102_1994

    /// The commonest types by the name that mount(8) gives them, others by number.
    public var name: String {
        let names: [UInt64: String] = [
            0xEF53: "ext4", 0x9123_683E: "btrfs", 0x5846_5342: "xfs", Self.tmpfs: "tmpfs", 0x2FC1_2FC1: "zfs",
            Self.overlay: "overlay", Self.nfs: "nfs", 0xF2F5_2010: "f2fs",
        ]
        return names[type] ?? "filesystem type 0x\(String(type, radix: 16))"
    }
}
