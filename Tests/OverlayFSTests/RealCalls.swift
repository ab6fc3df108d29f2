import CLinux
import Glibc
import LayerModel
import Linux

/// Makes the calls that a `FileOperation` stands for, by the kernel's own names.
enum RealCalls {
    /// Opens what a descriptor call is to act on, as the caller that may open anything.
    static func descriptor(for operation: FileOperation) -> CInt? {
        if case .readdir(let path) = operation {
            let number = open("\(path)", O_RDONLY | O_DIRECTORY)
            return number < 0 ? nil : number
        }
        guard let operand = operation.operand, operand.resolution == .descriptor else { return nil }
        let number = open(operand.path.description, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
        return number < 0 ? nil : number
    }

    /// - Returns: The error, or `nil` when the call succeeded.
    static func perform(_ operation: FileOperation, descriptor: CInt?) -> LayerModel.Errno? {
        let here = AT_FDCWD
        let result: Int
        switch operation {
        case .open(let path, let flags, let mode):
            let number = open("\(path)", bits(flags), mode_t(mode))
            result = Int(number)
            if number >= 0 {
                close(number)
                return nil
            }
        case .truncate(let path, let size): result = Int(truncate("\(path)", off_t(size)))
        case .unlink(let path): result = Int(unlink("\(path)"))
        case .rmdir(let path): result = Int(rmdir("\(path)"))
        case .mkdir(let path, let mode): result = Int(mkdir("\(path)", mode_t(mode)))
        case .mknod(let path, let kind, let mode, let device):
            let number = device.map { dev_t($0.major) << 8 | dev_t($0.minor) } ?? 0
            result = Int(mknod("\(path)", type(kind) | mode_t(mode), number))
        case .symlink(let target, let path): result = Int(symlink(target, "\(path)"))
        case .link(let old, let new, let follows):
            result = Int(linkat(here, "\(old)", here, "\(new)", follows ? AT_SYMLINK_FOLLOW : 0))
        case .rename(let old, let new, let flags):
            result = "\(old)".withCString { old in
                "\(new)".withCString { new in
                    linux_syscall(
                        Int(SYS_renameat2), Int(here), Int(bitPattern: old), Int(here), Int(bitPattern: new),
                        Int(flags.rawValue))
                }
            }
        case .bind(let path, _): result = bindSocket("\(path)")
        case .stat(let operand):
            var status = stat()
            result = Int(fstatat(here, "\(operand.path)", &status, noFollow(operand)))
        case .access(let operand, let mode):
            result = "\(operand.path)".withCString {
                linux_syscall(
                    Int(SYS_faccessat2), Int(here), Int(bitPattern: $0), Int(mode),
                    Int(noFollow(operand) | 0x200), 0)  // AT_EACCESS
            }
        case .readlink(let path):
            var buffer = [CChar](repeating: 0, count: 512)
            result = readlink("\(path)", &buffer, buffer.count)
        case .readdir:
            guard let descriptor else { return .ENOTDIR }
            var buffer = [UInt8](repeating: 0, count: 4096)
            result = buffer.withUnsafeMutableBytes {
                linux_syscall(Int(SYS_getdents64), Int(descriptor), Int(bitPattern: $0.baseAddress), $0.count, 0, 0)
            }
        case .chmod, .chown, .utimens, .setxattr, .removexattr, .setFileFlags:
            result = attribute(operation, descriptor)
        }
        return result < 0 ? LayerModel.Errno(rawValue: Glibc.errno) : nil
    }

    private static func attribute(_ operation: FileOperation, _ descriptor: CInt?) -> Int {
        guard let operand = operation.operand else { return 0 }
        let path = "\(operand.path)"
        let flag = noFollow(operand)
        let follows = operand.resolution == .follow
        switch operation {
        case .chmod(_, let mode):
            if let descriptor { return Int(fchmod(descriptor, mode_t(mode))) }
            // fchmodat2(2), which the C library may be too old to know.
            return path.withCString {
                linux_syscall(
                    452, Int(AT_FDCWD), Int(bitPattern: $0), Int(mode), Int(flag), 0)
            }
        case .chown(_, let uid, let gid):
            let (uid, gid) = (uid ?? UInt32.max, gid ?? UInt32.max)
            if let descriptor { return Int(fchown(descriptor, uid, gid)) }
            return Int(fchownat(AT_FDCWD, path, uid, gid, flag))
        case .utimens(_, let changesNothing):
            let omit = timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2)
            let times = changesNothing ? [omit, omit] : nil
            if let descriptor { return Int(futimens(descriptor, times)) }
            return Int(utimensat(AT_FDCWD, path, times, flag))
        case .setxattr(_, let name, let flags):
            if let descriptor { return Int(fsetxattr(descriptor, name, "v", 1, CInt(flags.rawValue))) }
            let set = follows ? setxattr : lsetxattr
            return Int(set(path, name, "v", 1, CInt(flags.rawValue)))
        case .removexattr(_, let name):
            if let descriptor { return Int(fremovexattr(descriptor, name)) }
            return Int(follows ? removexattr(path, name) : lremovexattr(path, name))
        case .setFileFlags:
            guard let descriptor else { return 0 }
            var flags: CInt = 0
            guard ioctl(descriptor, LINUX_FS_IOC_GETFLAGS, &flags) == 0 else { return -1 }
            flags ^= 0x40  // FS_NODUMP_FL
            return Int(ioctl(descriptor, LINUX_FS_IOC_SETFLAGS, &flags))
        default: return 0
        }
    }

    private static func noFollow(_ operand: Operand) -> CInt {
        operand.resolution == .noFollow ? AT_SYMLINK_NOFOLLOW : 0
    }

    private static func bits(_ flags: OpenFlags) -> CInt {
        let names: [(OpenFlags, CInt)] = [
            (.writeOnly, O_WRONLY), (.readWrite, O_RDWR), (.create, O_CREAT), (.exclusive, O_EXCL),
            (.truncate, O_TRUNC), (.append, O_APPEND), (.directory, O_DIRECTORY), (.noFollow, O_NOFOLLOW),
            (.path, pathOnly), (.temporary, 0o20000000 | O_DIRECTORY), (.nonBlocking, O_NONBLOCK),
        ]
        return names.reduce(O_CLOEXEC) { flags.contains($1.0) ? $0 | $1.1 : $0 }
    }

    private static func type(_ kind: NodeKind) -> mode_t {
        switch kind {
        case .file: S_IFREG
        case .directory: S_IFDIR
        case .symlink: S_IFLNK
        case .socket: S_IFSOCK
        case .fifo: S_IFIFO
        case .characterDevice, .whiteout: S_IFCHR
        case .blockDevice: S_IFBLK
        }
    }

    private static func bindSocket(_ path: String) -> Int {
        let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(number) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Int(bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size)))
            }
        }
    }
}

extension FileOperation {
    /// What an attribute call acts on.
    var operand: Operand? {
        switch self {
        case .chmod(let operand, _), .chown(let operand, _, _), .utimens(let operand, _), .setxattr(let operand, _, _),
            .removexattr(let operand, _), .setFileFlags(let operand), .stat(let operand), .access(let operand, _):
            operand
        default: nil
        }
    }

    /// The case's name.
    var name: String { String(String(describing: self).prefix { $0 != "(" }) }
}
