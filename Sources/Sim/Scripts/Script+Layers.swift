public import LayerModel
public import StorageDrivers

extension LayerStack {
    /// Makes a script's layers.
    ///
    /// - Throws: `LayerRefusal`; never for layers that were read from a text.
    public init(_ layers: [[LayerLine]]) throws(LayerRefusal) {
        self.init()
        for layer in layers {
            addLayer()
            for line in layer {
                do throws(Errno) {
                    try make(line)
                } catch {
                    throw LayerRefusal(layer: count, line: line, errno: error)
                }
            }
        }
    }

    private mutating func make(_ line: LayerLine) throws(Errno) {
        switch line {
        case .directory(let path, let mode): try makeDirectory(path, mode: mode)
        case .file(let path, let mode, .bytes(let bytes)): try makeFile(path, mode: mode, bytes: bytes)
        case .file(let path, let mode, .sparse(let size)): try makeFile(path, mode: mode, zeros: size)
        case .file(let path, let mode, .zeros(let size)):
            try makeFile(path, mode: mode, zeros: size, isSparse: false)
        case .symlink(let path, let target): try makeSymlink(path, target: target)
        case .hardlink(let path, let existing): try makeHardLink(path, to: existing)
        case .owner(let path, let uid, let gid): try setOwner(path, uid: uid, gid: gid)
        case .device(let path, let kind, let device, let mode): try makeNode(path, kind, mode: mode, device: device)
        case .whiteout(let path): try makeWhiteout(path)
        case .opaque(let path): try makeOpaque(path)
        case .xattr(let path, let name, let value): try setAttribute(path, name: name, value: value)
        }
    }
}

/// A line of a layer that cannot be made.
public struct LayerRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// From 1 at the bottom.
    public var layer: Int
    public var line: LayerLine
    public var errno: Errno

    public var description: String { "`\(line.text.shown(most: 120))` of layer \(layer) is refused with \(errno)" }
}

extension MemoryLayers {
    /// What a script's layers hold, and above them a writable layer as its listing tells it: for pictures.
    public init(_ layers: [[LayerLine]], upper: [ListedFile]) {
        self.init(lowers: layers.map(Self.entries))
        for file in upper { self.upper[file.path] = LayerEntry(file) }
    }

    private static func entries(_ lines: [LayerLine]) -> [Path: LayerEntry] {
        var entries: [Path: LayerEntry] = [:]
        var root = LayerEntry(kind: .directory, permissions: 0o755)
        var inode: UInt64 = 0
        /// The names of what has more than one.
        var names: [UInt64: [Path]] = [:]
        func put(_ path: Path, _ entry: LayerEntry) {
            inode += 1
            entries[path] = entry
            entries[path]?.inode = inode
        }
        func change(_ path: Path, _ change: (inout LayerEntry) -> Void) {
            if path == .root {
                change(&root)
            } else if let inode = entries[path]?.inode {
                // A change of one name is one of all its hard links.
                for name in names[inode] ?? [path] {
                    if var entry = entries[name] {
                        change(&entry)
                        entries[name] = entry
                    }
                }
            }
        }
        for line in lines {
            switch line {
            case .directory(let path, let mode):
                if path == .root || entries[path] != nil {
                    change(path) { $0.permissions = mode }
                } else {
                    put(path, LayerEntry(kind: .directory, permissions: mode))
                }
            case .file(let path, let mode, let contents):
                put(path, LayerEntry(kind: .file, permissions: mode, size: contents.size))
            case .symlink(let path, let target):
                put(
                    path,
                    LayerEntry(kind: .symlink, permissions: 0o777, size: Int64(target.count), target: target))
            case .hardlink(let path, let existing):
                change(existing) { $0.links += 1 }
                entries[path] = entries[existing]
                if let inode = entries[path]?.inode { names[inode] = (names[inode] ?? [existing]) + [path] }
            case .owner(let path, let uid, let gid):
                change(path) {
                    $0.uid = uid
                    $0.gid = gid
                }
            case .device(let path, let kind, let device, let mode):
                put(path, LayerEntry(kind: kind, permissions: mode, device: device))
            case .whiteout(let path): put(path, LayerEntry(kind: .whiteout, permissions: 0))
            case .opaque(let path): change(path) { $0.isOpaque = true }
            case .xattr(let path, let name, _):
                change(path) {
                    $0.attributes = ($0.attributes ?? []).filter { $0 != ByteString(name) } + [ByteString(name)]
                }
            }
        }
        return entries
    }
}

extension LayerEntry {
    /// What a listing of the writable layer tells of a name.
    public init(_ file: ListedFile) {
        func mark(_ name: String) -> [UInt8]? {
            file.attributes["trusted.overlay.\(name)"] ?? file.attributes["user.overlay.\(name)"]
        }
        self.init(
            kind: file.kind, permissions: file.permissions, uid: file.uid, gid: file.gid, size: file.size ?? 0,
            links: file.links ?? 1, target: file.target, device: file.device,
            isOpaque: mark("opaque") == Array("y".utf8), redirect: mark("redirect").map(LayerEntry.redirect),
            isMetacopy: mark("metacopy") != nil)
    }
}

extension LayerLine {
    /// The name that the line is about.
    public var path: Path {
        switch self {
        case .directory(let path, _), .file(let path, _, _), .symlink(let path, _), .hardlink(let path, _),
            .owner(let path, _, _), .device(let path, _, _, _), .whiteout(let path), .opaque(let path),
            .xattr(let path, _, _):
            path
        }
    }
}

extension OperationLine.Operation {
    /// The paths that the line names, in the order of its words.
    public var paths: [Path] {
        switch self {
        case .open(let path, _, _, _, _), .removeTree(let path): [path]
        case .call(let call), .descriptorCall(let call): call.paths
        case .readWhole, .remount, .user: []
        }
    }
}

extension SystemCall {
    /// The paths of the call, in the order of its arguments.
    public var paths: [Path] {
        switch self {
        case .open(let path, _, _), .truncate(let path, _), .unlink(let path), .rmdir(let path), .mkdir(let path, _),
            .mknod(let path, _, _, _), .bind(let path, _), .symlink(_, let path), .readlink(let path),
            .readdir(let path), .linkDescriptor(_, let path):
            [path]
        case .link(let old, let new, _), .rename(let old, let new, _): [old, new]
        case .chmod(let operand, _), .chown(let operand, _, _), .utimens(let operand, _, _),
            .setxattr(let operand, _, _, _), .getxattr(let operand, _), .removexattr(let operand, _),
            .stat(let operand), .access(let operand, _):
            [operand.path]
        case .close, .read, .write, .pread, .pwrite, .ftruncate, .fallocate, .copyFileRange, .fchmod, .fchown: []
        }
    }
}
