internal import CLinux
internal import Glibc
internal import LayerModel
internal import Linux

extension SyscallDecoder {
    /// The call as an operation, and its flags in words. Argument positions are those of section 2 of the manual.
    mutating func action() throws(Undecodable) -> (DecodedAction, String) {
        switch syscall {
        case .open: return try open(path(0), word(1), mode: mode(2))
        case .openat: return try open(path(1, from: 0), word(2), mode: mode(3))
        case .creat: return try open(path(0), UInt32(O_CREAT | O_WRONLY | O_TRUNC), mode: mode(1))
        case .openat2: return try openat2()
        case .truncate: return (.observe(.truncate(try path(0), size: Int64(bitPattern: registers[1]))), "")
        case .unlink: return (.observe(.unlink(try path(0))), "")
        case .rmdir: return (.observe(.rmdir(try path(0))), "")
        case .unlinkat:
            let path = try path(1, from: 0)
            return word(2) & UInt32(AtFlags.removeDirectory) != 0
                ? (.observe(.rmdir(path)), "AT_REMOVEDIR") : (.observe(.unlink(path)), "")
        case .mkdir: return (.observe(.mkdir(try path(0), mode: mode(1))), "")
        case .mkdirat: return (.observe(.mkdir(try path(1, from: 0), mode: mode(2))), "")
        case .mknod: return try makeNode(path(0), word(1), word(2))
        case .mknodat: return try makeNode(path(1, from: 0), word(2), word(3))
        case .symlink: return try symlink(target: 0, path(1))
        case .symlinkat: return try symlink(target: 0, path(2, from: 1))
        case .link:
            let old = try path(0)
            return (.observe(.link(old, try path(1), followsSource: false)), "")
        case .linkat: return try linkat()
        case .rename: return try rename(path(0), path(1), 0)
        case .renameat: return try rename(path(1, from: 0), path(3, from: 2), 0)
        case .renameat2: return try rename(path(1, from: 0), path(3, from: 2), word(4))
        case .bind: return try bind()
        case .setuid, .setgid, .setreuid, .setregid, .setresuid, .setresgid, .setfsuid, .setfsgid, .setgroups, .capset:
            return (.changesCredentials, "")
        case .chroot: return (.changesRoot, "")
        case .sched_setaffinity: return (.concernsProcessors(sets: true), "")
        case .sched_getaffinity: return (.concernsProcessors(sets: false), "")
        case .unshare, .setns, .mount:
            // 0x00020000 is CLONE_NEWNS: from there on the caller may see other mounts than its fellows.
            let changesMounts = syscall == .mount || syscall == .setns || word(0) & 0x0002_0000 != 0
            return (changesMounts ? .unknown("the caller's mounts may differ from here on") : .elsewhere, "")
        case .open_by_handle_at: return (.unknown("a file handle names no path"), "")
        case .io_uring_setup: return (.refuse("calls made through io_uring cannot be observed"), "")
        default: return try attributeAction()
        }
    }

    /// openat(2)'s flags in this machine's bits.
    static func flags(_ bits: UInt32) -> OpenFlags {
        var flags: OpenFlags = []
        switch bits & 3 {
        case 1: flags.insert(.writeOnly)
        case 2: flags.insert(.readWrite)
        // Access mode 3 opens for ioctl only but asks for both permissions (open(2)); overlayfs treats it as a write.
        case 3: flags.insert(.readWrite)
        default: break
        }
        let temporary: UInt32 = 0o20000000
        let table: [(UInt32, OpenFlags)] = [
            (UInt32(O_CREAT), .create), (UInt32(O_EXCL), .exclusive), (UInt32(O_TRUNC), .truncate),
            (UInt32(O_APPEND), .append), (UInt32(O_DIRECTORY), .directory), (UInt32(O_NOFOLLOW), .noFollow),
            (0o10000000, .path), (temporary, .temporary), (UInt32(O_NONBLOCK), .nonBlocking),
            (UInt32(O_CLOEXEC), .closeOnExec),
        ]
        for (bit, flag) in table where bits & bit != 0 { flags.insert(flag) }
        if flags.contains(.temporary) { flags.remove(.directory) }  // O_TMPFILE includes the bit
        return flags
    }

    private func open(_ path: Path, _ bits: UInt32, mode: UInt16) throws(Undecodable) -> (DecodedAction, String) {
        let flags = Self.flags(bits)
        return (.observe(.open(path, flags, mode: mode)), words.of(flags))
    }

    private mutating func openat2() throws(Undecodable) -> (DecodedAction, String) {
        // struct open_how: flags, mode, resolve, eight bytes each (openat2(2)).
        let how = registers[2]
        let bits = UInt32(truncatingIfNeeded: try tracee.integer(at: how, as: UInt64.self))
        let mode = UInt16(truncatingIfNeeded: try tracee.integer(at: how + 8, as: UInt64.self) & 0o7777)
        let resolve = try tracee.integer(at: how + 16, as: UInt64.self)
        let path = try path(1, from: 0)
        if resolve != 0 { return (.unknown("openat2's RESOLVE_ flags are not modelled"), Self.flags(bits).description) }
        return try open(path, bits, mode: mode)
    }

    private func makeNode(_ path: Path, _ mode: UInt32, _ device: UInt32) throws(Undecodable) -> (DecodedAction, String)
    {
        let permissions = UInt16(mode & 0o7777)
        // new_decode_dev() of linux/kdev_t.h.
        let number = DeviceNumber(major: (device & 0xFFF00) >> 8, minor: (device & 0xFF) | ((device >> 12) & 0xFFF00))
        let kind: (NodeKind, DeviceNumber?)
        switch mode & UInt32(S_IFMT) {
        case 0, UInt32(S_IFREG): kind = (.file, nil)
        case UInt32(S_IFIFO): kind = (.fifo, nil)
        case UInt32(S_IFSOCK): kind = (.socket, nil)
        case UInt32(S_IFCHR): kind = (.characterDevice, number)
        case UInt32(S_IFBLK): kind = (.blockDevice, number)
        default: throw Undecodable("mknod was asked for a type that cannot be made")
        }
        return worded(.mknod(path, kind.0, mode: permissions, device: kind.1))
    }

    private func symlink(target: Int, _ path: Path) throws(Undecodable) -> (DecodedAction, String) {
        (.observe(.symlink(target: ByteString(try tracee.string(at: registers[target])), path)), "")
    }

    private mutating func linkat() throws(Undecodable) -> (DecodedAction, String) {
        let flags = word(4)
        if flags & UInt32(AtFlags.emptyPath) != 0, try isEmpty(1) {
            let number = Int32(bitPattern: word(0))
            arguments.append("fd \(number)")
            return try link(openFile(number), .emptyPath)
        }
        let old = try path(1, from: 0)
        let follows = flags & UInt32(AtFlags.followSource) != 0
        if let file = behindMagicLink {
            behindMagicLink = nil
            // A link that is not followed lies on another filesystem than any name of the union.
            return follows ? try link(file, .magicLink) : (.elsewhere, "")
        }
        return (
            .observe(.link(old, try path(3, from: 2), followsSource: follows)), follows ? "AT_SYMLINK_FOLLOW" : ""
        )
    }

    private mutating func link(
        _ file: DescriptorTarget, _ spelling: DescriptorTarget.Spelling
    ) throws(Undecodable) -> (DecodedAction, String) {
        (.observe(.linkDescriptor(file, try path(3, from: 2), spelling)), spelling.rawValue)
    }

    private func rename(_ old: Path, _ new: Path, _ bits: UInt32) throws(Undecodable) -> (DecodedAction, String) {
        worded(.rename(old, new, RenameFlags(rawValue: bits)))
    }

    func worded(_ operation: FileOperation) -> (DecodedAction, String) { (.observe(operation), operation.flagsInWords) }

    private mutating func bind() throws(Undecodable) -> (DecodedAction, String) {
        // struct sockaddr_un (unix(7)): the family and at least one byte of a name; a longer one than that is EINVAL.
        let length = Int(word(2))
        guard (3...110).contains(length), try tracee.integer(at: registers[1], as: UInt16.self) == UInt16(AF_UNIX)
        else {
            return (.elsewhere, "")
        }
        let bytes = try tracee.bytes(at: registers[1] + 2, count: length - 2).prefix { $0 != 0 }
        guard !bytes.isEmpty else { return (.elsewhere, "") }  // an abstract name, no file
        let text = ByteString(bytes: bytes).text
        arguments.append(text)
        return (.observe(.bind(try absolute(text, from: nil), mode: 0o777)), "")
    }
}

/// The words for the flags that were met: few sets of them come again and again.
final class OpenFlagWords {
    private var known: [UInt32: String] = [:]

    func of(_ flags: OpenFlags) -> String {
        if let words = known[flags.rawValue] { return words }
        let words = flags.description
        known[flags.rawValue] = words
        return words
    }
}
