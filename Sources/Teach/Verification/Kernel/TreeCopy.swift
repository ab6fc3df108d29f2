internal import CLinux
internal import Glibc
internal import LayerModel
internal import Linux

/// A full copy of a tree, as Docker's vfs driver makes it for each layer (DirCopy of its daemon/graphdriver/copy): files
/// by a clone where the filesystem has that, else by copy_file_range(2), which fills holes; hard links stay joined. All
/// extended attributes go along, of which Docker keeps `security.capability` alone.
struct TreeCopy {
    private struct File: Hashable {
        var device: dev_t
        var inode: ino_t
    }

    /// Where the first name of a file that has several was copied to.
    private var copies: [File: String] = [:]
    private var clones = true

    /// - Throws: `SystemCallError`
    static func copy(_ source: String, to target: String) throws(SystemCallError) {
        var copy = TreeCopy()
        try copy.add(source, target)
    }

    private mutating func add(_ source: String, _ target: String) throws(SystemCallError) {
        var status = stat()
        try call("lstat", source) { withBytes(of: source) { lstat($0, &status) } }
        let (mode, device) = (status.st_mode, status.st_rdev)
        switch mode & S_IFMT {
        case S_IFREG:
            let file = File(device: status.st_dev, inode: status.st_ino)
            if let first = copies[file] {
                try call("link", target) { withBytes(of: first) { first in withBytes(of: target) { link(first, $0) } } }
                return
            }
            if status.st_nlink > 1 { copies[file] = target }
            try copyContents(source, target, size: Int64(status.st_size))
        case S_IFDIR: try call("mkdir", target) { withBytes(of: target) { mkdir($0, 0o700) } }
        case S_IFLNK:
            let text = try readLink(source, in: AT_FDCWD, size: Int(status.st_size) + 1)
            try call("symlink", target) { withBytes(of: target) { symlink(text.cString, $0) } }
        case S_IFSOCK: try call("mkfifo", target) { withBytes(of: target) { mkfifo($0, mode & 0o7777) } }
        default: try call("mknod", target) { withBytes(of: target) { mknod($0, mode, device) } }
        }
        try call("lchown", target) { withBytes(of: target) { lchown($0, status.st_uid, status.st_gid) } }
        for name in try extendedAttributeNames(of: source) {
            if let value = try extendedAttribute(name, of: source) { try setExtendedAttribute(name, value, of: target) }
        }
        if mode & S_IFMT != S_IFLNK { try call("chmod", target) { withBytes(of: target) { chmod($0, mode & 0o7777) } } }
        if mode & S_IFMT == S_IFDIR {
            let directory = try Linux.Descriptor(opening: source, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            for name in try directoryNames(in: directory) { try add("\(source)/\(name)", "\(target)/\(name)") }
        }
        let times = [status.st_atim, status.st_mtim]
        try call("utimensat", target) {
            withBytes(of: target) { utimensat(AT_FDCWD, $0, times, AT_SYMLINK_NOFOLLOW) }
        }
    }

    private mutating func copyContents(_ source: String, _ target: String, size: Int64) throws(SystemCallError) {
        let from = try Linux.Descriptor(opening: source, O_RDONLY | O_NOFOLLOW)
        let to = try Linux.Descriptor(opening: target, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        let (input, output) = (from.number, to.number)
        // FICLONE of ioctl_ficlone(2).
        if clones, ioctl(output, UInt(0x4004_9409), input) == 0 { return }
        clones = false
        var left = size
        while left > 0 {
            let count = try call("copy_file_range", target) { linux_copy_range(input, output, Int(left)) }
            if count == 0 { return }
            left -= Int64(count)
        }
    }
}
