internal import LayerModel

/// open(2): the kernel's open_last_lookups(), do_open() and may_open().
extension VirtualFilesystem {
    mutating func open(
        _ path: Path, _ flags: OpenFlags, mode: UInt16, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) -> Descriptor {
        if flags.contains(.path) { return descriptors.add(try openPlace(path, flags, caller), &driver) }
        if flags.contains(.temporary) { return try openTemporary(path, flags, mode: mode, caller, &account) }
        let found: Walk
        if flags.contains(.create) {
            try refuse(.EINVAL, .directoryIsNotOpenedToBeMade, if: flags.contains(.directory))
            found = try walkForCreation(path, flags, caller)
            guard found.node != nil else {
                try requireChange(of: found.parent, caller)
                let inode = newInode(.file, mode: mode, in: found.parent, .file(FileData()), caller)
                let (node, dentry) = try create(inode, found, path, &account)
                account.cost.sharesPageCache = false
                return descriptors.add(OpenFile(node: node, dentry: dentry, kind: .file, flags: flags), &driver)
            }
            try refuse(.EEXIST, .exclusiveNameIsFree, if: flags.contains(.exclusive))
            let isDirectory = found.node.map { driver.attributes(of: $0).kind } == .directory
            try refuse(.EISDIR, .existingDirectoryIsNotCreated, if: isDirectory)
            try checkSticky(found, caller)
        } else {
            found = try walk(path, flags.contains(.noFollow) ? .noFollow : .follow, caller)
        }
        let object = try existing(found)
        try refuse(.ENOTDIR, .directoryWasAskedFor, if: flags.contains(.directory) && !object.isDirectory)
        try checkAccess(to: object, flags, caller)
        try openSpecial(object, flags)
        if object.kind == .file {
            if found.isDirect { account.know(object.dentry, path) }
            try driver.open(object.node, at: object.dentry, flags, &account)
            if flags.contains(.truncate) { try cut(object, size: 0, caller, &account) }
            account.cost.sharesPageCache = driver.sharesPageCache(object.node)
        }
        return descriptors.add(
            OpenFile(node: object.node, dentry: object.dentry, kind: object.kind, flags: flags), &driver)
    }

    /// O_CREAT: a slash at the end is EISDIR before anybody looks whether the name exists.
    private mutating func walkForCreation(
        _ path: Path, _ flags: OpenFlags, _ caller: Credentials
    ) throws(Errno) -> Walk {
        let follows = flags.isDisjoint(with: [.noFollow, .exclusive])
        let walk = try walk(path, follows ? .create : .name, caller)
        let endsInSlash = walk.demandsDirectory && walk.lastName == .normal
        try refuse(.EISDIR, .createdNameHasNoSlash, if: endsInSlash)
        _ = try walk.found()
        return walk
    }

    /// O_PATH: a place in the tree, without a permission on what stands there.
    private mutating func openPlace(
        _ path: Path, _ flags: OpenFlags, _ caller: Credentials
    ) throws(Errno) -> OpenFile {
        let walk = try walk(path, flags.contains(.noFollow) ? .noFollow : .follow, caller)
        let object = try existing(walk)
        // O_TMPFILE has the bit of O_DIRECTORY in it.
        let asksForDirectory = !flags.isDisjoint(with: [.directory, .temporary])
        try refuse(.ENOTDIR, .placeIsADirectory, if: asksForDirectory && !object.isDirectory)
        return OpenFile(node: object.node, dentry: object.dentry, kind: object.kind, flags: .path)
    }

    /// O_TMPFILE: a file without a name.
    private mutating func openTemporary(
        _ path: Path, _ flags: OpenFlags, mode: UInt16, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) -> Descriptor {
        try refuse(.EINVAL, .temporaryIsWritten, if: !flags.isWritable || flags.contains(.create))
        let found = try walk(path, flags.contains(.noFollow) ? .noFollow : .follow, caller)
        let directory = try existing(found)
        if try isImpossible(.ENOTDIR, .temporaryLiesInADirectory, if: !directory.isDirectory) {
            return descriptors.add(
                OpenFile(node: directory.node, dentry: directory.dentry, kind: directory.kind, flags: .path), &driver)
        }
        try requireChange(of: directory.node, caller)
        if found.isDirect { account.know(directory.dentry, path) }
        let inode = newInode(.file, mode: mode, in: directory.node, .file(FileData()), caller)
        let node = try driver.makeTemporary(inode, in: directory.node, &account)
        account.cost.sharesPageCache = false
        var file = OpenFile(
            node: node, dentry: Dentry(parent: directory.node, name: .unknown), kind: .file, flags: flags)
        file.isLinkable = !flags.contains(.exclusive)
        let number = descriptors.add(file, &driver)
        driver.release(node)
        return number
    }

    /// may_create_in_sticky(): an O_CREAT that means to make a file in a shared directory must not come upon one that
    /// somebody else laid there.
    @inline(__always) private func checkSticky(_ walk: Walk, _ caller: Credentials) throws(Errno) {
        let directory = driver.attributes(of: walk.parent)
        guard let node = walk.node, directory.permissions & 0o1000 != 0 else { return }
        let attributes = driver.attributes(of: node)
        let level: UInt8 =
            switch attributes.kind {
            case .file: protections.regularFiles
            case .fifo: protections.fifos
            default: 1
            }
        guard level > 0, attributes.uid != directory.uid, attributes.uid != caller.uid else { return }
        let isOpenToGroup = directory.permissions & 0o020 != 0 && level > 1
        try refuse(
            .EACCES, .protectedFileIsNotCreated, if: directory.permissions & 0o002 != 0 || isOpenToGroup)
    }

    /// may_open(): what the type and the mode bits refuse.
    @inline(__always) private func checkAccess(to object: Object, _ flags: OpenFlags, _ caller: Credentials)
        throws(Errno)
    {
        var access: Access = flags.contains(.writeOnly) ? [] : .read
        if flags.isWritable || flags.contains(.truncate) { access.insert(.write) }
        try refuse(.ELOOP, .linkIsNotOpened, if: object.kind == .symlink)
        try refuse(.EISDIR, .directoryIsNotWritten, if: object.isDirectory && access.contains(.write))
        try refuse(.EACCES, .modeBitsAreAsked, if: !caller.permits(access, on: object.attributes))
    }

    /// FIFOs, sockets and devices are opened where they are: what is behind them is in no layer. Opening a FIFO never
    /// blocks.
    private func openSpecial(_ object: Object, _ flags: OpenFlags) throws(Errno) {
        switch object.kind {
        case .file, .directory, .symlink: break
        case .socket: try refuse(.ENXIO, .socketIsNotOpened, if: true)
        case .fifo:
            guard flags.contains(.writeOnly), !descriptors.isRead(object.node) else { return }
            try refuse(.ENXIO, .fifoHasAReader, if: true)
        case .characterDevice, .blockDevice, .whiteout:
            guard MemoryDevice(object.kind, driver.device(of: object.node)) != nil else { throw .ENXIO }
        }
    }
}

/// The devices that are on every host: null(4), zero(4), full(4), random(4). Any other is taken to have no driver.
enum MemoryDevice: UInt32 {
    case null = 3
    case zero = 5
    case full = 7
    case random = 8
    case urandom = 9

    init?(_ kind: NodeKind, _ number: DeviceNumber?) {
        guard kind == .characterDevice, let number, number.major == 1, let device = Self(rawValue: number.minor)
        else { return nil }
        self = device
    }
}
