internal import LayerModel

/// fs/overlayfs/dir.c: names that come and go.
extension OverlayFilesystem {
    mutating func create(_ inode: Inode, at dentry: Dentry, _ account: inout Account) throws(Errno) -> NodeID {
        // A process inside must not be able to forge overlayfs's own mark (ovl_mknod()).
        if inode.isWhiteout, holds(.whiteoutCannotBeForged) { throw .EPERM }
        let parent = upperDirectory(dentry.parent, &account)
        try checkNamed(parent)
        if !hidden.isEmpty, hidden.contains(dentry) { throw .ESTALE }
        if let target = inode.target, ByteString(target).isLonger(than: backing.longestTarget) { throw .ENAMETOOLONG }
        account.add(.create, dentry, size: inode.attributes.kind == .file ? 0 : nil, in: self)
        var inode = inode
        let isDirectory = inode.isDirectory
        if isDirectory {
            // What takes the place of a whiteout must go on hiding what the whiteout hid; one over a whiteout of a lower
            // layer need not (ovl_create_over_whiteout()).
            let isOverWhiteout = upperWhiteout(at: dentry.name, in: parent) && holds(.directoryOverWhiteoutIsOpaque)
            let isInMerged =
                isMerged(dentry.parent) && !options.allowsOfflineChanges && holds(.newDirectoryInAMergedOneIsOpaque)
            if isOverWhiteout || isInMerged {
                account.add(.opaque, dentry, in: self)
                account.cost.metadata += 1
                inode.marks.insert(.opaque)
            }
        }
        removeWhiteout(at: dentry.name, in: parent)
        let id = upper.make(inode)
        upper.attach(id, dentry.name, in: parent)
        account.cost.metadata += 2
        let node = make(Node(upper: id), isDirectory: isDirectory, at: dentry)
        remember(node, at: dentry)
        return node
    }

    mutating func makeTemporary(
        _ inode: Inode, in directory: NodeID, _ account: inout Account
    ) throws(Errno) -> NodeID {
        if holds(.temporaryNeedsUpperDirectory) { upperDirectory(directory, &account) }
        let id = upper.make(inode)
        account.cost.metadata += 1
        let node = make(Node(upper: id), isDirectory: false, at: Dentry(parent: directory, name: .unknown))
        hold(node)
        return node
    }

    mutating func link(
        _ node: NodeID, _ source: Dentry, at dentry: Dentry, _ account: inout Account
    ) throws(Errno) {
        let id = try copyUp(node, at: source, isSilent: !holds(.linkCopiesUp), &account)
        let parent = upperDirectory(dentry.parent, &account)
        if upper[id].marks.contains(.metacopy), try redirect(node, source, isSameParent: false, &account) {
            account.add(.redirect, source, in: self)
        }
        try checkNamed(parent)
        if !hidden.isEmpty, hidden.contains(dentry) { throw .ESTALE }
        if upper[id].links >= backing.mostLinks { throw .EMLINK }
        let size = upper[id].attributes.kind == .file ? upper[id].size : nil
        account.add(.create, dentry, size: size, in: self)
        if upper[id].marks.contains(.redirect) { account.add(.redirect, dentry, in: self) }
        removeWhiteout(at: dentry.name, in: parent)
        upper.attach(id, dentry.name, in: parent)
        account.cost.metadata += 1
        self[node].names += 1
        countLink(of: node, 1)
        // The kernel looks a further name up anew (ovl_instantiate()), and may come to another object.
        if isSplit(node) { forget(dentry) } else { remember(node, at: dentry) }
    }

    /// Whether the kernel takes a further name for another object: what was copied up and has no attribute `origin`, as
    /// only files and directories have attributes of users, is known by its lower object under one name and by its upper
    /// one under others.
    @inline(__always) func isSplit(_ node: NodeID) -> Bool {
        let lower = self[node].lower
        guard options.userXattr, holds(.copyWithoutOriginIsAnotherFile), lower != .none, !isHardLinked(lower) else {
            return false
        }
        return attributes(of: node).kind != .file
    }

    mutating func unlink(_ node: NodeID, at dentry: Dentry, _ account: inout Account) throws(Errno) {
        try remove(node, dentry, &account)
    }

    mutating func removeDirectory(_ node: NodeID, at dentry: Dentry, _ account: inout Account) throws(Errno) {
        if upperObject(of: node) == .none || hasLower(node) || lowerHolder(of: dentry) != nil {
            try checkMergedEmpty(node)
        } else {
            try checkUpperEmpty(node)
        }
        try remove(node, dentry, &account)
    }

    /// Takes the name out of the upper layer, and leaves a whiteout where a lower layer would show it again
    /// (ovl_do_remove()).
    private mutating func remove(_ node: NodeID, _ dentry: Dentry, _ account: inout Account) throws(Errno) {
        let parent = upperDirectory(dentry.parent, &account)
        let wasInUpper = isInUpper(node, dentry)
        // The index must count the names (ovl_nlink_start()).
        if !wasInUpper, needsIndex(node) { try copyUp(node, at: dentry, isSilent: true, &account) }
        try checkMatch(node, dentry)
        if upperObject(of: node) != .none {
            if wasInUpper, holds(.removalTakesTheNameAway) { account.add(.remove, dentry, in: self) }
            upper.detach(dentry.name, in: parent)
            readAttributes(of: node)
            account.cost.metadata += 1
        }
        dropLink(of: node)
        countLink(of: node, -1)
        if upperObject(of: node) == .none, self[node].holds > 1 { lost[dentry] = false }
        if let hidden = lowerHolder(of: dentry), holds(.removingLowerLeavesWhiteout) {
            hide(dentry, hidden, in: parent, &account)
        }
        loseName(dentry)
    }

    /// ovl_matches_upper(): what an open file's copy-up has taken the place of is found under its name still, and cannot be
    /// taken away from there.
    @inline(__always) func checkMatch(_ node: NodeID, _ dentry: Dentry) throws(Errno) {
        let (held, parent) = (upperObject(of: node), upperObject(of: dentry.parent))
        guard held != .none, parent != .none, holds(.replacedNameIsStale) else { return }
        if upper.child(dentry.name, of: parent) != held { throw .ESTALE }
    }

    /// A directory that an open one has taken the place of holds nothing new.
    @inline(__always) func checkNamed(_ directory: InodeID) throws(Errno) {
        if directory != FileTree.root, upper.withInode(directory, { $0.links == 0 }) { throw .ENOENT }
    }

    @inline(__always) func needsIndex(_ node: NodeID) -> Bool {
        let lower = self[node].lower
        return options.index && self[node].directory == .max && lower != .none && isHardLinked(lower)
    }

    /// The mark that RENAME_WHITEOUT leaves is made by the upper filesystem, in the directory as any other object; by
    /// XFS in the directory that the object moves to (xfs_rename_alloc_whiteout()), whose group it may get.
    mutating func leaveWhiteout(
        _ dentry: Dentry, _ hidden: LayerID, in parent: InodeID, movedTo target: InodeID, _ account: inout Account
    ) {
        account.add(.whiteout, dentry, layer: hidden, in: self)
        let place = upper[backing == .xfs ? target : parent].attributes
        let inherits = place.permissions & 0o2000 != 0 && holds(.whiteoutOfARenameIsMadeInItsDirectory)
        let gid = inherits ? place.gid : 0
        let attributes = InodeAttributes(kind: .whiteout, permissions: 0, uid: 0, gid: gid)
        let mark = upper.make(Inode(attributes, .device(DeviceNumber(major: 0, minor: 0))))
        upper.attach(mark, dentry.name, in: parent)
        account.cost.metadata += 2
    }

    mutating func hide(_ dentry: Dentry, _ hidden: LayerID, in parent: InodeID, _ account: inout Account) {
        account.add(.whiteout, dentry, layer: hidden, in: self)
        if whiteout == .none {
            let attributes = InodeAttributes(kind: .whiteout, permissions: 0, uid: 0, gid: 0)
            whiteout = upper.make(Inode(attributes, .device(DeviceNumber(major: 0, minor: 0))))
            upper.hold(whiteout)
            account.cost.metadata += 1
        }
        upper.attach(whiteout, dentry.name, in: parent)
        account.cost.metadata += 1
    }

    @inline(__always) func upperWhiteout(at name: Name, in parent: InodeID) -> Bool {
        upper.child(name, of: parent).map { upper[$0].isWhiteout } ?? false
    }

    mutating func removeWhiteout(at name: Name, in parent: InodeID) {
        if upperWhiteout(at: name, in: parent) { upper.detach(name, in: parent) }
    }
}
