internal import LayerModel

/// mkdir(2), mknod(2), symlink(2), link(2) and bind(2): the kernel's filename_create() and may_create(), then
/// ovl_create_or_link().
extension Overlay2.Call {
    mutating func makeDirectory(_ path: Path, mode: UInt16) throws {
        let resolution = try resolveNewName(path, mayEndInSlash: true)
        try requireChange(of: resolution.parent)
        create(resolution, newEntry(.directory, mode: mode, in: resolution.parent))
    }

    mutating func makeNode(_ path: Path, _ kind: NodeKind, mode: UInt16, _ device: DeviceNumber?) throws {
        switch kind {
        case .directory: try refuse(.EPERM, .mknodMakesNoDirectory, if: true)
        case .symlink: throw Errno.EINVAL
        case .file, .fifo, .socket, .characterDevice, .blockDevice, .whiteout: break
        }
        let resolution = try resolveNewName(path)
        try requireChange(of: resolution.parent)
        let zero = device == nil || device == DeviceNumber(major: 0, minor: 0)
        let isWhiteout = kind == .whiteout || kind == .characterDevice && zero
        let isDevice = kind == .characterDevice || kind == .blockDevice
        try refuse(.EPERM, .deviceTakesCapability, if: isDevice && !isWhiteout && !credentials.has(.makeNode))
        // A process inside must not be able to forge overlayfs's own mark (ovl_mknod()).
        try refuse(.EPERM, .whiteoutCannotBeForged, if: isWhiteout)
        create(resolution, newEntry(kind, mode: mode, in: resolution.parent, device: isDevice ? device : nil))
    }

    mutating func makeLink(_ path: Path, to target: ByteString) throws {
        try refuse(.ENOENT, .linkPointsSomewhere, if: target.isEmpty)
        try refuse(.ENAMETOOLONG, .targetFitsAPage, if: target.count > 4095)
        let resolution = try resolveNewName(path)
        try requireChange(of: resolution.parent)
        var entry = newEntry(.symlink, mode: 0o777, in: resolution.parent)
        entry.target = target
        entry.size = Int64(target.count)
        create(resolution, entry)
    }

    mutating func bind(_ path: Path, mode: UInt16) throws {
        do {
            let resolution = try resolveNewName(path)
            try requireChange(of: resolution.parent)
            create(resolution, newEntry(.socket, mode: mode, in: resolution.parent))
        } catch let error as Errno where error == .EEXIST && holds(.takenAddressIsInUse) {
            throw Errno.EADDRINUSE
        }
    }

    mutating func link(_ old: Path, _ new: Path, followsSource: Bool) throws {
        let source = try resolve(old, followsSource ? .follow : .noFollow)
        try link(existing(source), in: source.directories, new)
    }

    /// What a descriptor refers to: nobody's permission is asked on the way there.
    mutating func link(_ file: DescriptorTarget, _ new: Path, _ spelling: DescriptorTarget.Spelling) throws {
        // path_init(): else the file has to have been opened with the very credentials that the caller has now.
        if spelling == .emptyPath, !credentials.has(.dacReadSearch) {
            throw Unmodelled("it depends on whether the caller opened the file itself, as who it is now")
        }
        switch file {
        case .named(let path):
            let source = try existing(Operand(path, .descriptor))
            try link(source.node, in: source.directories, new)
        case .nameless(let entry, let isLinkable):
            let target = try placeOfLink(to: entry, new)
            // vfs_link(): what has lost its last name gets no other, unless it was made without one.
            try refuse(.ENOENT, .namelessFileIsLinkable, if: !isLinkable)
            makeLink(to: entry, target)
            change(.put(target.path, entry))
        }
    }

    private mutating func link(_ node: UnionNode, in directories: [UnionNode], _ new: Path) throws {
        let target = try placeOfLink(to: node.entry, new)
        if holds(.linkCopiesUp) { copyUp(node, in: directories) }
        makeLink(to: node.entry, target)
        change(.link(node.path, target.path))
    }

    /// The checks of do_linkat() and vfs_link().
    private mutating func placeOfLink(to entry: LayerEntry, _ new: Path) throws -> Resolution {
        let target = try resolveNewName(new)
        try checkHardLink(to: entry)
        try requireChange(of: target.parent)
        try refuse(.EPERM, .directoryHasOneName, if: entry.kind == .directory)
        return target
    }

    private mutating func makeLink(to entry: LayerEntry, _ target: Resolution) {
        copyUp(directories: target.directories)
        add(.create, target.path, size: entry.kind == .file ? entry.size : nil)
    }

    /// may_linkat(): `fs.protected_hardlinks` allows a link to one's own file, or to one that is harmless.
    private func checkHardLink(to entry: LayerEntry) throws {
        guard rules.protections.hardLinks, !credentials.actsAsOwner(of: entry) else { return }
        let isSetGroup = entry.permissions & 0o2010 == 0o2010
        let isHarmless =
            entry.kind == .file && entry.permissions & 0o4000 == 0 && !isSetGroup
            && credentials.permits([.read, .write], on: entry)
        try refuse(.EPERM, .protectedFileIsNotLinked, if: !isHarmless)
    }

    /// A name that must be free.
    private mutating func resolveNewName(_ path: Path, mayEndInSlash: Bool = false) throws -> Resolution {
        let resolution = try resolve(path, .name)
        if resolution.lastName != .normal { throw Errno.EEXIST }
        try refuse(.EEXIST, .newNameIsFree, if: resolution.found() != nil)
        try refuse(.ENOENT, .newFileHasNoSlash, if: resolution.demandsDirectory && !mayEndInSlash)
        return resolution
    }

    /// Makes the name in the upper layer. A directory that takes the place of a whiteout must go on hiding what the
    /// whiteout hid (ovl_create_over_whiteout()); one over a whiteout of a lower layer need not.
    mutating func create(_ resolution: Resolution, _ entry: LayerEntry) {
        var entry = entry
        copyUp(directories: resolution.directories)
        add(.create, resolution.path, size: entry.kind == .file ? 0 : nil)
        if entry.kind == .directory, resolution.whiteout == .upper, holds(.directoryOverWhiteoutIsOpaque) {
            add(.opaque, resolution.path)
            entry.isOpaque = true
        }
        change(.put(resolution.path, entry))
    }
}
