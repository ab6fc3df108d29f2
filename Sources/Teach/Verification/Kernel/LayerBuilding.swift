internal import CLinux
internal import Glibc
internal import LayerModel
internal import Linux
internal import Scripts

/// Makes the lines of layers in real directories. What is made is root's, in a set-group-id directory too, as what an
/// archive holds is.
struct LayerBuilding {
    /// How overlayfs's own attributes begin.
    var prefix: String

    /// What a line could not be made of; a clause that can follow "because".
    struct Failure: Error, CustomStringConvertible {
        var line: LayerLine
        var error: SystemCallError
        var description: String { "the layer's line for \(line.path) cannot be made: \(error)" }
    }

    /// When every object of a layer was last changed: the first second of 2020, so that nothing depends on the clock.
    private static let time = timespec(tv_sec: 1_577_836_800, tv_nsec: 0)

    /// Makes a layer in an empty directory, in overlayfs's form.
    ///
    /// - Throws: `Failure`
    func make(_ lines: [LayerLine], in root: String) throws {
        for line in lines { try make(line, in: root) }
        setTimes(lines, in: root)
    }

    /// Applies a layer to a tree of those beneath it, as an image's is applied: a whiteout is a delete, and an opaque
    /// directory loses what the layers beneath put there (the OCI image specification, "Whiteouts").
    ///
    /// - Throws: `Failure`
    func apply(_ lines: [LayerLine], to root: String) throws {
        // Every layer has a root.
        for name in try extendedAttributeNames(of: root) { lremovexattr(root, name) }
        try call("lchown", root) { lchown(root, 0, 0) }
        try call("chmod", root) { chmod(root, 0o755) }
        for line in lines {
            let place = root + line.path.description
            switch line {
            case .whiteout: try removeTree(place)
            case .opaque:
                guard let directory = try? Linux.Descriptor(opening: place, O_RDONLY | O_DIRECTORY) else { continue }
                for name in try directoryNames(in: directory) { try removeTree(name.text, in: directory.number) }
            case .directory(let path, _):
                var status = stat()
                guard lstat(ByteString(place).cString, &status) == 0 else { continue }
                if status.st_mode & S_IFMT != S_IFDIR {
                    try removeTree(place)
                } else if path != .root {
                    // What is an existing directory's takes the place of what it had (the same, "Changeset over existing
                    // files").
                    lchown(ByteString(place).cString, 0, 0)
                    for name in try extendedAttributeNames(of: place) { lremovexattr(ByteString(place).cString, name) }
                }
            case .file, .symlink, .hardlink, .device: try removeTree(place)
            case .owner, .xattr: break
            }
        }
        for line in lines {
            switch line {
            case .whiteout, .opaque: break
            default: try make(line, in: root)
            }
        }
        setTimes(lines, in: root)
    }

    private func setTimes(_ lines: [LayerLine], in root: String) {
        for line in lines.reversed() {
            utimensat(
                AT_FDCWD, ByteString(root + line.path.description).cString, [Self.time, Self.time], AT_SYMLINK_NOFOLLOW)
        }
    }

    private func make(_ line: LayerLine, in root: String) throws {
        do { try place(line, at: root + line.path.description, in: root) } catch {
            throw Failure(line: line, error: error)
        }
    }

    private func place(_ line: LayerLine, at subject: String, in root: String) throws(SystemCallError) {
        let place = ByteString(subject).cString
        switch line {
        case .directory(_, let mode):
            if mkdir(place, 0o755) == 0 {
                lchown(place, 0, 0)
            } else if Glibc.errno != EEXIST {
                throw SystemCallError(call: "mkdir", subject: subject, errno: .init(rawValue: Glibc.errno))
            }
            try call("chmod", subject) { chmod(place, mode_t(mode)) }
        case .file(_, let mode, let contents):
            let file = try Linux.Descriptor(opening: subject, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            let number = file.number
            switch contents {
            case .bytes(let bytes):
                var written = 0
                while written < bytes.count {
                    written += try call("write", subject) {
                        bytes.withUnsafeBytes {
                            Glibc.write(number, $0.baseAddress! + written, bytes.count - written)
                        }
                    }
                }
            case .sparse(let size): try call("ftruncate", subject) { ftruncate(number, off_t(size)) }
            case .zeros(let size):
                // Written, for what is only allocated is copied up as a hole.
                let chunk = [UInt8](repeating: 0, count: Int(min(size, 1 << 20)))
                var left = size
                while left > 0 {
                    left -= Int64(
                        try call("write", subject) { write(number, chunk, Int(min(left, Int64(chunk.count)))) })
                }
            }
            fchown(number, 0, 0)
            try call("fchmod", subject) { fchmod(number, mode_t(mode)) }
        case .symlink(_, let target):
            try call("symlink", subject) { symlink(target.cString, place) }
            lchown(place, 0, 0)
        case .hardlink(_, let existing):
            try call("link", subject) {
                linkat(AT_FDCWD, ByteString(root + existing.description).cString, AT_FDCWD, place, 0)
            }
        case .owner(_, let uid, let gid):
            // A new owner takes away the set-ids.
            var status = stat()
            try call("lstat", subject) { lstat(place, &status) }
            try call("lchown", subject) { lchown(place, uid, gid) }
            if status.st_mode & S_IFMT != S_IFLNK { chmod(place, status.st_mode & 0o7777) }
        case .device(_, let kind, let device, let mode):
            try call("mknod", subject) {
                mknod(place, kind.fileType | mode_t(mode), device.map { dev_t(linux_device($0.major, $0.minor)) } ?? 0)
            }
            lchown(place, 0, 0)
            try call("chmod", subject) { chmod(place, mode_t(mode)) }
        case .whiteout: try call("mknod", subject) { mknod(place, S_IFCHR, 0) }
        case .opaque: try setExtendedAttribute(prefix + "opaque", Array("y".utf8), of: subject)
        case .xattr(_, let name, let value): try setExtendedAttribute(name, value, of: subject)
        }
    }
}
