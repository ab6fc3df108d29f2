import CLinux
import Glibc
import LayerModel
import Linux
import OverlayFS

/// A real overlay over the layers of a script, in a private mount namespace.
final class OverlayStack {
    let base: String
    let lowerCount: Int
    let isTemporary: Bool
    private let hostRoot: Descriptor

    var merged: String { base + "/merged" }
    var upper: String { base + "/upper" }
    func lower(_ number: Int) -> String { "\(base)/lower\(number)" }
    var lowers: [String] { (1...lowerCount).map(lower) }

    /// - Parameter onTmpfs: Whether the layers lie on a fresh tmpfs, or else on the filesystem of the temporary
    ///   directory.
    init(_ layers: [[LayerLine]], onTmpfs: Bool) throws {
        var template = Array("/tmp/overlay-stack.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError(call: "mkdtemp", errno: .EIO) }
        base = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        lowerCount = max(layers.count, 1)
        isTemporary = onTmpfs
        hostRoot = try Descriptor(opening: "/", pathOnly | O_DIRECTORY)
        chmod(base, 0o755)
        if onTmpfs { try mountFilesystem("none", base, type: "tmpfs") }
        umask(0)
        for directory in lowers + [upper, base + "/work", merged] {
            try call("mkdir", directory) { mkdir(directory, 0o755) }
        }
        for (index, lines) in layers.enumerated() {
            for line in lines { line.make(in: lower(index + 1)) }
        }
    }

    func mountOverlay() throws {
        let stack = lowers.reversed().joined(separator: ":")
        try mountFilesystem(
            "none", merged, type: "overlay",
            options: "lowerdir=\(stack),upperdir=\(upper),workdir=\(base)/work"
                + (OverlayAttributes.current == .user ? ",userxattr" : ""))
    }

    // Detached: a process that another test forks meanwhile may hold a descriptor in it for an instant.
    func unmountOverlay() throws { try call("umount", merged) { umount2(merged, CInt(MNT_DETACH)) } }

    /// Takes everything away, the mounts as well.
    func remove() {
        umount2(merged, CInt(MNT_DETACH))
        if isTemporary { umount2(base, CInt(MNT_DETACH)) }
        removeTree(base)
    }

    /// Runs `body` as a process would whose root is the union.
    func inside<Value>(_ body: () throws -> Value) throws -> Value {
        try call("chroot", merged) { chroot(merged) }
        try call("chdir") { chdir("/") }
        defer {
            fchdir(hostRoot.number)
            chroot(".")
        }
        return try body()
    }
}

extension LayerLine {
    /// Makes the object. A line that cannot be made, because shrinking took its parent away, makes nothing.
    fileprivate func make(in root: String) {
        func place(_ path: Path) -> String { root + path.description }
        switch self {
        case .directory(let path, let mode):
            mkdir(place(path), 0o755)
            chmod(place(path), mode_t(mode))
        case .file(let path, let mode, let size):
            let number = open(place(path), O_WRONLY | O_CREAT | O_EXCL, 0o644)
            guard number >= 0 else { return }
            // Half of it is data and the rest a hole, which a copy-up must not lose.
            let content = [UInt8](repeating: 7, count: Int(size / 2))
            _ = content.withUnsafeBytes { write(number, $0.baseAddress, $0.count) }
            ftruncate(number, off_t(size))
            fchmod(number, mode_t(mode))
            close(number)
        case .symlink(let path, let target): Glibc.symlink(target.text, place(path))
        case .hardlink(let new, let existing): link(place(existing), place(new))
        case .owner(let path, let uid, let gid):
            // A new owner takes away the set-ids.
            var status = stat()
            guard lstat(place(path), &status) == 0 else { return }
            lchown(place(path), uid, gid)
            if status.st_mode & S_IFMT != S_IFLNK { chmod(place(path), status.st_mode & 0o7777) }
        case .device(let path, let kind, let device, let mode):
            mknod(place(path), kind.fileType | mode_t(mode), dev_t(linux_device(device.major, device.minor)))
        case .fifo(let path, let mode): mknod(place(path), S_IFIFO | mode_t(mode), 0)
        case .socket(let path, let mode): mknod(place(path), S_IFSOCK | mode_t(mode), 0)
        case .whiteout(let path): mknod(place(path), S_IFCHR, 0)
        case .opaque(let path): lsetxattr(place(path), OverlayAttributes.current.prefix + "opaque", "y", 1, 0)
        case .xattr(let path, let name):
            let value = attributeValue(name)
            lsetxattr(place(path), name, value, value.count, 0)
        }
    }
}

/// Removes a directory and all that it holds, following no link.
func removeTree(_ path: String) {
    if let directory = try? Descriptor(opening: path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) {
        for name in (try? directoryNames(in: directory)) ?? [] { removeTree(path + "/" + name.text) }
        rmdir(path)
    } else {
        unlink(path)
    }
}
