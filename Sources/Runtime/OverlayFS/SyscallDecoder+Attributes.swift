internal import LayerModel
internal import Linux

extension SyscallDecoder {
    /// The calls that change attributes, and those that only look.
    mutating func attributeAction() throws(Undecodable) -> (DecodedAction, String) {
        switch syscall {
        case .chmod: return try chmod(operand(0), 1)
        case .fchmod: return try chmod(descriptor(0), 1)
        case .fchmodat: return try chmod(operand(1, from: 0), 2)
        case .fchmodat2: return try chmod(operand(1, from: 0, flags: word(3)), 2)
        case .chown: return try chown(operand(0), 1)
        case .lchown: return try chown(operand(0, follows: false), 1)
        case .fchown: return try chown(descriptor(0), 1)
        case .fchownat: return try chown(operand(1, from: 0, flags: word(4)), 2)
        case .utime, .utimes: return (.observe(.utimens(try operand(0), registers[1] == 0 ? .now : .given)), "")
        case .futimesat: return (.observe(.utimens(try operand(1, from: 0), registers[2] == 0 ? .now : .given)), "")
        case .utimensat: return try utimensat()
        case .setxattr: return try setxattr(operand(0), name: 1, flags: word(4))
        case .lsetxattr: return try setxattr(operand(0, follows: false), name: 1, flags: word(4))
        case .fsetxattr: return try setxattr(descriptor(0), name: 1, flags: word(4))
        case .setxattrat:
            // struct xattr_args: value (8 bytes), size (4), flags (4); see setxattrat(2).
            let flags = try tracee.integer(at: registers[4] + 12, as: UInt32.self)
            return try setxattr(operand(1, from: 0, flags: word(2)), name: 3, flags: flags)
        case .removexattr: return try removexattr(operand(0), name: 1)
        case .lremovexattr: return try removexattr(operand(0, follows: false), name: 1)
        case .fremovexattr: return try removexattr(descriptor(0), name: 1)
        case .removexattrat: return try removexattr(operand(1, from: 0, flags: word(2)), name: 3)
        case .ioctl:
            let isFlags = word(1) == ObserverFilter.fileFlagRequests[0]
            return (
                .observe(.setFileFlags(try descriptor(0))), isFlags ? "FS_IOC_SETFLAGS" : "FS_IOC_FSSETXATTR"
            )
        case .file_setattr: return (.observe(.setFileFlags(try operand(1, from: 0, flags: word(4)))), "")
        case .stat: return (.observe(.stat(try operand(0))), "")
        case .lstat: return (.observe(.stat(try operand(0, follows: false))), "AT_SYMLINK_NOFOLLOW")
        case .newfstatat: return try stat(flags: word(3))
        case .statx: return try stat(flags: word(2))
        case .access: return (.observe(.access(try operand(0), mode: UInt8(word(1) & 7))), "")
        case .faccessat: return (.observe(.access(try operand(1, from: 0), mode: UInt8(word(2) & 7))), "")
        case .faccessat2:
            return (.observe(.access(try operand(1, from: 0, flags: word(3)), mode: UInt8(word(2) & 7))), "")
        case .readlink: return (.observe(.readlink(try path(0))), "")
        case .readlinkat: return (.observe(.readlink(try path(1, from: 0))), "")
        case .getdents, .getdents64: return (.observe(.readdir(try descriptor(0).path)), "")
        default: return (.unknown("the observer does not know this call"), "")
        }
    }

    private func chmod(_ operand: Operand, _ index: Int) throws(Undecodable) -> (DecodedAction, String) {
        worded(.chmod(operand, mode: mode(index)))
    }

    private func chown(_ operand: Operand, _ index: Int) throws(Undecodable) -> (DecodedAction, String) {
        worded(.chown(operand, uid: id(index), gid: id(index + 1)))
    }

    private mutating func utimensat() throws(Undecodable) -> (DecodedAction, String) {
        // Two struct timespec; UTIME_OMIT in tv_nsec leaves a time as it is, UTIME_NOW sets it to now (utimensat(2)).
        let (now, omit): (Int64, Int64) = ((1 << 30) - 1, (1 << 30) - 2)
        var times = TimeChange.now
        if registers[2] != 0 {
            let access = try tracee.integer(at: registers[2] + 8, as: Int64.self)
            let change = try tracee.integer(at: registers[2] + 24, as: Int64.self)
            times = access == omit && change == omit ? .nothing : access == now && change == now ? .now : .given
        }
        // A null path means the descriptor itself: that is how futimens(3) is made.
        let operand = registers[1] == 0 ? try descriptor(0) : try operand(1, from: 0, flags: word(3))
        return (.observe(.utimens(operand, times)), "")
    }

    private func setxattr(_ operand: Operand, name: Int, flags: UInt32) throws(Undecodable) -> (DecodedAction, String) {
        worded(.setxattr(operand, name: try tracee.string(at: registers[name]), XattrFlags(rawValue: flags)))
    }

    private func removexattr(_ operand: Operand, name: Int) throws(Undecodable) -> (DecodedAction, String) {
        worded(.removexattr(operand, name: try tracee.string(at: registers[name])))
    }

    private mutating func stat(flags: UInt32) throws(Undecodable) -> (DecodedAction, String) {
        let operand = try operand(1, from: 0, flags: flags)
        // Without a path it is fstat(2): the file was found when it was opened.
        if operand.resolution == .descriptor { return (.elsewhere, "") }
        return (.observe(.stat(operand)), operand.resolution == .noFollow ? "AT_SYMLINK_NOFOLLOW" : "")
    }
}
