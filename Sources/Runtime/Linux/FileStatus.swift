internal import CLinux
internal import Glibc
public import LayerModel

/// The attributes of a file, as stat(2) tells them.
public struct FileStatus: Hashable, Sendable {
    /// The type and the twelve low bits (inode(7)).
    public var mode: UInt32
    public var uid: UInt32
    public var gid: UInt32
    /// The logical size in bytes.
    public var size: Int64
    /// The bytes of the blocks really allocated.
    public var allocated: Int64
    public var links: UInt32
    public var inode: UInt64
    /// The number of the filesystem that the inode is of (st_dev).
    public var filesystem: UInt64
    /// The device that a device node stands for.
    public var device: DeviceNumber
    /// When the contents were last changed, in nanoseconds since the Epoch.
    public var modified: Int64

    init(_ status: stat) {
        mode = status.st_mode
        uid = status.st_uid
        gid = status.st_gid
        size = Int64(status.st_size)
        // st_blocks counts 512 bytes each, whatever the filesystem's own block size (inode(7)).
        allocated = Int64(status.st_blocks) * 512
        links = UInt32(truncatingIfNeeded: status.st_nlink)
        inode = UInt64(status.st_ino)
        device = DeviceNumber(major: linux_major(status.st_rdev), minor: linux_minor(status.st_rdev))
        // Filesystems can hold times that nanoseconds in 64 bits cannot, beyond the year 2262.
        let (seconds, overflows) = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isLate) = seconds.addingReportingOverflow(Int64(status.st_mtim.tv_nsec))
        modified = overflows || isLate ? (status.st_mtim.tv_sec < 0 ? .min : .max) : sum
        filesystem = UInt64(status.st_dev)
    }

    /// Reads the attributes of an open file; O_PATH is enough. See fstat(2).
    ///
    /// - Throws: `SystemCallError`
    public init(of file: borrowing Descriptor) throws(SystemCallError) {
        let number = file.number
        var status = stat()
        try call("fstat") { fstat(number, &status) }
        self.init(status)
    }

    /// Reads the attributes of `path` beneath the directory `base`; a last symbolic link is not followed.
    /// See fstatat(2).
    ///
    /// - Returns: `nil` when nothing is there.
    /// - Throws: `SystemCallError`
    public static func read(_ path: String, in base: CInt) throws(SystemCallError) -> FileStatus? {
        var status = stat()
        while withBytes(of: path, { fstatat(base, $0, &status, AT_SYMLINK_NOFOLLOW) }) != 0 {
            // A name that is missing is asked for often: no error is made of it.
            switch Glibc.errno {
            case ENOENT, ENOTDIR, ENAMETOOLONG: return nil
            case EINTR: continue
            case let number:
                throw SystemCallError(call: "fstatat", subject: path, errno: LayerModel.Errno(rawValue: number))
            }
        }
        return FileStatus(status)
    }
}

/// Reads what a symbolic link points at. See readlinkat(2).
///
/// - Parameter size: The length to expect; a longer target is read in full all the same.
/// - Throws: `SystemCallError`
public func readLink(_ path: String, in base: CInt, size: Int = 255) throws(SystemCallError) -> ByteString {
    var buffer = [CChar](repeating: 0, count: max(size, 0) + 1)
    while true {
        let count = try call("readlinkat", path) {
            withBytes(of: path) { readlinkat(base, $0, &buffer, buffer.count) }
        }
        if count < buffer.count {
            return ByteString(bytes: buffer[..<count].map(UInt8.init(bitPattern:)))
        }
        buffer = [CChar](repeating: 0, count: buffer.count * 2)
    }
}
