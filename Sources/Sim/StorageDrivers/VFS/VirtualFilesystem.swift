internal import LayerModel

/// The kernel's virtual filesystem over one driver: path walks, permissions, flags and descriptors as fs/namei.c,
/// fs/open.c, fs/attr.c, fs/xattr.c and fs/read_write.c of Linux 6.18 have them, in the order of their checks.
struct VirtualFilesystem<Driver: StorageDriver>: Sendable {
    var driver: Driver
    let protections: Overlay2.Protections
    var descriptors = DescriptorTable()
    var pipes: [NodeID: [UInt8]] = [:]
    /// In nanoseconds since 1970; each call is a moment of its own.
    var clock: Int64 = 1_000_000_000

    /// Rules that are broken on purpose, to prove that the comparison with the kernel sees it.
    var brokenRules = BrokenRules()

    init(_ driver: Driver, _ protections: Overlay2.Protections) {
        self.driver = driver
        self.protections = protections
    }

    mutating func answer(to call: SystemCall, by caller: Credentials) -> CallAnswer {
        var account = Account()
        clock += 1
        var value = CallValue.nothing
        var errno: Errno?
        do throws(Errno) { value = try run(call, caller, &account) } catch { errno = error }
        driver.finish(&account)
        return CallAnswer(errno: errno, value: value, effects: account.sortedEffects(), cost: account.cost)
    }

    private mutating func run(
        _ call: SystemCall, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) -> CallValue {
        switch call {
        case .open(let path, let flags, let mode):
            return .descriptor(try open(path, flags, mode: mode, caller, &account))
        case .truncate(let path, let size): try truncate(path, size: size, caller, &account)
        case .unlink(let path): try unlink(path, caller, &account)
        case .rmdir(let path): try removeDirectory(path, caller, &account)
        case .mkdir(let path, let mode): try makeDirectory(path, mode: mode, caller, &account)
        case .mknod(let path, let kind, let mode, let device):
            try makeNode(path, kind, mode: mode, device, caller, &account)
        case .bind(let path, let mode): try bind(path, mode: mode, caller, &account)
        case .link(let old, let new, let follows): try link(old, new, followsSource: follows, caller, &account)
        case .symlink(let target, let path): try makeLink(path, to: target.text, caller, &account)
        case .readlink(let path): return .target(ByteString(try readLink(path, caller)))
        case .rename(let old, let new, let flags): try rename(old, new, flags, caller, &account)
        case .chmod(let operand, let mode): try changeMode(operand, mode, caller, &account)
        case .chown(let operand, let uid, let gid): try changeOwner(operand, uid: uid, gid: gid, caller, &account)
        case .utimens(let operand, let access, let modification):
            try changeTimes(operand, access, modification, caller, &account)
        case .setxattr(let operand, let name, let value, let flags):
            try setAttribute(operand, name, value, flags, caller, &account)
        case .getxattr(let operand, let name): return .bytes(try attribute(operand, name, caller))
        case .removexattr(let operand, let name): try removeAttribute(operand, name, caller, &account)
        case .readdir(let path): return .names(try readDirectory(path, caller).map(ByteString.init(_:)))
        case .stat(let operand):
            let object = try existing(operand, caller)
            return .attributes(driver.entry(of: object.node))
        case .access(let operand, let mode): try access(operand, mode, caller)
        case .close(let number): try close(number)
        case .read(let number, let count): return .bytes(try read(number, count: count, at: nil))
        case .pread(let number, let count, let offset): return .bytes(try read(number, count: count, at: offset))
        case .write(let number, let bytes): return .count(try write(number, bytes, at: nil, caller, &account))
        case .pwrite(let number, let bytes, let offset):
            return .count(try write(number, bytes, at: offset, caller, &account))
        case .ftruncate(let number, let size): try truncate(number, size: size, caller, &account)
        case .fallocate(let number, let offset, let length):
            try allocate(number, offset: offset, length: length, caller, &account)
        case .copyFileRange(let source, let target, let length):
            return .count(try copyRange(source, target, length: length, caller, &account))
        case .fchmod(let number, let mode): try changeMode(number, mode, caller, &account)
        case .fchown(let number, let uid, let gid): try changeOwner(number, uid: uid, gid: gid, caller, &account)
        case .linkDescriptor(let number, let path): try link(number, path, caller, &account)
        }
        return .nothing
    }

    @inline(__always) func holds(_ rule: Overlay2.Rule) -> Bool { brokenRules.holds(.call(rule)) }

    /// Fails with `errno` where the condition is true, unless the rule is broken.
    @inline(__always) func refuse(
        _ errno: Errno, _ rule: Overlay2.Rule, if condition: Bool
    ) throws(Errno) {
        if condition, holds(rule) { throw errno }
    }

    /// The same for what cannot be done at all.
    ///
    /// - Returns: Whether the condition is true and the rule broken: then the call is to succeed and do nothing.
    @inline(__always) func isImpossible(
        _ errno: Errno, _ rule: Overlay2.Rule, if condition: Bool
    ) throws(Errno) -> Bool {
        try refuse(errno, rule, if: condition)
        return condition
    }
}
