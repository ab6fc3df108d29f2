import CLinux
import LayerModel
import Linux

/// The calls that change what an object carries: its mode, owner, times, extended attributes and flags.
extension RealCall {
    func attribute() -> Int {
        guard let operand = step.operation.operand else { return -1 }
        if let opened {
            // Two forms: by the descriptor itself, and by an empty path from it (AT_EMPTY_PATH).
            return "".withCString {
                attribute(Int(opened.descriptor), Int(bitPattern: $0), syscall.isRelative ? 0x1000 : 0)
            }
        }
        let flag = operand.resolution == .noFollow ? 0x100 : 0
        return with(operand.path) { attribute(base, $0, flag) }
    }

    private func attribute(_ base: Int, _ path: Int, _ flag: Int) -> Int {
        let isAt = syscall.isRelative
        let place = opened == nil ? path : base
        switch step.operation {
        case .chmod(_, let mode):
            return isAt ? call(base, path, Int(mode), flag) : call(place, Int(mode))
        case .chown(_, let uid, let gid):
            let (uid, gid) = (Int(uid ?? UInt32.max), Int(gid ?? UInt32.max))
            return isAt ? call(base, path, uid, gid, flag) : call(place, uid, gid)
        case .utimens(_, let change): return times(change, base, path, flag)
        case .setxattr(_, let name, let flags):
            return name.withCString { name in
                attributeValue(step.attributeName).withUnsafeBytes { value in
                    let bytes = Int(bitPattern: value.baseAddress)
                    guard isAt else {
                        return call(place, Int(bitPattern: name), bytes, value.count, Int(flags.rawValue))
                    }
                    // struct xattr_args: value, size and flags.
                    let size = UInt64(value.count) | UInt64(flags.rawValue) << 32
                    return [UInt64(UInt(bitPattern: bytes)), size].withUnsafeBytes {
                        call(base, path, flag, Int(bitPattern: name), Int(bitPattern: $0.baseAddress), $0.count)
                    }
                }
            }
        case .removexattr(_, let name):
            return name.withCString {
                isAt ? call(base, path, flag, Int(bitPattern: $0)) : call(place, Int(bitPattern: $0))
            }
        case .setFileFlags:
            if syscall == .ioctl {
                var flags = (opened?.flags ?? 0) ^ 0x40  // FS_NODUMP_FL
                return withUnsafeMutablePointer(to: &flags) {
                    call(base, Int(LINUX_FS_IOC_SETFLAGS), Int(bitPattern: $0))
                }
            }
            let attributes: [UInt64] = [0x80, 0, 0]  // struct file_attr with FS_XFLAG_NODUMP
            return attributes.withUnsafeBytes { call(base, path, Int(bitPattern: $0.baseAddress), $0.count, flag) }
        default: return -1
        }
    }

    private func times(_ change: TimeChange, _ base: Int, _ path: Int, _ flag: Int) -> Int {
        let (now, omit) = ((1 << 30) - 1, (1 << 30) - 2)
        switch (syscall, change) {
        case (.utime, .now), (.utimes, .now): return call(path, 0)
        case (.futimesat, .now): return call(base, path, 0)
        case (.utime, _), (.utimes, _):
            return [1_000_000, 0, 1_000_000, 0].withUnsafeBytes {
                call(path, Int(bitPattern: $0.baseAddress))
            }
        case (.futimesat, _):
            return [1_000_000, 0, 1_000_000, 0].withUnsafeBytes {
                call(base, path, Int(bitPattern: $0.baseAddress))
            }
        default:
            // A null path is the descriptor itself: how futimens(3) is made.
            let path = opened != nil && !step.form.isRelative ? 0 : path
            let flag = path == 0 ? 0 : flag
            // Each is spelled in two ways, by a bit of the umask, which has no other meaning here.
            let times: [Int] =
                switch change {
                case .nothing: [0, omit, 0, omit]
                case .now: step.umask & 1 == 0 ? [] : [0, now, 0, now]
                case .given: step.umask & 1 == 0 ? [1_000_000, 0, 0, omit] : [0, now, 1_000_000, 0]
                }
            return times.withUnsafeBytes {
                call(base, path, Int(bitPattern: times.isEmpty ? nil : $0.baseAddress), flag)
            }
        }
    }
}

extension CallStep {
    fileprivate var attributeName: String {
        if case .setxattr(_, let name, _) = operation { name } else { "" }
    }
}
