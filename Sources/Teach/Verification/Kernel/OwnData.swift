internal import Glibc
internal import LayerModel
internal import Linux

/// The data that a tree alone stores, in bytes: the blocks of its regular files that no other file uses, each file once
/// however many names it has. What was written has to be on the disk before (syncfs(2)).
///
/// - Throws: `SystemCallError`
func ownDataBytes(beneath path: String) throws(SystemCallError) -> Int64 {
    var seen: Set<ino_t> = []
    return try ownDataBytes(beneath: path, &seen)
}

private func ownDataBytes(beneath path: String, _ seen: inout Set<ino_t>) throws(SystemCallError) -> Int64 {
    let directory = try Linux.Descriptor(opening: path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    let base = directory.number
    var bytes: Int64 = 0
    for name in try directoryNames(in: directory) {
        var status = stat()
        try call("fstatat", name.text) { fstatat(base, name.cString, &status, AT_SYMLINK_NOFOLLOW) }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: bytes += try ownDataBytes(beneath: "\(path)/\(name)", &seen)
        case S_IFREG where seen.insert(status.st_ino).inserted:
            let file = try Linux.Descriptor(opening: name.text, O_RDONLY | O_NOFOLLOW, in: base)
            bytes += try mappedBytes(of: file)?.exclusive ?? Int64(status.st_blocks) * 512
        default: break
        }
    }
    return bytes
}
