internal import CLinux
internal import Glibc
internal import LayerModel
internal import Linux

/// Makes a `SystemCall` on this thread, as after chroot(2) into what it is made on.
final class KernelCalls {
    /// /proc, held open from outside the new root: the names of open files are read and linked through it.
    private let processes: Linux.Descriptor
    /// Room for the value of an extended attribute (XATTR_SIZE_MAX) and for a path.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 8)

    init() throws(SystemCallError) {
        processes = try Linux.Descriptor(opening: "/proc/self/fd", pathOnly | O_DIRECTORY)
    }

    deinit { buffer.deallocate() }

    /// What the call gave back.
    ///
    /// - Throws: `LayerModel.Errno`
    func make(_ call: SystemCall) throws(LayerModel.Errno) -> CallValue {
        switch call {
        case .open(let path, let flags, let mode):
            let bits = Self.bits(flags) | O_NONBLOCK | O_CLOEXEC
            return .descriptor(FileDescriptor(CInt(try result(open(path.cString, bits, mode_t(mode))))))
        case .truncate(let path, let size): return try nothing(Glibc.truncate(path.cString, off_t(size)))
        case .unlink(let path): return try nothing(Glibc.unlink(path.cString))
        case .rmdir(let path): return try nothing(Glibc.rmdir(path.cString))
        case .mkdir(let path, let mode): return try nothing(Glibc.mkdir(path.cString, mode_t(mode)))
        case .mknod(let path, let kind, let mode, let device):
            let number = device.map { dev_t(linux_device($0.major, $0.minor)) } ?? 0
            // mknodat(2) itself: the C library's refuses some types without asking the kernel.
            return try nothing(
                CInt(
                    path.cString.withUnsafeBufferPointer {
                        linux_syscall(
                            Int(SYS_mknodat), Int(AT_FDCWD), Int(bitPattern: $0.baseAddress),
                            Int(kind.fileType | mode_t(mode)),
                            Int(number), 0)
                    }))
        case .bind(let path, let mode): return try bind(path, mode)
        case .link(let old, let new, let follows):
            let flags = follows ? AT_SYMLINK_FOLLOW : 0
            return try nothing(linkat(AT_FDCWD, old.cString, AT_FDCWD, new.cString, flags))
        case .symlink(let target, let path): return try nothing(Glibc.symlink(target.cString, path.cString))
        case .readlink(let path):
            let count = try result(Glibc.readlink(path.cString, buffer.baseAddress!, buffer.count))
            return .target(ByteString(bytes: buffer[..<count]))
        case .rename(let old, let new, let flags): return try rename(old, new, flags)
        case .chmod(let operand, let mode): return try nothing(Glibc.chmod(operand.path.cString, mode_t(mode)))
        case .chown(let operand, let uid, let gid):
            return try nothing(
                fchownat(
                    AT_FDCWD, operand.path.cString, uid ?? .max, gid ?? .max,
                    operand.follows ? 0 : AT_SYMLINK_NOFOLLOW))
        case .utimens(let operand, let access, let modification):
            let times = [access.timespec, modification.timespec]
            return try nothing(
                utimensat(AT_FDCWD, operand.path.cString, times, operand.follows ? 0 : AT_SYMLINK_NOFOLLOW))
        case .setxattr(let operand, let name, let value, let flags):
            let path = operand.path.cString
            let bits = CInt(flags.rawValue)
            return try nothing(
                operand.follows
                    ? CLinux.setxattr(path, name, value, value.count, bits)
                    : lsetxattr(path, name, value, value.count, bits))
        case .getxattr(let operand, let name):
            let path = operand.path.cString
            let count = try result(
                operand.follows
                    ? CLinux.getxattr(path, name, buffer.baseAddress!, buffer.count)
                    : lgetxattr(path, name, buffer.baseAddress!, buffer.count))
            return .bytes(Array(buffer[..<count]))
        case .removexattr(let operand, let name):
            let path = operand.path.cString
            return try nothing(operand.follows ? CLinux.removexattr(path, name) : lremovexattr(path, name))
        case .readdir(let path):
            let directory = Linux.Descriptor(
                owning: CInt(try result(open(path.cString, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC))))
            do { return .names(try directoryNames(in: directory)) } catch { throw error.errno }
        case .stat(let operand):
            var status = stat()
            _ = try result(
                fstatat(AT_FDCWD, operand.path.cString, &status, operand.follows ? 0 : AT_SYMLINK_NOFOLLOW))
            return .attributes(LayerEntry(status))
        case .access(let operand, let mode):
            let flags = (operand.follows ? 0 : AT_SYMLINK_NOFOLLOW) | AT_EACCESS
            return try nothing(faccessat(AT_FDCWD, operand.path.cString, CInt(mode), flags))
        default: return try makeByDescriptor(call)
        }
    }

    private func makeByDescriptor(_ call: SystemCall) throws(LayerModel.Errno) -> CallValue {
        switch call {
        case .close(let file): return try nothing(Glibc.close(file.number))
        case .read(let file, let count): return try bytes(count) { Glibc.read(file.number, $0, $1) }
        case .pread(let file, let count, let offset):
            return try bytes(count) { Glibc.pread(file.number, $0, $1, off_t(offset)) }
        case .write(let file, let data): return .count(try result(Glibc.write(file.number, data, data.count)))
        case .pwrite(let file, let data, let offset):
            return .count(try result(Glibc.pwrite(file.number, data, data.count, off_t(offset))))
        case .ftruncate(let file, let size): return try nothing(Glibc.ftruncate(file.number, off_t(size)))
        case .fallocate(let file, let offset, let length):
            return try nothing(
                CInt(linux_syscall(Int(SYS_fallocate), Int(file.number), 0, Int(offset), Int(length), 0)))
        case .copyFileRange(let source, let target, let length):
            return .count(try result(linux_copy_range(source.number, target.number, Int(clamping: length))))
        case .fchmod(let file, let mode): return try nothing(Glibc.fchmod(file.number, mode_t(mode)))
        case .fchown(let file, let uid, let gid):
            return try nothing(Glibc.fchown(file.number, uid ?? .max, gid ?? .max))
        case .linkDescriptor(let file, let path):
            // As open(2) tells for a file that has no name yet; AT_EMPTY_PATH would take a capability.
            return try nothing(
                linkat(processes.number, "\(file.number)", AT_FDCWD, path.cString, AT_SYMLINK_FOLLOW))
        default: return .nothing
        }
    }

    /// The name that an open file has now, from the thread's root; `nil` where it has none.
    func name(of number: CInt) -> String? {
        let count = readlinkat(processes.number, "\(number)", buffer.baseAddress!, 8192)
        guard count > 0 else { return nil }
        let text = ByteString(bytes: buffer[..<count]).text
        return text.hasPrefix("/") && !text.hasSuffix(" (deleted)") ? text : nil
    }

    private func nothing(_ value: CInt) throws(LayerModel.Errno) -> CallValue {
        _ = try result(value)
        return .nothing
    }

    private func result(_ value: some BinaryInteger) throws(LayerModel.Errno) -> Int {
        if value == -1 { throw LayerModel.Errno(rawValue: Glibc.errno) }
        return Int(value)
    }

    private func bytes(
        _ count: Int, _ body: (UnsafeMutableRawPointer?, Int) -> Int
    ) throws(LayerModel.Errno) -> CallValue {
        // No more than this at once: a count is what a script asks for, and memory is finite.
        let count = min(max(count, 0), 1 << 26)
        var failure: LayerModel.Errno?
        let data = [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
            let read = body(buffer.baseAddress, count)
            if read < 0 { failure = LayerModel.Errno(rawValue: Glibc.errno) } else { length = read }
        }
        if let failure { throw failure }
        return .bytes(data)
    }

    /// A unix socket, bound to the path and closed again; the node stays (unix(7)).
    private func bind(_ path: Path, _ mode: UInt16) throws(LayerModel.Errno) -> CallValue {
        let socket = Linux.Descriptor(
            owning: CInt(try result(Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | O_CLOEXEC, 0))))
        // The node has the socket's own mode.
        _ = try result(Glibc.fchmod(socket.number, mode_t(mode)))
        // Longer than the kernel's sun_path of 108 bytes: it is for the kernel to refuse that.
        let address =
            withUnsafeBytes(of: sa_family_t(AF_UNIX)) { Array($0) } + path.cString.map(UInt8.init(bitPattern:))
        let number = socket.number
        return try nothing(
            address.withUnsafeBytes {
                Glibc.bind(
                    number, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(address.count))
            })
    }

    private func rename(_ old: Path, _ new: Path, _ flags: RenameFlags) throws(LayerModel.Errno) -> CallValue {
        let (old, new) = (old.cString, new.cString)
        let here = Int(AT_FDCWD)
        return try nothing(
            CInt(
                old.withUnsafeBufferPointer { old in
                    new.withUnsafeBufferPointer {
                        linux_syscall(
                            Int(SYS_renameat2), here, Int(bitPattern: old.baseAddress), here,
                            Int(bitPattern: $0.baseAddress),
                            Int(flags.rawValue))
                    }
                }))
    }

    static func bits(_ flags: OpenFlags) -> CInt {
        let names: [(OpenFlags, CInt)] = [
            (.create, O_CREAT), (.exclusive, O_EXCL), (.truncate, O_TRUNC), (.append, O_APPEND),
            (.directory, O_DIRECTORY), (.noFollow, O_NOFOLLOW), (.path, pathOnly),
            (.temporary, 0o20000000 | O_DIRECTORY),
        ]
        let access = flags.contains(.readWrite) ? O_RDWR : flags.contains(.writeOnly) ? O_WRONLY : O_RDONLY
        return names.reduce(access) { flags.contains($1.0) ? $0 | $1.1 : $0 }
    }
}

extension Operand {
    var follows: Bool { resolution == .follow }
}

extension FileTime {
    fileprivate var timespec: timespec {
        switch self {
        case .now: Glibc.timespec(tv_sec: 0, tv_nsec: (1 << 30) - 1)  // UTIME_NOW
        case .omit: Glibc.timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2)  // UTIME_OMIT
        case .given(let seconds, let nanoseconds):
            Glibc.timespec(tv_sec: time_t(seconds), tv_nsec: Int(nanoseconds))
        }
    }
}

extension NodeKind {
    /// The type's bits of a mode (inode(7)).
    var fileType: mode_t {
        switch self {
        case .file: S_IFREG
        case .directory: S_IFDIR
        case .symlink: S_IFLNK
        case .socket: S_IFSOCK
        case .fifo: S_IFIFO
        case .characterDevice, .whiteout: S_IFCHR
        case .blockDevice: S_IFBLK
        }
    }
}

extension LayerEntry {
    init(_ status: stat) {
        let device = DeviceNumber(major: linux_major(status.st_rdev), minor: linux_minor(status.st_rdev))
        let kind: NodeKind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .symlink
            case S_IFSOCK: .socket
            case S_IFIFO: .fifo
            case S_IFBLK: .blockDevice
            case S_IFCHR where device == DeviceNumber(major: 0, minor: 0): .whiteout
            default: .characterDevice
            }
        self.init(
            kind: kind, permissions: UInt16(status.st_mode & 0o7777), uid: status.st_uid, gid: status.st_gid,
            // What a directory takes is its filesystem's own business.
            size: kind == .directory ? 0 : Int64(status.st_size), links: UInt32(truncatingIfNeeded: status.st_nlink),
            inode: UInt64(status.st_ino))
        if kind == .characterDevice || kind == .blockDevice { self.device = device }
    }
}
