import LayerModel
import Linux

/// The cells of the table that must be hit. Whatever the rules can give is listed here; a cell that is listed and cannot
/// be hit on this machine stands in `explained` with its reason.
enum ExpectedCoverage {
    private static let walk = ["ok", "ENOENT", "ENOTDIR", "EACCES", "ELOOP", "ENAMETOOLONG"]
    private static let copies = ["parent-copy-up", "copy-up", "link-broken"]
    private static let operands = ["follow", "no-follow", "descriptor"]

    static let results: [String: [String]] = [
        "open": walk + ["EINVAL", "EEXIST", "EISDIR", "ENXIO"],
        "truncate": walk + ["EINVAL", "EISDIR"],
        "unlink": walk + ["EISDIR", "EPERM"],
        "rmdir": walk + ["EINVAL", "EBUSY", "ENOTEMPTY", "EPERM"],
        "mkdir": walk + ["EEXIST"],
        "mknod": walk + ["EEXIST", "EPERM"],
        "symlink": walk + ["EEXIST"],
        "link": walk + ["EEXIST", "EPERM"],
        "linkDescriptor": walk + ["EEXIST", "EPERM"],
        "rename": walk + ["EINVAL", "EBUSY", "EEXIST", "EISDIR", "ENOTEMPTY", "EPERM", "EXDEV"],
        "chmod": walk + ["EPERM", "EOPNOTSUPP"],
        "chown": walk + ["EPERM"],
        "utimens": walk + ["EPERM"],
        "setxattr": walk + ["ERANGE", "EPERM", "EEXIST", "ENODATA", "EOPNOTSUPP"],
        "removexattr": walk + ["ERANGE", "EPERM", "ENODATA", "EOPNOTSUPP"],
        "setFileFlags": walk + ["EPERM", "ENOTTY", "EOPNOTSUPP"],
        "bind": walk + ["EADDRINUSE"],
        "stat": walk,
        "access": walk + ["EINVAL"],
        "readlink": walk + ["EINVAL"],
        "readdir": ["ok", "ENOTDIR"],
    ]

    static let effects: [String: [String]] = [
        "open": copies + ["create"],
        "truncate": copies,
        "unlink": ["parent-copy-up", "remove", "whiteout"],
        "rmdir": ["parent-copy-up", "remove", "whiteout"],
        "mkdir": ["parent-copy-up", "create", "opaque"],
        "mknod": ["parent-copy-up", "create"],
        "symlink": ["parent-copy-up", "create"],
        "bind": ["parent-copy-up", "create"],
        "link": copies + ["create"],
        "linkDescriptor": copies + ["create"],
        "rename": copies + ["remove", "whiteout", "create", "opaque"],
        "chmod": copies, "chown": copies, "utimens": copies, "setxattr": copies, "removexattr": copies,
        "setFileFlags": copies,
        "stat": [], "access": [], "readlink": [], "readdir": [],
    ]

    static let flags: [String: [String]] = [
        "open": ["O_RDONLY"] + OpenFlags.named.map(\.name),
        "rename": ["0", "RENAME_NOREPLACE", "RENAME_EXCHANGE", "RENAME_WHITEOUT"],
        "link": ["0", "AT_SYMLINK_FOLLOW"],
        "linkDescriptor": ["named", "nameless"] + DescriptorTarget.Spelling.allCases.map(\.rawValue),
        "mknod": NodeKind.allCases.map(\.rawValue),
        "chmod": operands, "chown": operands, "removexattr": operands, "setFileFlags": operands,
        "setxattr": operands + ["0", "XATTR_CREATE", "XATTR_REPLACE"],
        "utimens": operands + TimeChange.allCases.map(\.rawValue),
        "stat": ["follow", "no-follow"],
        "access": ["follow", "no-follow"] + (0...7).map(String.init),
    ]

    /// Listed cells that cannot be hit, and why.
    static let explained: [Coverage.Cell: String] = {
        var explained: [Coverage.Cell: String] = [:]
        func add(_ row: String, _ column: String, _ reason: String) {
            explained[Coverage.Cell(row: row, column: column)] = reason
        }
        add("bind", "ENAMETOOLONG", "a socket's address has room for 107 bytes, a name for 255 (unix(7))")
        add("mknod", "directory", "mknod(2) makes no directories: EPERM")
        add("mknod", "symlink", "mknod(2) makes no links, and the observer hands no such call on")
        add("mknod", "whiteout", "a 0:0 device is refused to those inside (ovl_mknod())")
        add("setFileFlags", "no-follow", "file_setattr(2) with AT_SYMLINK_NOFOLLOW is younger than this kernel")
        add("setFileFlags", "follow", "file_setattr(2) is younger than this kernel")
        if !RealCalls.absent.contains(.file_setattr) {
            for column in ["no-follow", "follow"] {
                explained[Coverage.Cell(row: "setFileFlags", column: column)] = nil
            }
        } else {
            for column in walk.dropFirst() + ["EOPNOTSUPP"] {
                add(
                    "setFileFlags", column,
                    "file_setattr(2) is younger than this kernel: a descriptor has no path to walk")
            }
        }
        return explained
    }()

    /// Every form of a call that this machine and this kernel have.
    static var forms: [Syscall] {
        Syscall.ofFiles.filter { $0.number(on: .current) != nil && !RealCalls.absent.contains($0) }
    }

    /// Listed cells that were not hit, with no reason for it; and cells that were hit and are not listed.
    static func holes(in coverage: Coverage) -> [String] {
        var holes: [String] = []
        func check(_ expected: [String: [String]], _ counts: [Coverage.Cell: Int], isComplete: Bool) {
            var listed: Set<Coverage.Cell> = []
            for (row, columns) in expected {
                for column in columns {
                    let cell = Coverage.Cell(row: row, column: column)
                    listed.insert(cell)
                    if counts[cell] == nil, explained[cell] == nil { holes.append("\(row) \(column) was never hit") }
                    if counts[cell] != nil, let reason = explained[cell] {
                        holes.append("\(row) \(column) was hit, though \(reason)")
                    }
                }
            }
            for cell in counts.keys where isComplete && !listed.contains(cell) {
                holes.append("\(cell.row) \(cell.column) was hit and is not listed")
            }
        }
        check(results, coverage.results, isComplete: true)
        check(effects, coverage.effects, isComplete: true)
        check(flags, coverage.flags, isComplete: false)
        var shapes: [String: [String]] = [:]
        for form in forms { shapes[form.rawValue] = ["ok", "failed"] }
        check(shapes, coverage.forms, isComplete: true)
        check(
            Dictionary(uniqueKeysWithValues: Caller.allCases.map { ($0.rawValue, ["ok", "failed"]) }), coverage.callers,
            isComplete: true)
        return holes.sorted()
    }
}
