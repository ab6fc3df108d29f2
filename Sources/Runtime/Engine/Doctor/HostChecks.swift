internal import Cgroups
internal import Glibc
internal import Linux

/// Looks at the host, changes nothing, and says what is there and what gives the rest.
public struct HostChecks {
    private let home: Home
    private let files: HostFiles

    public init(home: Home) {
        self.home = home
        files = HostFiles()
    }

    /// All checks, the most important first.
    public func run() -> [HostCheck] {
        let privilege = PrivilegeChecks()
        return [kernel, privilege.privilege] + [privilege.subordinateIDs, privilege.coveredProc].compactMap(\.self)
            + [overlay, homeFilesystem, space, namespaces, tracing, seccomp, cgroups, busybox]
    }

    /// The two first numbers of the kernel's version.
    private var release: (Int, Int) {
        let numbers = files.text("/proc/sys/kernel/osrelease").split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return numbers.count == 2 ? (numbers[0], numbers[1]) : (0, 0)
    }

    var kernel: HostCheck {
        var name = utsname()
        uname(&name)
        let release = withUnsafePointer(to: &name.release) {
            $0.withMemoryRebound(to: CChar.self, capacity: 65) { String(cString: $0) }
        }
        let machine = withUnsafePointer(to: &name.machine) {
            $0.withMemoryRebound(to: CChar.self, capacity: 65) { String(cString: $0) }
        }
        // clone3 with CLONE_CLEAR_SIGHAND and PTRACE_GET_SYSCALL_INFO came by 5.5, openat2 with 5.6, close_range with 5.9,
        // its CLOEXEC flag with 5.11.
        let isYoung = self.release >= (5, 11)
        guard ["x86_64", "aarch64"].contains(machine) else {
            return HostCheck("kernel", .fatal, "Linux \(release) on \(machine)", cure: "use an x86-64 or arm64 machine")
        }
        return isYoung
            ? HostCheck("kernel", .good, "Linux \(release) on \(machine)")
            : HostCheck("kernel", .fatal, "Linux \(release) is older than 5.11", cure: "boot a newer kernel")
    }

    var overlay: HostCheck {
        if files.text("/proc/filesystems").contains("\toverlay\n") {
            return HostCheck("overlay", .good, "the kernel has overlayfs")
        }
        return HostCheck("overlay", .fatal, "the kernel does not list overlayfs", cure: "modprobe overlay")
    }

    var homeFilesystem: HostCheck {
        let ownFolder = "set TEACH_HOME to a folder of your own"
        guard let (path, filesystem) = files.filesystem(holding: home.path) else {
            return HostCheck("TEACH_HOME", .fatal, "\(home.path) cannot be reached or made", cure: ownFolder)
        }
        guard isFolder(path) else {
            return HostCheck("TEACH_HOME", .fatal, "\(path) is no folder", cure: ownFolder)
        }
        switch filesystem.type {
        case Filesystem.overlay:
            return HostCheck(
                "TEACH_HOME", .fatal,
                "\(home.path) lies on an overlay (\(path)), where the kernel refuses another one's upper layer",
                cure: UserNamespace.current.isInitial
                    ? "mount -t tmpfs tmpfs \(home.path), or set TEACH_HOME to a folder on a disk"
                    : "set TEACH_HOME to a folder on a disk or on a tmpfs, such as /dev/shm/teach")
        case Filesystem.nfs:
            return HostCheck(
                "TEACH_HOME", .fatal, "\(home.path) lies on NFS, which cannot be an upper layer",
                cure: "set TEACH_HOME to a folder on a local disk")
        case _ where isSomebodyElses(path):
            return HostCheck(
                "TEACH_HOME", .fatal,
                "\(path) may not be written by user \(UserNamespace.current.users.outside(of: 0) ?? 0)",
                cure: "set TEACH_HOME to a folder of your own, or run teach as the owner of that one")
        case Filesystem.tmpfs where !UserNamespace.current.isInitial && !takesUserAttributes:
            return HostCheck(
                "TEACH_HOME", .fatal,
                "\(home.path) lies on a tmpfs, which keeps no marks of users before Linux 6.6",
                cure: "set TEACH_HOME to a folder on a disk")
        case _ where access(path, W_OK) != 0 && Glibc.errno == EROFS:
            return HostCheck("TEACH_HOME", .fatal, "\(path) is mounted read-only", cure: ownFolder)
        default:
            return HostCheck("TEACH_HOME", .good, "\(home.path) on \(filesystem.name)")
        }
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether the folder, in which everything is to lie, is one that a user without privilege cannot own anything in.
    private func isSomebodyElses(_ path: String) -> Bool {
        !UserNamespace.current.isInitial && access(path, W_OK) != 0
    }

    /// Whether tmpfs has `user.` attributes: since Linux 6.6 (tmpfs(5)).
    private var takesUserAttributes: Bool { release >= (6, 6) }

    var space: HostCheck {
        guard let free = files.filesystem(holding: home.path)?.filesystem.available else {
            return HostCheck("space", .warning, "free space unknown", cure: "check \(home.path)")
        }
        let megabytes = free / 1_000_000
        // The lesson's image unpacked, its blobs, and copies of its largest file.
        return megabytes >= 300
            ? HostCheck("space", .good, "\(megabytes) MB free")
            : HostCheck(
                "space", .warning, "\(megabytes) MB free, and a lesson needs about 300",
                cure: "free some, or set TEACH_HOME to a larger disk")
    }

    var namespaces: HostCheck {
        let names = ["mnt", "pid", "uts", "ipc", "net", "cgroup"]
        let missing = names.filter { access("/proc/self/ns/\($0)", F_OK) != 0 }
        return missing.isEmpty
            ? HostCheck("namespaces", .good, names.joined(separator: ", "))
            : HostCheck(
                "namespaces", .fatal, "the kernel lacks \(missing.joined(separator: ", "))",
                cure: "boot a kernel with namespaces (CONFIG_NAMESPACES)")
    }

    var tracing: HostCheck {
        let scope = Int(files.text("/proc/sys/kernel/yama/ptrace_scope").filter(\.isNumber)) ?? 0
        return scope < 3
            ? HostCheck("ptrace", .good, scope == 0 ? "allowed" : "allowed for parents (ptrace_scope \(scope))")
            : HostCheck(
                "ptrace", .fatal, "kernel.yama.ptrace_scope is 3, so nothing can be observed",
                cure: "reboot with sysctl kernel.yama.ptrace_scope=1: 3 cannot be undone while running")
    }

    var seccomp: HostCheck {
        files.status("Seccomp:") != nil
            ? HostCheck("seccomp", .good, "filters can be loaded")
            : HostCheck(
                "seccomp", .fatal, "the kernel has no seccomp", cure: "boot a kernel with CONFIG_SECCOMP_FILTER")
    }

    var cgroups: HostCheck {
        guard let host = try? CgroupHost.detect() else {
            return HostCheck("cgroups", .warning, "unknown", cure: "mount /proc")
        }
        let cure =
            UserNamespace.current.isInitial
            ? "mount -t cgroup2 none /sys/fs/cgroup, or run where it is mounted writable"
            : "for limits, have one delegated: systemd-run --user --scope -p Delegate=yes teach run lesson3"
        guard host.kind != .none else {
            return HostCheck("cgroups", .warning, "none mounted: limits cannot be set", cure: cure)
        }
        let hierarchies = (host.unified.map { [$0] } ?? []) + host.legacy.values
        let closed = hierarchies.filter { access($0.own, W_OK) != 0 }.map(\.mountPoint).sorted()
        return closed.isEmpty
            ? HostCheck("cgroups", .good, host.kind.rawValue)
            : HostCheck(
                "cgroups", .warning, "\(host.kind.rawValue), and \(closed.joined(separator: ", ")) may not be written",
                cure: cure)
    }

    var busybox: HostCheck {
        for path in ["/bin/busybox", "/usr/bin/busybox"] where access(path, X_OK) == 0 {
            return HostCheck("busybox", .good, "\(path), used if it is static")
        }
        return HostCheck(
            "busybox", .good, "not installed; the package busybox-static is downloaded and unpacked when first needed")
    }
}
