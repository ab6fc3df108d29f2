import Events
import LayerModel

/// The names under which an author asks for a call: the kernel's own, and one for each family of calls that do
/// the same (`openat`, `openat2` and `creat` are `open`).
enum CallFamily {
    private static let members: [(family: String, calls: [String])] = [
        ("open", ["openat", "openat2", "creat"]),
        ("truncate", ["ftruncate"]),
        ("unlink", ["unlinkat"]),
        ("rmdir", []),
        ("mkdir", ["mkdirat"]),
        ("mknod", ["mknodat"]),
        ("symlink", ["symlinkat"]),
        ("link", ["linkat"]),
        ("rename", ["renameat", "renameat2"]),
        ("chmod", ["fchmod", "fchmodat", "fchmodat2"]),
        ("chown", ["lchown", "fchown", "fchownat"]),
        ("utimens", ["utime", "utimes", "futimesat", "utimensat"]),
        ("setxattr", ["lsetxattr", "fsetxattr", "setxattrat"]),
        ("removexattr", ["lremovexattr", "fremovexattr", "removexattrat"]),
        ("setflags", ["ioctl", "file_setattr"]),
        ("bind", []),
        ("stat", ["lstat", "fstat", "newfstatat", "statx"]),
        ("access", ["faccessat", "faccessat2"]),
        ("readlink", ["readlinkat"]),
        ("readdir", ["getdents", "getdents64"]),
    ]

    /// All names, families first.
    static let names = members.map(\.family) + members.flatMap(\.calls)

    static func isKnown(_ name: String) -> Bool { names.contains(name) }

    /// The family of an observed call: by its meaning where that is known (`unlinkat` with AT_REMOVEDIR is `rmdir`).
    static func of(_ operation: ObservedOperation) -> String {
        if let call = operation.call { return of(call) }
        let syscall = operation.syscall
        return members.first { $0.family == syscall || $0.calls.contains(syscall) }?.family ?? syscall
    }

    static func of(_ call: FileOperation) -> String {
        switch call {
        case .open: "open"
        case .truncate: "truncate"
        case .unlink: "unlink"
        case .rmdir: "rmdir"
        case .mkdir: "mkdir"
        case .mknod: "mknod"
        case .symlink: "symlink"
        case .link, .linkDescriptor: "link"
        case .rename: "rename"
        case .chmod: "chmod"
        case .chown: "chown"
        case .utimens: "utimens"
        case .setxattr: "setxattr"
        case .removexattr: "removexattr"
        case .setFileFlags: "setflags"
        case .bind: "bind"
        case .stat: "stat"
        case .access: "access"
        case .readlink: "readlink"
        case .readdir: "readdir"
        }
    }
}

extension ObservedOperation {
    /// The paths that the call was about, by every name under which they are recorded.
    var subjects: [Path] {
        let recorded = resolved.compactMap(\.self) + (call?.paths ?? [])
        let paths = recorded.isEmpty ? arguments.map { Path($0) } : recorded
        return paths.map(\.withoutTrailingSlash)
    }

    /// What the call's first operand resolved to, or else its own path.
    var subject: Path? { subjects.first }
}

extension CallPattern {
    /// Whether `operation` is one of those looked for.
    func fits(_ operation: ObservedOperation) -> Bool {
        if let name, operation.syscall != name, CallFamily.of(operation) != name { return false }
        if let path, !operation.subjects.contains(path) { return false }
        return true
    }
}
