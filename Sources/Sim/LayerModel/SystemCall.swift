/// A call on files with everything that it carries, as a process makes it: what a simulated filesystem answers and what
/// the kernel is asked when a prediction is verified.
///
/// A `FileOperation` is what an observer sees of a call; this is the call itself, with its data. The umask is 0: what
/// is asked for is what is made.
public enum SystemCall: Hashable, Sendable {
    // By path.
    /// open(2). `mode` matters only where the call creates. Opening a FIFO never blocks (O_NONBLOCK is added).
    case open(Path, OpenFlags, mode: UInt16)
    case truncate(Path, size: Int64)
    case unlink(Path)
    case rmdir(Path)
    case mkdir(Path, mode: UInt16)
    /// mknod(2); a regular file, FIFO, socket or device. A character device 0:0 is a whiteout to overlayfs.
    case mknod(Path, NodeKind, mode: UInt16, DeviceNumber?)
    /// bind(2) of a unix socket to a path: it makes a node.
    case bind(Path, mode: UInt16)
    /// link(2), linkat(2); `followsSource` is AT_SYMLINK_FOLLOW.
    case link(Path, Path, followsSource: Bool)
    case symlink(target: ByteString, Path)
    case readlink(Path)
    /// rename(2), renameat2(2).
    case rename(Path, Path, RenameFlags)
    case chmod(Operand, mode: UInt16)
    /// chown(2), lchown(2); `nil` is the kernel's -1, "leave as it is".
    case chown(Operand, uid: UInt32?, gid: UInt32?)
    case utimens(Operand, access: FileTime, modification: FileTime)
    case setxattr(Operand, name: String, value: [UInt8], XattrFlags)
    case getxattr(Operand, name: String)
    case removexattr(Operand, name: String)
    /// opendir(3), readdir(3): the names without `.` and `..`, in any order.
    case readdir(Path)
    case stat(Operand)
    /// access(2) by the effective ids: the bits of R_OK 4, W_OK 2, X_OK 1, or 0 for existence.
    case access(Operand, mode: UInt8)

    // By descriptor.
    case close(FileDescriptor)
    /// read(2) at the descriptor's own offset.
    case read(FileDescriptor, count: Int)
    /// write(2) at the descriptor's own offset, or at the end with O_APPEND.
    case write(FileDescriptor, [UInt8])
    case pread(FileDescriptor, count: Int, offset: Int64)
    case pwrite(FileDescriptor, [UInt8], offset: Int64)
    case ftruncate(FileDescriptor, size: Int64)
    /// fallocate(2) with mode 0.
    case fallocate(FileDescriptor, offset: Int64, length: Int64)
    /// copy_file_range(2) at both descriptors' own offsets.
    case copyFileRange(from: FileDescriptor, to: FileDescriptor, length: Int64)
    case fchmod(FileDescriptor, mode: UInt16)
    case fchown(FileDescriptor, uid: UInt32?, gid: UInt32?)
    /// linkat(2) of what the descriptor refers to, which may have no name yet (O_TMPFILE).
    case linkDescriptor(FileDescriptor, Path)
}

/// An open file, by the number that its filesystem gave it.
public struct FileDescriptor: Hashable, Sendable {
    public let number: Int32
    public init(_ number: Int32) { self.number = number }
}

/// What utimensat(2) is told of one time.
public enum FileTime: Hashable, Sendable {
    /// UTIME_NOW.
    case now
    /// UTIME_OMIT.
    case omit
    case given(seconds: Int64, nanoseconds: UInt32)
}

/// What a call that succeeded gave back.
public enum CallValue: Hashable, Sendable {
    case nothing
    case descriptor(FileDescriptor)
    /// How many bytes were written or copied.
    case count(Int)
    case bytes([UInt8])
    /// What a symbolic link points at.
    case target(ByteString)
    /// The names of a directory, in any order.
    case names([ByteString])
    /// Apart, so that no other answer is as large as this one.
    indirect case attributes(LayerEntry)
}

/// What a call came to.
public struct CallAnswer: Hashable, Sendable {
    /// The error, or `nil` when the call succeeded.
    public var errno: Errno?
    public var value: CallValue
    /// The changes that the call made to the layers, in canonical order.
    public var effects: [LayerEffect]
    public var cost: Cost

    public init(
        errno: Errno? = nil, value: CallValue = .nothing, effects: [LayerEffect] = [], cost: Cost = Cost()
    ) {
        self.errno = errno
        self.value = value
        self.effects = effects
        self.cost = cost
    }
}

/// What a call cost the storage below, beyond the answer.
public struct Cost: Hashable, Sendable {
    /// The bytes of data that a copy read and wrote: a copy-up's, or the rest of a chunk of which a part was written.
    public var copied: Int64 = 0
    /// The bytes of data that a copy shares with its source instead (FICLONE, ioctl_ficlone(2)).
    public var shared: Int64 = 0
    /// The bytes of storage that became this layer's own, in whole blocks, chunks or records of the driver, without those
    /// that it gave back: negative where that is more.
    public var allocated: Int64 = 0
    /// The bytes of its own storage that the layer gave back. They are taken off `allocated` already.
    public var freed: Int64 = 0
    /// How many objects of metadata were made or written: inodes, names, attributes, mappings.
    public var metadata: Int = 0
    /// Whether all of what the call opened or wrote is read, from then on, through the page cache that other containers of
    /// the same image use; `nil` where it was no regular file.
    public var sharesPageCache: Bool?

    public init() {}
}
