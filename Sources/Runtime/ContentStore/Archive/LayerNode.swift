internal import CContentStore
internal import Glibc
internal import LayerModel
internal import Linux

/// Makes the objects of a layer under new names in an open directory.
enum LayerNode {
    /// A regular file with its data; holes stay holes.
    static func makeFile(
        in base: CInt, _ name: String, size: Int64, _ reader: borrowing LayerReader, of seen: WitnessedName?
    ) throws {
        let file = try Descriptor(creating: name, mode: 0o600, in: base, of: seen)
        let number = file.number
        var end: Int64 = 0
        try reader.forEachBlock { bytes, offset in
            try Files.write(bytes, to: number, at: offset)
            end = max(end, offset + Int64(bytes.count))
        }
        if end < size { try call("ftruncate", name) { ftruncate(number, off_t(size)) } }
    }

    /// A directory, or the one that has the name already: directories merge.
    static func makeDirectory(in base: CInt, _ name: String, of seen: WitnessedName?) throws(SystemCallError) {
        do {
            try call(.mkdirat, name, of: seen, as: { .mkdir($0, mode: 0o700) }) { mkdirat(base, name, 0o700) }
        } catch  where error.errno == .EEXIST {}
    }

    /// What needs no data: a symbolic link, a FIFO or a device.
    static func make(
        _ kind: ArchiveEntry.Kind, in base: CInt, _ name: String, of seen: WitnessedName?
    ) throws(SystemCallError) {
        func node(_ kind: NodeKind, _ type: mode_t, _ device: DeviceNumber?) throws(SystemCallError) {
            let (major, minor) = (device?.major ?? 0, device?.minor ?? 0)
            try call(.mknodat, name, of: seen, as: { .mknod($0, kind, mode: 0o600, device: device) }) {
                teach_mknodat(base, name, type | 0o600, major, minor)
            }
        }
        switch kind {
        case .symlink(let target):
            try call(.symlinkat, name, of: seen, as: { .symlink(target: ByteString(target), $0) }) {
                symlinkat(target, base, name)
            }
        case .fifo: try node(.fifo, S_IFIFO, nil)
        case .characterDevice(let device): try node(.characterDevice, S_IFCHR, device)
        case .blockDevice(let device): try node(.blockDevice, S_IFBLK, device)
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
