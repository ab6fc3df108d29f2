internal import LayerModel

/// mkdir(2), mknod(2), symlink(2), link(2) and bind(2): the kernel's filename_create() and may_create().
extension VirtualFilesystem {
    mutating func makeDirectory(
        _ path: Path, mode: UInt16, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        let walk = try walkToNewName(path, mayEndInSlash: true, caller)
        try requireChange(of: walk.parent, caller)
        try create(newInode(.directory, mode: mode, in: walk.parent, .directory(0), caller), walk, path, &account)
    }

    mutating func makeNode(
        _ path: Path, _ kind: NodeKind, mode: UInt16, _ device: DeviceNumber?, _ caller: Credentials,
        _ account: inout Account
    ) throws(Errno) {
        switch kind {
        case .directory: try refuse(.EPERM, .mknodMakesNoDirectory, if: true)
        case .symlink: throw .EINVAL
        case .file, .fifo, .socket, .characterDevice, .blockDevice, .whiteout: break
        }
        let walk = try walkToNewName(path, caller)
        try requireChange(of: walk.parent, caller)
        let device = device ?? DeviceNumber(major: 0, minor: 0)
        let isWhiteout =
            kind == .whiteout || kind == .characterDevice && device == DeviceNumber(major: 0, minor: 0)
        let isDevice = kind == .characterDevice || kind == .blockDevice
        try refuse(.EPERM, .deviceTakesCapability, if: isDevice && !isWhiteout && !caller.has(.makeNode))
        let body: Inode.Body = kind == .file ? .file(FileData()) : isDevice || isWhiteout ? .device(device) : .special
        let inode = newInode(isWhiteout ? .whiteout : kind, mode: mode, in: walk.parent, body, caller)
        try create(inode, walk, path, &account)
    }

    mutating func makeLink(
        _ path: Path, to target: String, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        try refuse(.ENOENT, .linkPointsSomewhere, if: target.isEmpty)
        try refuse(.ENAMETOOLONG, .targetFitsAPage, if: ByteString(target).count > 4095)
        let walk = try walkToNewName(path, caller)
        try requireChange(of: walk.parent, caller)
        try create(newInode(.symlink, mode: 0o777, in: walk.parent, .symlink(target), caller), walk, path, &account)
    }

    mutating func bind(
        _ path: Path, mode: UInt16, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        // What a struct sockaddr_un has room for (unix(7)).
        if path.byteCount > 107 { throw .EINVAL }
        do throws(Errno) {
            let walk = try walkToNewName(path, caller)
            try requireChange(of: walk.parent, caller)
            try create(newInode(.socket, mode: mode, in: walk.parent, .special, caller), walk, path, &account)
        } catch {
            throw error == .EEXIST && holds(.takenAddressIsInUse) ? .EADDRINUSE : error
        }
    }

    mutating func link(
        _ old: Path, _ new: Path, followsSource: Bool, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        let source = try walk(old, followsSource ? .follow : .noFollow, caller)
        let object = try existing(source)
        if source.isDirect { account.know(source.dentry, old) }
        try link(object, at: new, caller, &account)
    }

    /// linkat(2) with AT_EMPTY_PATH, which takes CAP_DAC_READ_SEARCH, or through /proc/self/fd, which takes nothing.
    mutating func link(
        _ number: Descriptor, _ path: Path, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        let file = try descriptors.file(number, orPlace: true)
        let object = Object(node: file.node, dentry: file.dentry, attributes: driver.attributes(of: file.node))
        try link(object, at: path, caller, &account, isLinkable: file.isLinkable)
        descriptors.setLinked(number)
    }

    private mutating func link(
        _ object: Object, at new: Path, _ caller: Credentials, _ account: inout Account, isLinkable: Bool = false
    ) throws(Errno) {
        let target = try walkToNewName(new, caller)
        try checkHardLink(to: object.attributes, caller)
        try requireChange(of: target.parent, caller)
        try refuse(.EPERM, .directoryHasOneName, if: object.isDirectory)
        // vfs_link(): what has lost its last name gets no other, unless it was made without one.
        let links = driver.linkCount(of: object.node)
        try refuse(.ENOENT, .namelessFileIsLinkable, if: links == 0 && !isLinkable)
        let dentry = Dentry(parent: target.parent, name: newName(target))
        if target.isDirect { account.know(dentry, new) }
        try driver.link(object.node, object.dentry, at: dentry, &account)
    }

    /// may_linkat(): `fs.protected_hardlinks` allows a link to one's own file, or to one that is harmless.
    private func checkHardLink(to attributes: InodeAttributes, _ caller: Credentials) throws(Errno) {
        guard protections.hardLinks, !caller.actsAsOwner(of: attributes) else { return }
        let isSetGroup = attributes.permissions & 0o2010 == 0o2010
        let isHarmless =
            attributes.kind == .file && attributes.permissions & 0o4000 == 0 && !isSetGroup
            && caller.permits([.read, .write], on: attributes)
        try refuse(.EPERM, .protectedFileIsNotLinked, if: !isHarmless)
    }

    /// A name that must be free.
    private mutating func walkToNewName(
        _ path: Path, mayEndInSlash: Bool = false, _ caller: Credentials
    ) throws(Errno) -> Walk {
        let walk = try walk(path, .name, caller)
        if walk.lastName != .normal { throw .EEXIST }
        try refuse(.EEXIST, .newNameIsFree, if: walk.found() != nil)
        try refuse(.ENOENT, .newFileHasNoSlash, if: walk.demandsDirectory && !mayEndInSlash)
        return walk
    }

    @discardableResult
    mutating func create(
        _ inode: Inode, _ walk: Walk, _ path: Path, _ account: inout Account
    ) throws(Errno) -> (node: NodeID, dentry: Dentry) {
        let dentry = Dentry(parent: walk.parent, name: newName(walk))
        if walk.isDirect { account.know(dentry, path) }
        return (try driver.create(inode, at: dentry, &account), dentry)
    }
}
