import LayerModel

/// The cells of the table that must be hit. Whatever the rules can give is listed here; a cell that is listed and cannot
/// be hit stands in `explained` with its reason.
enum ExpectedCoverage {
    /// The last three are what a lookup comes to in a layer whose own attributes of overlayfs are malformed, or lead
    /// where the options forbid to follow.
    private static let walk = [
        "ok", "ENOENT", "ENOTDIR", "EACCES", "ELOOP", "ENAMETOOLONG", "EINVAL", "EIO", "EPERM",
    ]
    /// What a call on a descriptor comes to that copies up what has lost its name.
    private static let lostName = [
        "ok", "EBADF", "EPERM", "ENOENT", "EEXIST", "EIO", "ENOTDIR", "EISDIR", "ENOTEMPTY",
    ]
    private static let copies = ["parent-copy-up", "copy-up", "link-broken"]

    static let results: [String: [String]] = [
        "open": walk + ["EEXIST", "EISDIR", "ENXIO", "EBADF", "EINVAL", "EAGAIN", "ESTALE"],
        "truncate": walk + ["EINVAL", "EISDIR"],
        "unlink": walk + ["EISDIR", "EPERM", "ESTALE"],
        "rmdir": walk + ["EINVAL", "EBUSY", "ENOTEMPTY", "EPERM"],
        "mkdir": walk + ["EEXIST", "ESTALE"],
        "mknod": walk + ["EEXIST", "EPERM", "ESTALE"],
        "symlink": walk + ["EEXIST", "ESTALE"],
        "link": walk + ["EEXIST", "EPERM", "ESTALE"],
        "linkat": walk + ["EEXIST", "EPERM", "EBADF", "ESTALE"],
        "rename": walk + ["EINVAL", "EBUSY", "EEXIST", "EISDIR", "ENOTEMPTY", "EPERM", "EXDEV", "ESTALE"],
        "chmod": walk + ["EPERM"],
        "chown": walk + ["EPERM"],
        "utimes": walk + ["EPERM"],
        "setxattr": walk + ["ERANGE", "EPERM", "EEXIST", "ENODATA", "EOPNOTSUPP"],
        "getxattr": walk + ["ERANGE", "ENODATA", "EOPNOTSUPP"],
        "removexattr": walk + ["ERANGE", "EPERM", "ENODATA", "EOPNOTSUPP"],
        "bind": walk + ["EADDRINUSE", "EINVAL", "ESTALE"],
        "stat": walk,
        "access": walk,
        "readlink": walk + ["EINVAL"],
        "readdir": walk,
        "rmtree": walk + ["EPERM", "EINVAL", "EBUSY", "ENOTEMPTY", "ESTALE"],
        "user": ["ok"],
        "remount": ["ok", "EINVAL", "ENODATA"],
        "close": ["ok", "EBADF"],
        "read": ["ok", "EBADF", "EISDIR", "ESPIPE"],
        "write": ["ok", "EBADF"],
        "pread": ["ok", "EBADF", "EISDIR", "ESPIPE"],
        "pwrite": ["ok", "EBADF", "ESPIPE"],
        "ftruncate": ["ok", "EBADF", "EINVAL"],
        "fallocate": ["ok", "EBADF", "EINVAL", "ENODEV", "ESPIPE"],
        "copy_file_range": ["ok", "EBADF", "EINVAL", "EISDIR"],
        "fchmod": lostName, "fchown": lostName,
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
        "link": copies + ["create", "redirect"],
        "linkat": copies + ["create", "redirect"],
        "rename": copies + ["remove", "whiteout", "create", "opaque", "redirect"],
        "rmtree": ["parent-copy-up", "remove", "whiteout"],
        "chmod": copies, "chown": copies, "utimes": copies, "setxattr": copies, "removexattr": copies,
        "fchmod": copies, "fchown": copies,
    ]

    static let flags: [String: [String]] = [
        "open": [
            "O_RDONLY", "O_WRONLY", "O_RDWR", "O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND", "O_DIRECTORY", "O_NOFOLLOW",
            "O_PATH", "O_TMPFILE", "read", "write", "as",
        ],
        "rename": ["0", "RENAME_NOREPLACE", "RENAME_EXCHANGE", "RENAME_WHITEOUT"],
        "mknod": ["fifo", "character-device", "block-device"],
        "setxattr": ["0", "XATTR_CREATE", "XATTR_REPLACE"],
        "utimes": ["now", "given"],
        "access": (0...7).map(String.init),
        "user": ["root", "other"],
    ]

    /// Listed cells that cannot be hit, and why.
    static let explained: [Coverage.Cell: String] = [
        Coverage.Cell(row: "bind", column: "ENAMETOOLONG"):
            "a socket's address has room for 107 bytes, a name for 255 (unix(7))"
    ]

    /// Listed cells that were not hit, with no reason for it.
    ///
    /// - Parameter isComplete: Whether cells that were hit and are not listed are holes too.
    static func holes(in coverage: Coverage, isComplete: Bool = true) -> [String] {
        var holes: [String] = []
        func check(_ expected: [String: [String]], _ counts: [Coverage.Cell: Int], isListed: Bool) {
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
            for cell in counts.keys where isListed && isComplete && !listed.contains(cell) {
                holes.append("\(cell.row) \(cell.column) was hit and is not listed")
            }
        }
        check(results, coverage.results, isListed: true)
        check(effects, coverage.effects, isListed: true)
        check(flags, coverage.flags, isListed: false)
        return holes.sorted()
    }
}
