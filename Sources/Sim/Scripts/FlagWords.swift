import LayerModel

extension OpenFlags {
    /// The names of open(2). The last ones mean nothing to a union and are not kept.
    static let words: KeyValuePairs<String, OpenFlags> = [
        "O_RDONLY": [], "O_WRONLY": .writeOnly, "O_RDWR": .readWrite, "O_CREAT": .create, "O_EXCL": .exclusive,
        "O_TRUNC": .truncate, "O_APPEND": .append, "O_DIRECTORY": .directory, "O_NOFOLLOW": .noFollow,
        "O_PATH": .path, "O_TMPFILE": .temporary, "O_NONBLOCK": .nonBlocking, "O_CLOEXEC": .closeOnExec,
        "O_NOATIME": .noAccessTime, "O_DIRECT": .direct, "O_NDELAY": .nonBlocking, "O_SYNC": [], "O_DSYNC": [],
        "O_RSYNC": [], "O_NOCTTY": [], "O_ASYNC": [], "O_LARGEFILE": [],
    ]
}

extension RenameFlags {
    static let words: KeyValuePairs<String, RenameFlags> = [
        "RENAME_NOREPLACE": .noReplace, "RENAME_EXCHANGE": .exchange, "RENAME_WHITEOUT": .whiteout,
    ]
}

extension XattrFlags {
    static let words: KeyValuePairs<String, XattrFlags> = ["XATTR_CREATE": .create, "XATTR_REPLACE": .replace]
}
