public import Linux

/// Which system calls stop for the observer.
///
/// Those that change names or attributes or cause a copy-up always do; those that only look, where a lesson asks
/// for it. write(2) on an open descriptor never does: the copy-up happened at the open.
public enum ObserverFilter {
    /// The filter's rules; `reads` adds the calls that only look.
    public static func rules(reads: Bool) -> [(Syscall, SeccompRule)] {
        let opens: [(Syscall, SeccompRule)] =
            reads
            ? [(.openat, .trace), (.open, .trace)]
            : [
                (.openat, .traceIfAnyBit(argument: 2, bits: changingOpenFlags)),
                (.open, .traceIfAnyBit(argument: 1, bits: changingOpenFlags)),
            ]
        // The most frequent calls stand first: a filter is read from the top at each call.
        return opens + (reads ? looking.map { ($0, .trace) } : [])
            + [(.ioctl, .traceIfEqual(argument: 1, values: fileFlagRequests))] + changing.map { ($0, .trace) }
    }

    /// The program for the machine that this code runs on.
    ///
    /// - Parameter omitted: calls that pass unseen; for tests.
    public static func program(reads: Bool, leavingOut omitted: Set<Syscall> = []) -> SeccompProgram {
        SeccompProgram(architecture: .current, rules: rules(reads: reads).filter { !omitted.contains($0.0) })
    }

    /// O_WRONLY, O_RDWR, O_CREAT, O_TRUNC and the bit of O_TMPFILE that O_DIRECTORY lacks: the same on both machines.
    static let changingOpenFlags: UInt32 = 0o1 | 0o2 | 0o100 | 0o1000 | 0o20000000

    /// FS_IOC_SETFLAGS and FS_IOC_FSSETXATTR (linux/fs.h).
    static let fileFlagRequests: [UInt32] = [0x4008_6602, 0x401C_5820]

    private static let looking: [Syscall] = [
        .newfstatat, .statx, .stat, .lstat, .access, .faccessat, .faccessat2, .readlink, .readlinkat, .getdents64,
        .getdents,
    ]

    /// Everything else in the table: what changes files, who the caller is, or what a path means.
    private static let changing: [Syscall] = Syscall.allCases.filter {
        ![.open, .openat, .ioctl].contains($0) && !looking.contains($0)
    }
}
