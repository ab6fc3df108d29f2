internal import LayerModel

/// mkdir(2), mknod(2), symlink(2), link(2) and bind(2): the kernel's filename_create() and may_create(), then
/// ovl_create_or_link().
extension Overlay2.Call {
    mutating func makeDirectory(_ path: Path) throws {
        let resolution = try resolveNewName(path, mayEndInSlash: true)
        try require([.write, .execute], on: resolution.parent)
        create(resolution, isDirectory: true)
    }

    mutating func makeNode(_ path: Path, _ kind: NodeKind, _ device: DeviceNumber?) throws {
        switch kind {
        case .directory: throw Errno.EPERM
        case .symlink: throw Errno.EINVAL
        case .file, .fifo, .socket, .characterDevice, .blockDevice, .whiteout: break
        }
        let resolution = try resolveNewName(path)
        try require([.write, .execute], on: resolution.parent)
        let zero = device == nil || device == DeviceNumber(major: 0, minor: 0)
        let isWhiteout = kind == .whiteout || kind == .characterDevice && zero
        if kind == .characterDevice || kind == .blockDevice, !isWhiteout, !credentials.has(.makeNode) {
            throw Errno.EPERM
        }
        // A process inside must not be able to forge overlayfs's own mark (ovl_mknod()).
        if isWhiteout { throw Errno.EPERM }
        create(resolution, size: kind == .file ? 0 : nil)
    }

    mutating func makeLink(_ path: Path, to target: String) throws {
        if target.isEmpty { throw Errno.ENOENT }
        let resolution = try resolveNewName(path)
        try require([.write, .execute], on: resolution.parent)
        create(resolution)
    }

    mutating func bind(_ path: Path) throws {
        do {
            let resolution = try resolveNewName(path)
            try require([.write, .execute], on: resolution.parent)
            create(resolution)
        } catch let error as Errno where error == .EEXIST {
            throw Errno.EADDRINUSE
        }
    }

    mutating func link(_ old: Path, _ new: Path, followsSource: Bool) throws {
        let source = try resolve(old, followsSource ? .follow : .noFollow)
        let node = try source.existing()
        let target = try resolveNewName(new)
        try checkHardLink(to: node.entry)
        try require([.write, .execute], on: target.parent)
        if node.isDirectory { throw Errno.EPERM }
        copyUp(node, in: source.directories)
        create(target, size: node.entry.kind == .file ? node.entry.size : nil)
    }

    /// may_linkat(): `fs.protected_hardlinks` allows a link to one's own file, or to one that is harmless.
    private func checkHardLink(to entry: LayerEntry) throws {
        guard rules.protections.hardLinks, !credentials.actsAsOwner(of: entry) else { return }
        let isSetGroup = entry.permissions & 0o2010 == 0o2010
        guard entry.kind == .file, entry.permissions & 0o4000 == 0, !isSetGroup,
            credentials.permits([.read, .write], on: entry)
        else { throw Errno.EPERM }
    }

    /// A name that must be free.
    private mutating func resolveNewName(_ path: Path, mayEndInSlash: Bool = false) throws -> Resolution {
        let resolution = try resolve(path, .name)
        if resolution.lastName != .normal { throw Errno.EEXIST }
        if try resolution.found() != nil { throw Errno.EEXIST }
        if resolution.demandsDirectory, !mayEndInSlash { throw Errno.ENOENT }
        return resolution
    }

    /// Makes the name in the upper layer. A directory that takes the place of a whiteout must go on hiding what the
    /// whiteout hid (ovl_create_over_whiteout()); one over a whiteout of a lower layer need not.
    mutating func create(_ resolution: Resolution, size: Int64? = nil, isDirectory: Bool = false) {
        copyUp(directories: resolution.directories)
        add(.create, resolution.path, size: size)
        if isDirectory, resolution.whiteout == .upper, holds(.directoryOverWhiteoutIsOpaque) {
            add(.opaque, resolution.path)
        }
    }
}
