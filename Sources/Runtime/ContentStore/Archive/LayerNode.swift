internal import CContentStore
internal import Glibc
internal import LayerModel
internal import Linux

/// Makes the objects of a layer under new names in an open directory.
enum LayerNode {
    /// A regular file with its data; holes stay holes.
    static func makeFile(in base: CInt, _ name: String, size: Int64, _ reader: borrowing LayerReader) throws {
        let file = try Descriptor(
            opening: name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600, in: base)
        let number = file.number
        var end: Int64 = 0
        try reader.forEachBlock { bytes, offset in
            try Files.write(bytes, to: number, at: offset)
            end = max(end, offset + Int64(bytes.count))
        }
        if end < size { try call("ftruncate", name) { ftruncate(number, off_t(size)) } }
    }

    /// A directory, or the one that has the name already: directories merge.
    static func makeDirectory(in base: CInt, _ name: String) throws(SystemCallError) {
        do {
            try call("mkdirat", name) { mkdirat(base, name, 0o700) }
        } catch  where error.errno == .EEXIST {}
    }

    /// What needs no data: a symbolic link, a FIFO or a device.
    static func make(_ kind: ArchiveEntry.Kind, in base: CInt, _ name: String) throws(SystemCallError) {
        switch kind {
        case .symlink(let target):
            try call("symlinkat", name) { symlinkat(target, base, name) }
        case .fifo:
            try call("mkfifoat", name) { mkfifoat(base, name, 0o600) }
        case .characterDevice(let device):
            try call("mknodat", name) { teach_mknodat(base, name, S_IFCHR | 0o600, device.major, device.minor) }
        case .blockDevice(let device):
            try call("mknodat", name) { teach_mknodat(base, name, S_IFBLK | 0o600, device.major, device.minor) }
        case .file, .directory, .hardLink:
            preconditionFailure("a \(kind) is made where its data or its target is known")
        }
    }

    /// Overlayfs's mark of a deletion. See Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories".
    static func makeWhiteout(in base: CInt, _ name: String) throws(SystemCallError) {
        try call("mknodat", name) { teach_mknodat(base, name, S_IFCHR, 0, 0) }
    }

    /// The attributes of the directory that the first of `layers` to hold `path` has there; `nil` when it is none.
    static func directory(_ path: String, in layers: [String]) -> stat? {
        for layer in layers {
            guard let root = try? Descriptor(opening: layer, O_RDONLY | O_DIRECTORY),
                let found = try? Files.open(beneath: root.number, path, teach_o_path() | O_NOFOLLOW)
            else { continue }
            var status = stat()
            guard fstat(found.number, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
            return status
        }
        return nil
    }
}
