internal import LayerModel

/// open(2): the kernel's open_last_lookups(), do_open() and may_open(), then ovl_open().
extension Overlay2.Call {
    mutating func open(_ path: Path, _ flags: OpenFlags, mode: UInt16) throws {
        if flags.contains(.path) { return try openPlace(path, flags) }
        if flags.contains(.temporary) { return try openTemporary(path, flags) }
        let resolution: Resolution
        if flags.contains(.create) {
            try refuse(.EINVAL, .directoryIsNotOpenedToBeMade, if: flags.contains(.directory))
            resolution = try resolveForCreation(path, flags)
            guard resolution.node != nil else {
                try requireChange(of: resolution.parent)
                return create(resolution, newEntry(.file, mode: mode, in: resolution.parent))
            }
            try refuse(.EEXIST, .exclusiveNameIsFree, if: flags.contains(.exclusive))
            try refuse(.EISDIR, .existingDirectoryIsNotCreated, if: resolution.node?.isDirectory == true)
            try checkSticky(resolution)
        } else {
            resolution = try resolve(path, flags.contains(.noFollow) ? .noFollow : .follow)
        }
        let node = try existing(resolution)
        try refuse(.ENOTDIR, .directoryWasAskedFor, if: flags.contains(.directory) && !node.isDirectory)
        try checkAccess(to: node, flags)
        try openSpecial(node, flags)
        // A copy-up at the open, not at the first write; O_TRUNC alone is enough, and then no data is copied.
        guard node.entry.kind == .file, flags.isWritable || flags.contains(.truncate) else { return }
        guard holds(.openForWritingCopiesUp) else { return }
        let isCut = flags.contains(.truncate) && holds(.truncatingOpenCopiesNoData)
        copyUp(node, in: resolution.directories, size: isCut ? 0 : nil)
        if isCut { change(.set(node.path, changed(node.entry, size: 0))) }
    }

    /// O_CREAT: a slash at the end is EISDIR before anybody looks whether the name exists.
    private mutating func resolveForCreation(_ path: Path, _ flags: OpenFlags) throws -> Resolution {
        let follows = flags.isDisjoint(with: [.noFollow, .exclusive])
        let resolution = try resolve(path, follows ? .create : .name)
        let endsInSlash = resolution.demandsDirectory && resolution.lastName == .normal
        try refuse(.EISDIR, .createdNameHasNoSlash, if: endsInSlash)
        _ = try resolution.found()
        return resolution
    }

    /// O_PATH: a place in the tree, without a permission on what stands there.
    private mutating func openPlace(_ path: Path, _ flags: OpenFlags) throws {
        let node = try existing(resolve(path, flags.contains(.noFollow) ? .noFollow : .follow))
        // O_TMPFILE has the bit of O_DIRECTORY in it.
        let asksForDirectory = !flags.isDisjoint(with: [.directory, .temporary])
        try refuse(.ENOTDIR, .placeIsADirectory, if: asksForDirectory && !node.isDirectory)
    }

    /// O_TMPFILE: a file without a name in a directory of the upper layer.
    private mutating func openTemporary(_ path: Path, _ flags: OpenFlags) throws {
        try refuse(.EINVAL, .temporaryIsWritten, if: !flags.isWritable || flags.contains(.create))
        let resolution = try resolve(path, flags.contains(.noFollow) ? .noFollow : .follow)
        let directory = try existing(resolution)
        try refuse(.ENOTDIR, .temporaryLiesInADirectory, if: !directory.isDirectory)
        try requireChange(of: directory)
        guard holds(.temporaryNeedsUpperDirectory) else { return }
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
        let isOpenToGroup = directory.permissions & 0o020 != 0 && level > 1
        try refuse(
            .EACCES, .protectedFileIsNotCreated, if: directory.permissions & 0o002 != 0 || isOpenToGroup)
    }

    /// may_open(): what the type and the mode bits refuse.
    private func checkAccess(to node: UnionNode, _ flags: OpenFlags) throws {
        var access: Access = flags.contains(.writeOnly) ? [] : .read
        if flags.isWritable || flags.contains(.truncate) { access.insert(.write) }
        try refuse(.ELOOP, .linkIsNotOpened, if: node.entry.kind == .symlink)
        try refuse(.EISDIR, .directoryIsNotWritten, if: node.isDirectory && access.contains(.write))
        try require(access, on: node)
    }

    /// FIFOs, sockets and devices are opened where they are: what is behind them is in no layer.
    private func openSpecial(_ node: UnionNode, _ flags: OpenFlags) throws {
        switch node.entry.kind {
        case .file, .directory, .symlink, .whiteout: break
        case .socket: try refuse(.ENXIO, .socketIsNotOpened, if: true)
        case .fifo:
            guard flags.isSuperset(of: [.writeOnly, .nonBlocking]) else { return }
            guard rules.isAlone else { throw Unmodelled("it depends on whether another process reads from the FIFO") }
            try refuse(.ENXIO, .fifoHasAReader, if: true)
        case .characterDevice, .blockDevice:
            // The memory devices null, zero, full, random and urandom are on every host (mem(4), null(4), random(4)).
            guard node.entry.kind == .characterDevice, let device = node.entry.device, device.major == 1,
                [3, 5, 7, 8, 9].contains(device.minor)
            else { throw Unmodelled("it depends on the device's driver") }
        }
    }
}
