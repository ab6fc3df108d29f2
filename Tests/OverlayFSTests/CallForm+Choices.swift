import LayerModel
import Linux

extension FileOperation {
    /// The system calls of this machine that can ask for this operation.
    ///
    /// openat2(2) refuses flags and modes that open(2) leaves unread, so it is a form of the strict ones alone.
    /// access(2) and faccessat(2) ask for the real user with all that is permitted: `.access` is about the effective one.
    func forms(by caller: Caller) -> [Syscall] {
        let all: [Syscall]
        switch self {
        case .open(_, let flags, let mode):
            let isCreat = flags == [.writeOnly, .create, .truncate, .closeOnExec]
            all = [.open, .openat] + (flags.areStrict(mode: mode) ? [.openat2] : []) + (isCreat ? [.creat] : [])
        case .truncate: all = [.truncate]
        case .unlink: all = [.unlink, .unlinkat]
        case .rmdir: all = [.rmdir, .unlinkat]
        case .mkdir: all = [.mkdir, .mkdirat]
        case .mknod: all = [.mknod, .mknodat]
        case .symlink: all = [.symlink, .symlinkat]
        case .link(_, _, let follows): all = follows ? [.linkat] : [.link, .linkat]
        case .linkDescriptor: all = [.linkat]
        case .rename(_, _, let flags): all = flags.isEmpty ? [.rename, .renameat, .renameat2] : [.renameat2]
        case .bind: all = [.bind]
        case .readlink: all = [.readlink, .readlinkat]
        case .readdir: all = [.getdents, .getdents64]
        case .chmod(let operand, _):
            all = operand.forms([.chmod, .fchmodat, .fchmodat2], [.fchmodat2], [.fchmod, .fchmodat2])
        case .chown(let operand, _, _):
            all = operand.forms([.chown, .fchownat], [.lchown, .fchownat], [.fchown, .fchownat])
        case .utimens(let operand, let change):
            let old: [Syscall] = change == .nothing ? [] : [.utime, .utimes, .futimesat]
            all = operand.forms([.utimensat] + old, [.utimensat], [.utimensat])
        case .setxattr(let operand, _, _):
            all = operand.forms([.setxattr, .setxattrat], [.lsetxattr, .setxattrat], [.fsetxattr, .setxattrat])
        case .removexattr(let operand, _):
            all = operand.forms(
                [.removexattr, .removexattrat], [.lremovexattr, .removexattrat], [.fremovexattr, .removexattrat])
        case .setFileFlags(let operand): all = operand.forms([.file_setattr], [.file_setattr], [.ioctl])
        case .stat(let operand): all = operand.forms([.stat, .newfstatat, .statx], [.lstat, .newfstatat, .statx], [])
        case .access(let operand, _):
            all = operand.forms(
                caller == .containerRoot || caller == .reader ? [.faccessat2] : [.access, .faccessat, .faccessat2],
                [.faccessat2], [])
        }
        return all.filter { $0.number(on: .current) != nil && !RealCalls.absent.contains($0) }
    }
}

extension Operand {
    fileprivate func forms(_ follow: [Syscall], _ noFollow: [Syscall], _ descriptor: [Syscall]) -> [Syscall] {
        switch resolution {
        case .follow: follow
        case .noFollow: noFollow
        case .descriptor: descriptor
        }
    }
}

extension OpenFlags {
    fileprivate func areStrict(mode: UInt16) -> Bool {
        if contains(.path) { return isSubset(of: [.path, .directory, .noFollow, .closeOnExec]) && mode == 0 }
        return !isDisjoint(with: [.create, .temporary]) || mode == 0
    }
}

extension Syscall {
    /// Whether the call has a directory to start from.
    var isRelative: Bool {
        [
            .openat, .openat2, .unlinkat, .mkdirat, .mknodat, .symlinkat, .linkat, .renameat, .renameat2, .fchmodat,
            .fchmodat2, .fchownat, .futimesat, .utimensat, .setxattrat, .removexattrat, .file_setattr, .newfstatat,
            .statx, .faccessat, .faccessat2, .readlinkat,
        ].contains(self)
    }

    /// Every call that can ask for a file operation.
    static let ofFiles: [Syscall] = allCases.filter {
        ![
            .setuid, .setgid, .setreuid, .setregid, .setresuid, .setresgid, .setfsuid, .setfsgid, .setgroups, .capset,
            .chroot, .unshare, .setns, .mount, .open_by_handle_at, .io_uring_setup, .sched_getaffinity,
            .sched_setaffinity,
        ].contains($0)
    }
}
