/// A system call on files, freed from how it was spelled (`open`, `openat`, `openat2`, `creat` are one).
///
/// Paths are absolute in the union's view, not yet resolved: symbolic links and `..` are the lookup's business.
public enum FileOperation: Hashable, Sendable {
    /// open(2), openat(2), openat2(2), creat(2). `mode` matters only where the call creates.
    case open(Path, OpenFlags, mode: UInt16)
    /// truncate(2), with the new size in bytes.
    case truncate(Path, size: Int64)
    case unlink(Path)
    case rmdir(Path)
    case mkdir(Path, mode: UInt16)
    /// mknod(2); a regular file, FIFO, socket or device. A character device 0:0 is a whiteout to overlayfs.
    case mknod(Path, NodeKind, mode: UInt16, device: DeviceNumber?)
    case symlink(target: ByteString, Path)
    /// link(2), linkat(2); `followsSource` is AT_SYMLINK_FOLLOW.
    case link(Path, Path, followsSource: Bool)
    /// linkat(2) of what a descriptor refers to, which may have no name yet.
    case linkDescriptor(DescriptorTarget, Path, DescriptorTarget.Spelling)
    /// rename(2), renameat2(2).
    case rename(Path, Path, RenameFlags)
    case chmod(Operand, mode: UInt16)
    /// chown(2) and its forms; `nil` is the kernel's -1, "leave as it is".
    case chown(Operand, uid: UInt32?, gid: UInt32?)
    case utimens(Operand, TimeChange)
    case setxattr(Operand, name: String, XattrFlags)
    case removexattr(Operand, name: String)
    /// FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR (ioctl_iflags(2)) and file_setattr(2).
    case setFileFlags(Operand)
    /// bind(2) of a unix socket to a path: it makes a node.
    case bind(Path, mode: UInt16)
    /// stat(2) and its forms.
    case stat(Operand)
    /// access(2), faccessat(2): the bits of R_OK 4, W_OK 2, X_OK 1, or 0 for existence.
    case access(Operand, mode: UInt8)
    case readlink(Path)
    /// getdents64(2) on a directory that is open.
    case readdir(Path)
}

/// What utimensat(2) and its forms ask for, as far as the answer depends on it.
public enum TimeChange: String, Hashable, Sendable, CaseIterable {
    /// Both times are UTIME_OMIT.
    case nothing
    /// No times are given, or both are UTIME_NOW: who may write the file may do that.
    case now
    /// Anything else: only the owner may.
    case given
}

/// What an attribute call acts on.
public struct Operand: Hashable, Sendable {
    public enum Resolution: String, Hashable, Sendable {
        /// The last symbolic link is followed.
        case follow
        /// The call acts on a last symbolic link itself (AT_SYMLINK_NOFOLLOW and the l-forms).
        case noFollow = "no-follow"
        /// The call came through an open descriptor; `path` is the name that it has now.
        case descriptor
    }

    public var path: Path
    public var resolution: Resolution

    public init(_ path: Path, _ resolution: Resolution = .follow) {
        self.path = path
        self.resolution = resolution
    }
}

extension FileOperation {
    /// The paths in the order of the call's arguments.
    public var paths: [Path] {
        switch self {
        case .open(let path, _, _), .truncate(let path, _), .unlink(let path), .rmdir(let path), .mkdir(let path, _),
            .mknod(let path, _, _, _), .symlink(_, let path), .bind(let path, _), .readlink(let path),
            .readdir(let path):
            [path]
        case .link(let old, let new, _), .rename(let old, let new, _), .linkDescriptor(.named(let old), let new, _):
            [old, new]
        case .linkDescriptor(.nameless, let new, _): [new]
        case .chmod(let operand, _), .chown(let operand, _, _), .utimens(let operand, _), .setxattr(let operand, _, _),
            .removexattr(let operand, _), .setFileFlags(let operand), .stat(let operand), .access(let operand, _):
            [operand.path]
        }
    }

    /// Whether the call can only look: it is observed where a lesson asks for `observe: reads`.
    public var isLookup: Bool {
        switch self {
        case .stat, .access, .readlink, .readdir: true
        case .open(_, let flags, _): !flags.canChangeLayers
        default: false
        }
    }
}
