internal import LayerModel

/// open(2): the kernel's open_last_lookups(), do_open() and may_open(), then ovl_open().
extension Overlay2.Call {
    mutating func open(_ path: Path, _ flags: OpenFlags) throws {
        if flags.contains(.path) { return try openPlace(path, flags) }
        if flags.contains(.temporary) { return try openTemporary(path, flags) }
        let resolution: Resolution
        if flags.contains(.create) {
            if flags.contains(.directory) { throw Errno.EINVAL }
            resolution = try resolveForCreation(path, flags)
            guard resolution.node != nil else {
                try require([.write, .execute], on: resolution.parent)
                return create(resolution, size: 0)
            }
            if flags.contains(.exclusive) { throw Errno.EEXIST }
            if resolution.node?.isDirectory == true { throw Errno.EISDIR }
            try checkSticky(resolution)
        } else {
            resolution = try resolve(path, flags.contains(.noFollow) ? .noFollow : .follow)
        }
        let node = try resolution.existing()
        if flags.contains(.directory), !node.isDirectory { throw Errno.ENOTDIR }
        try checkAccess(to: node, flags)
        try openSpecial(node, flags)
        // A copy-up at the open, not at the first write; O_TRUNC alone is enough, and then no data is copied.
        guard node.entry.kind == .file, flags.isWritable || flags.contains(.truncate) else { return }
        guard holds(.openForWritingCopiesUp) else { return }
        let isCut = flags.contains(.truncate) && holds(.truncatingOpenCopiesNoData)
        copyUp(node, in: resolution.directories, size: isCut ? 0 : nil)
    }

    /// O_CREAT: a slash at the end is EISDIR before anybody looks whether the name exists.
    private mutating func resolveForCreation(_ path: Path, _ flags: OpenFlags) throws -> Resolution {
        let follows = flags.isDisjoint(with: [.noFollow, .exclusive])
        let resolution = try resolve(path, follows ? .create : .name)
        if resolution.demandsDirectory, resolution.lastName == .normal { throw Errno.EISDIR }
        _ = try resolution.found()
        return resolution
    }

    /// O_PATH: a place in the tree, without a permission on what stands there.
    private mutating func openPlace(_ path: Path, _ flags: OpenFlags) throws {
        let node = try resolve(path, flags.contains(.noFollow) ? .noFollow : .follow).existing()
        // O_TMPFILE has the bit of O_DIRECTORY in it.
        if !flags.isDisjoint(with: [.directory, .temporary]), !node.isDirectory { throw Errno.ENOTDIR }
    }

    /// O_TMPFILE: a file without a name in a directory of the upper layer.
    private mutating func openTemporary(_ path: Path, _ flags: OpenFlags) throws {
        guard flags.isWritable, !flags.contains(.create) else { throw Errno.EINVAL }
        let resolution = try resolve(path, flags.contains(.noFollow) ? .noFollow : .follow)
        let directory = try resolution.existing()
        guard directory.isDirectory else { throw Errno.ENOTDIR }
        try require([.write, .execute], on: directory)
        copyUp(directories: resolution.directories + [directory])
    }

    /// may_create_in_sticky(): an O_CREAT that means to make a file in a shared directory must not come upon one that
    /// somebody else laid there.
    private func checkSticky(_ resolution: Resolution) throws {
        let directory = resolution.parent.entry
        guard let entry = resolution.node?.entry, directory.permissions & 0o1000 != 0 else { return }
        let level: UInt8 =
            switch entry.kind {
            case .file: rules.protections.regularFiles
            case .fifo: rules.protections.fifos
            default: 1
            }
        guard level > 0, entry.uid != directory.uid, entry.uid != credentials.uid else { return }
        if directory.permissions & 0o002 != 0 { throw Errno.EACCES }
        if directory.permissions & 0o020 != 0, level > 1 { throw Errno.EACCES }
    }

    /// may_open(): what the type and the mode bits refuse.
    private func checkAccess(to node: UnionNode, _ flags: OpenFlags) throws {
        var access: Access = flags.contains(.writeOnly) ? [] : .read
        if flags.isWritable || flags.contains(.truncate) { access.insert(.write) }
        if node.entry.kind == .symlink { throw Errno.ELOOP }
        if node.isDirectory, access.contains(.write) { throw Errno.EISDIR }
        try require(access, on: node)
    }

    /// FIFOs, sockets and devices are opened where they are: what is behind them is in no layer.
    private func openSpecial(_ node: UnionNode, _ flags: OpenFlags) throws {
        switch node.entry.kind {
        case .file, .directory, .symlink, .whiteout: break
        case .socket: throw Errno.ENXIO
        case .fifo:
            if flags.isSuperset(of: [.writeOnly, .nonBlocking]) {
                throw Unmodelled("it depends on whether another process reads from the FIFO")
            }
        case .characterDevice, .blockDevice:
            // The memory devices null, zero, full, random and urandom are on every host (mem(4), null(4), random(4)).
            guard node.entry.kind == .characterDevice, let device = node.entry.device, device.major == 1,
                [3, 5, 7, 8, 9].contains(device.minor)
            else { throw Unmodelled("it depends on the device's driver") }
        }
    }
}
