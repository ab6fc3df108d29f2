import Events
import LayerModel

/// What of an observed call can be made again, and what cannot.
enum RecordedCallForm {
    /// One call, or an open and what follows it.
    case call(SystemCall)
    /// A clause that can follow "because".
    case unknown(String)
}

extension ObservedOperation {
    /// The call with everything that the record knows of it.
    ///
    /// The record has no contents and no values of attributes; no rule looks at them. The umask is not recorded, but what
    /// a new object's mode came to is.
    var form: RecordedCallForm {
        guard let call else { return .unknown("the call was refused before the kernel judged it, or not understood") }
        switch call {
        case .open(let path, let flags, let mode): return .call(.open(path, flags, mode: newMode ?? mode))
        case .truncate(let path, let size): return .call(.truncate(path, size: size))
        case .unlink(let path): return .call(.unlink(path))
        case .rmdir(let path): return .call(.rmdir(path))
        case .mkdir(let path, let mode): return .call(.mkdir(path, mode: newMode ?? mode))
        case .mknod(let path, let kind, let mode, let device):
            return .call(.mknod(path, kind, mode: newMode ?? mode, device))
        case .symlink(let target, let path): return .call(.symlink(target: target, path))
        case .link(let old, let new, let follows): return .call(.link(old, new, followsSource: follows))
        case .linkDescriptor(.named(let old), let new, _):
            return .call(.link(resolved.first.flatMap(\.self) ?? old, new, followsSource: false))
        case .linkDescriptor(.nameless, _, _): return .unknown("the file had no name by which it could be found again")
        case .rename(let old, let new, let flags): return .call(.rename(old, new, flags))
        case .chmod(let operand, let mode): return .call(.chmod(named(operand), mode: mode))
        case .chown(let operand, let uid, let gid): return .call(.chown(named(operand), uid: uid, gid: gid))
        case .utimens(let operand, let change):
            let time: FileTime =
                switch change {
                case .nothing: .omit
                case .now: .now
                case .given: .given(seconds: 0, nanoseconds: 0)
                }
            return .call(.utimens(named(operand), access: time, modification: time))
        case .setxattr(let operand, let name, let flags):
            return .call(.setxattr(named(operand), name: name, value: [], flags))
        case .removexattr(let operand, let name): return .call(.removexattr(named(operand), name: name))
        case .bind(let path, let mode): return .call(.bind(path, mode: newMode ?? mode))
        case .stat(let operand): return .call(.stat(named(operand)))
        case .access(let operand, let mode): return .call(.access(named(operand), mode: mode))
        case .readlink(let path): return .call(.readlink(path))
        case .readdir(let path): return .call(.readdir(path))
        case .setFileFlags: return .unknown("the simulator has no call that sets the flags of an inode")
        }
    }

    /// A descriptor's object by the name that it had.
    private func named(_ operand: Operand) -> Operand {
        guard operand.resolution == .descriptor else { return operand }
        return Operand(resolved.first.flatMap(\.self) ?? operand.path, .follow)
    }

    /// The mode of what the call made.
    private var newMode: UInt16? {
        guard errno == nil, let path = resolved.last.flatMap(\.self) else { return nil }
        return after.last { $0.path == path && $0.layer == .upper }?.entry?.permissions
    }

    /// The same caller. An old record holds no capabilities: there root is a default container's.
    var caller: Credentials {
        credentials.uid == 0 && credentials.capabilities == 0 ? .containerRoot : credentials
    }
}
