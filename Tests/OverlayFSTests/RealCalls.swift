import CLinux
import Glibc
import LayerModel
import Linux

/// Makes the calls that a `FileOperation` stands for, each by its number, so that no library changes its form.
enum RealCalls {
    /// Calls of the table that this kernel does not have yet.
    static let absent: Set<Syscall> = Set(
        [.fchmodat2, .setxattrat, .removexattrat, .file_setattr].filter { call in
            number(call).map { raw($0, -1, 0, 0, 0, 0, 0) < 0 && Glibc.errno == ENOSYS } ?? true
        })

    /// What a descriptor call is to act on, opened as the caller that may open anything; the old flags for an ioctl.
    struct Opened {
        let descriptor: CInt
        var flags: CInt = 0
    }

    static func opened(for step: CallStep) -> Opened? {
        if case .readdir(let path) = step.operation {
            let number = open("\(path)", O_RDONLY | O_NONBLOCK)
            return number < 0 ? nil : Opened(descriptor: number)
        }
        if case .linkDescriptor(let file, _, _) = step.operation { return opened(file) }
        guard let operand = step.operation.operand, operand.resolution == .descriptor else { return nil }
        // An empty path from a descriptor needs no more than a place, but for the attributes' calls.
        let isPlace = step.form.isRelative && [.fchmodat2, .fchownat, .utimensat].contains(step.form.syscall)
        let number = open("\(operand.path)", isPlace ? pathOnly | O_NOFOLLOW : O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
        guard number >= 0 else { return nil }
        var opened = Opened(descriptor: number)
        if step.form.syscall == .ioctl { _ = ioctl(number, LINUX_FS_IOC_GETFLAGS, &opened.flags) }
        return opened
    }

    /// A file without a name lies in the root, which is in the upper layer already.
    private static func opened(_ file: DescriptorTarget) -> Opened? {
        switch file {
        case .named(let path):
            let number = open("\(path)", O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
            return number < 0 ? nil : Opened(descriptor: number)
        case .nameless(let entry, let isLinkable):
            let number = open("/", temporary | O_RDWR | (isLinkable ? 0 : O_EXCL), 0o600)
            guard number >= 0, ftruncate(number, off_t(entry.size)) == 0, fchown(number, entry.uid, entry.gid) == 0,
                fchmod(number, mode_t(entry.permissions)) == 0
            else { return nil }
            return Opened(descriptor: number)
        }
    }

    /// O_TMPFILE without its bit of O_DIRECTORY, and with it.
    static let temporaryBit: CInt = 0o20000000
    private static let temporary = temporaryBit | O_DIRECTORY

    /// Opened before anybody's root is another one.
    static let proc = open("/proc", pathOnly | O_DIRECTORY | O_CLOEXEC)

    /// - Returns: The error, or `nil` when the call succeeded.
    static func perform(_ step: CallStep, _ opened: Opened?) -> LayerModel.Errno? {
        var directory: CInt = AT_FDCWD
        if step.form.isRelative, opened == nil { directory = open("/", pathOnly | O_DIRECTORY) }
        defer { if directory >= 0 { close(directory) } }
        let result = RealCall(step: step, directory: directory, opened: opened).make()
        guard result < 0 else {
            if case .open = step.operation { close(CInt(result)) }
            return nil
        }
        return LayerModel.Errno(rawValue: Glibc.errno)
    }

    static func number(_ call: Syscall) -> Int? { call.number(on: .current).map(Int.init) }

    /// syscall(2) with all six arguments. It takes whole registers, so a fixed signature serves for its variable one.
    static let raw: @convention(c) (Int, Int, Int, Int, Int, Int, Int) -> Int = {
        unsafeBitCast(dlsym(nil, "syscall"), to: (@convention(c) (Int, Int, Int, Int, Int, Int, Int) -> Int).self)
    }()
}

/// One call about to be made.
struct RealCall {
    let step: CallStep
    let directory: CInt
    let opened: RealCalls.Opened?

    var syscall: Syscall { step.form.syscall }
    var base: Int { Int(directory) }

    func call(_ arguments: Int...) -> Int {
        let a = arguments + [Int](repeating: 0, count: 6 - arguments.count)
        return RealCalls.raw(RealCalls.number(syscall) ?? -1, a[0], a[1], a[2], a[3], a[4], a[5])
    }

    /// Hands over a path as the form has it.
    func with(_ path: Path, _ body: (Int) -> Int) -> Int {
        var text = "\(path)"
        if directory >= 0 {
            text.removeFirst()
            if text.isEmpty { text = "." }
        }
        return text.withCString { body(Int(bitPattern: $0)) }
    }

    func make() -> Int {
        let isAt = syscall.isRelative
        switch step.operation {
        case .open(let path, let flags, let mode): return open(path, flags, Int(mode))
        case .truncate(let path, let size): return with(path) { call($0, Int(size)) }
        case .unlink(let path): return with(path) { isAt ? call(base, $0, 0) : call($0) }
        case .rmdir(let path): return with(path) { isAt ? call(base, $0, 0x200) : call($0) }  // AT_REMOVEDIR
        case .mkdir(let path, let mode): return with(path) { isAt ? call(base, $0, Int(mode)) : call($0, Int(mode)) }
        case .mknod(let path, let kind, let mode, let device):
            let number = device.map { Int(linux_device($0.major, $0.minor)) } ?? 0
            let mode = Int(kind.fileType) | Int(mode)
            return with(path) { isAt ? call(base, $0, mode, number) : call($0, mode, number) }
        case .symlink(let target, let path):
            return target.cString.withUnsafeBufferPointer { buffer in
                let target = buffer.baseAddress
                return with(path) {
                    isAt ? call(Int(bitPattern: target), base, $0) : call(Int(bitPattern: target), $0)
                }
            }
        case .link(let old, let new, let follows):
            return with(old) { old in
                with(new) { isAt ? call(base, old, base, $0, follows ? 0x400 : 0) : call(old, $0) }
            }
        case .linkDescriptor(_, let new, let spelling):
            let number = opened?.descriptor ?? -1
            return with(new) { new in
                // The new name is written from the root: the one directory that was opened is the file.
                switch spelling {
                case .emptyPath: "".withCString { call(Int(number), Int(bitPattern: $0), base, new, 0x1000) }
                case .magicLink:
                    "self/fd/\(number)".withCString {
                        call(Int(RealCalls.proc), Int(bitPattern: $0), base, new, 0x400)
                    }
                }
            }
        case .rename(let old, let new, let flags):
            return with(old) { old in
                with(new) { isAt ? call(base, old, base, $0, Int(flags.rawValue)) : call(old, $0) }
            }
        case .bind(let path, _): return bind("\(path)")
        case .readlink(let path):
            var buffer = [CChar](repeating: 0, count: 512)
            return with(path) { path in
                buffer.withUnsafeMutableBytes {
                    let place = Int(bitPattern: $0.baseAddress)
                    return isAt ? call(base, path, place, 512) : call(path, place, 512)
                }
            }
        case .readdir:
            var buffer = [UInt8](repeating: 0, count: 4096)
            return buffer.withUnsafeMutableBytes {
                call(Int(opened?.descriptor ?? -1), Int(bitPattern: $0.baseAddress), $0.count)
            }
        case .stat, .access: return look()
        case .chmod, .chown, .utimens, .setxattr, .removexattr, .setFileFlags: return attribute()
        }
    }

    private func open(_ path: Path, _ flags: OpenFlags, _ mode: Int) -> Int {
        let bits = Int(Self.bits(flags))
        return with(path) { path in
            switch syscall {
            case .open: return call(path, bits, mode)
            case .creat: return call(path, mode)
            case .openat2:
                let how: [UInt64] = [UInt64(bits), UInt64(mode), 0]  // struct open_how
                return how.withUnsafeBytes { call(base, path, Int(bitPattern: $0.baseAddress), $0.count) }
            default: return call(base, path, bits, mode)
            }
        }
    }

    private func look() -> Int {
        guard let operand = step.operation.operand else { return -1 }
        let flag = operand.resolution == .noFollow ? 0x100 : 0
        var buffer = [UInt8](repeating: 0, count: 512)
        return with(operand.path) { path in
            if case .access(_, let mode) = step.operation {
                switch syscall {
                case .access: return call(path, Int(mode))
                case .faccessat: return call(base, path, Int(mode))
                default: return call(base, path, Int(mode), flag | 0x200)  // AT_EACCESS
                }
            }
            return buffer.withUnsafeMutableBytes {
                let place = Int(bitPattern: $0.baseAddress)
                switch syscall {
                case .stat, .lstat: return call(path, place)
                case .statx: return call(base, path, flag, 0x7FF, place)  // STATX_BASIC_STATS
                default: return call(base, path, place, flag)
                }
            }
        }
    }

    private static func bits(_ flags: OpenFlags) -> CInt {
        let names: [(OpenFlags, CInt)] = [
            (.writeOnly, O_WRONLY), (.readWrite, O_RDWR), (.create, O_CREAT), (.exclusive, O_EXCL),
            (.truncate, O_TRUNC), (.append, O_APPEND), (.directory, O_DIRECTORY), (.noFollow, O_NOFOLLOW),
            (.path, pathOnly), (.temporary, RealCalls.temporaryBit | O_DIRECTORY), (.nonBlocking, O_NONBLOCK),
            (.closeOnExec, O_CLOEXEC),
        ]
        return names.reduce(0) { flags.contains($1.0) ? $0 | $1.1 : $0 }
    }

    private func bind(_ path: String) -> Int {
        let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(number) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let result = withUnsafePointer(to: &address) {
            call(Int(number), Int(bitPattern: $0), MemoryLayout<sockaddr_un>.size)
        }
        let error = Glibc.errno
        defer { Glibc.errno = error }
        return result
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

extension NodeKind {
    /// The type bits of a mode (inode(7)).
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
