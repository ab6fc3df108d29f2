/// A system call that the observer knows, under the kernel's own name.
public enum Syscall: String, CaseIterable, Sendable {
    // Calls that change names.
    case open, openat, openat2, creat, truncate, unlink, unlinkat, rmdir, mkdir, mkdirat, mknod, mknodat,
        symlink, symlinkat, link, linkat, rename, renameat, renameat2, bind
    // Calls that change attributes.
    case chmod, fchmod, fchmodat, fchmodat2, chown, lchown, fchown, fchownat, utime, utimes, futimesat,
        utimensat, setxattr, lsetxattr, fsetxattr, setxattrat, removexattr, lremovexattr, fremovexattr,
        removexattrat, ioctl, file_setattr
    // Calls that only look.
    case stat, lstat, newfstatat, statx, access, faccessat, faccessat2, readlink, readlinkat, getdents,
        getdents64
    // Calls that change who the caller is.
    case setuid, setgid, setreuid, setregid, setresuid, setresgid, setfsuid, setfsgid, setgroups, capset
    // Calls that change what a path means.
    case chroot, unshare, setns, mount
    // Calls that ask or say which processors the caller may use.
    case sched_setaffinity, sched_getaffinity
    // Calls that cannot be followed.
    case open_by_handle_at, io_uring_setup
}

/// A machine whose system-call numbers are in the table.
public enum Architecture: String, CaseIterable, Sendable {
    case x86_64, arm64

    /// The machine that this code was compiled for.
    public static var current: Architecture {
        #if arch(x86_64)
            .x86_64
        #else
            .arm64
        #endif
    }

    /// AUDIT_ARCH_* of linux/audit.h: how a seccomp filter and ptrace name the machine.
    public var auditNumber: UInt32 {
        switch self {
        case .x86_64: 0xC000_003E
        case .arm64: 0xC000_00B7
        }
    }
}

extension Syscall {
    /// The call's number, or `nil` where the machine never had it (arm64 has only the -at forms).
    ///
    /// Sources: asm/unistd_64.h for x86-64, asm-generic/unistd.h for arm64. Numbers from 424 up are the same everywhere.
    public func number(on architecture: Architecture) -> UInt32? {
        guard let row = Self.numbers[self] else { return nil }
        return architecture == .x86_64 ? row.x86_64 : row.arm64
    }

    /// Finds a call by its number.
    public init?(number: UInt32, on architecture: Architecture) {
        let table = architecture == .x86_64 ? Self.ofX86 : Self.ofArm
        guard number < table.count, let call = table[Int(number)] else { return nil }
        self = call
    }

    /// By number: looked up at each stop.
    private static let ofX86 = table(of: .x86_64)
    private static let ofArm = table(of: .arm64)

    private static func table(of architecture: Architecture) -> [Syscall?] {
        var table = [Syscall?](repeating: nil, count: 512)
        for call in allCases {
            if let number = call.number(on: architecture) { table[Int(number)] = call }
        }
        return table
    }

    private static let numbers: [Syscall: (x86_64: UInt32?, arm64: UInt32?)] = [
        .open: (2, nil),
        .openat: (257, 56),
        .openat2: (437, 437),
        .creat: (85, nil),
        .truncate: (76, 45),
        .unlink: (87, nil),
        .unlinkat: (263, 35),
        .rmdir: (84, nil),
        .mkdir: (83, nil),
        .mkdirat: (258, 34),
        .mknod: (133, nil),
        .mknodat: (259, 33),
        .symlink: (88, nil),
        .symlinkat: (266, 36),
        .link: (86, nil),
        .linkat: (265, 37),
        .rename: (82, nil),
        .renameat: (264, 38),
        .renameat2: (316, 276),
        .chmod: (90, nil),
        .fchmod: (91, 52),
        .fchmodat: (268, 53),
        .fchmodat2: (452, 452),
        .chown: (92, nil),
        .lchown: (94, nil),
        .fchown: (93, 55),
        .fchownat: (260, 54),
        .utime: (132, nil),
        .utimes: (235, nil),
        .futimesat: (261, nil),
        .utimensat: (280, 88),
        .setxattr: (188, 5),
        .lsetxattr: (189, 6),
        .fsetxattr: (190, 7),
        .setxattrat: (463, 463),
        .removexattr: (197, 14),
        .lremovexattr: (198, 15),
        .fremovexattr: (199, 16),
        .removexattrat: (466, 466),
        .ioctl: (16, 29),
        .file_setattr: (469, 469),
        .bind: (49, 200),
        .stat: (4, nil),
        .lstat: (6, nil),
        .newfstatat: (262, 79),
        .statx: (332, 291),
        .access: (21, nil),
        .faccessat: (269, 48),
        .faccessat2: (439, 439),
        .readlink: (89, nil),
        .readlinkat: (267, 78),
        .getdents: (78, nil),
        .getdents64: (217, 61),
        .setuid: (105, 146),
        .setgid: (106, 144),
        .setreuid: (113, 145),
        .setregid: (114, 143),
        .setresuid: (117, 147),
        .setresgid: (119, 149),
        .setfsuid: (122, 151),
        .setfsgid: (123, 152),
        .setgroups: (116, 159),
        .capset: (126, 91),
        .chroot: (161, 51),
        .unshare: (272, 97),
        .setns: (308, 268),
        .mount: (165, 40),
        .sched_setaffinity: (203, 122),
        .sched_getaffinity: (204, 123),
        .open_by_handle_at: (304, 265),
        .io_uring_setup: (425, 425),
    ]
}
