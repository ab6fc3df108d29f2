internal import LayerModel

/// fs/overlayfs/inode.c, file.c and xattrs.c: attributes and data.
extension OverlayFilesystem {
    mutating func open(
        _ node: NodeID, at dentry: Dentry, _ flags: OpenFlags, _ account: inout Account
    ) throws(Errno) {
        // A copy-up at the open, not at the first write; O_TRUNC alone is enough, and then no data is copied.
        guard flags.isWritable || flags.contains(.truncate) else { return }
        let isCut = flags.contains(.truncate) && holds(.truncatingOpenCopiesNoData)
        let isSilent = !holds(.openForWritingCopiesUp)
        try copyUp(
            node, at: dentry, needsData: true, isCut: isCut, told: isCut ? 0 : nil, isSilent: isSilent, &account)
    }

    mutating func change(
        _ node: NodeID, at dentry: Dentry, _ change: AttributeChange, _ account: inout Account
    ) throws(Errno) {
        // The whole file is copied, then cut; the size told is that of the end.
        let isTooLarge = change.size.map { $0 > largestFile } ?? false
        let told = isTooLarge || !holds(.cutIsTheSizeTold) ? nil : change.size
        let isSilent = !holds(change.rule)
        let id = try copyUp(
            node, at: dentry, needsData: change.size != nil, told: told, isSilent: isSilent, &account)
        if isTooLarge { throw .EFBIG }
        var change = change
        // XFS is done at once where an empty file is to be empty and no time is asked for (xfs_setattr_size()).
        if backing == .xfs, change.size == 0, change.modified == nil, upper[id].size == 0 { change.droppedSetIDs = 0 }
        if !holds(.modeIsChanged) { change.permissions = nil }
        if !holds(.ownerIsChanged) { (change.uid, change.gid) = (nil, nil) }
        apply(change, to: id, &account)
        readAttributes(of: node)
        account.cost.metadata += 1
    }

    /// Changes an object of the upper layer; a file that is cut gives back what it stored.
    mutating func apply(_ change: AttributeChange, to id: InodeID, _ account: inout Account) {
        guard change.size != nil else { return upper[id].apply(change) }
        let (before, size) = (upper.storedBytes(of: id), upper[id].size)
        upper[id].apply(change)
        if upper[id].size < size { upper.noteCut(of: id, &account.cost) }
        account.noteStorage(of: id, in: upper, before: before)
    }

    /// What went with its last name or its last descriptor is given back.
    @inline(__always) mutating func finish(_ account: inout Account) {
        let freed = upper.takeFreed()
        guard freed != 0 else { return }
        account.cost.allocated -= freed
        account.cost.freed += freed
    }

    /// ovl_copyattr(): a call that changes an object of the upper layer reads what is remembered of it anew.
    mutating func readAttributes(of node: NodeID) {
        let held = upperObject(of: node)
        if held != .none { self[node].attributes = upper[held].attributes }
    }

    mutating func setXattr(
        _ name: String, _ value: [UInt8]?, _ flags: XattrFlags, of node: NodeID, at dentry: Dentry,
        _ account: inout Account
    ) throws(Errno) {
        let exists = xattr(name, of: node) != nil
        // The copy comes first; only then does the upper filesystem look at the name and the flags.
        // An object that was copied up under another name gets no name here for it.
        let held = upperObject(of: node)
        if !holds(.refusedAttributeCopiesUp) { try check(name, exists, flags) }
        let isSilent = value == nil && !holds(.removedAttributeCopiesUp)
        let id = held != .none ? held : try copyUp(node, at: dentry, isSilent: isSilent, &account)
        try check(name, exists, flags)
        if let value, !backing.hasRoom(for: name, value, besides: upper[id].xattrs) { throw .ENOSPC }
        if holds(value == nil ? .attributeIsRemoved : .attributeIsSet) { upper[id][xattr: name] = value }
        readAttributes(of: node)
        account.cost.metadata += 1
    }

    private func check(_ name: String, _ exists: Bool, _ flags: XattrFlags) throws(Errno) {
        if let error = XattrNamespace.error(for: name), holds(.unknownAttributeIsRefused) { throw error }
        if flags.contains(.create), exists, holds(.createdAttributeIsNew) { throw .EEXIST }
        if flags.contains(.replace), !exists, holds(.replacedAttributeExists) { throw .ENODATA }
    }

    mutating func changeData(
        of file: NodeID, at dentry: Dentry, touching range: Range<Int64>, _ account: inout Account,
        _ change: (inout FileData) -> Void
    ) {
        let id = upperObject(of: file)
        let before = upper.storedBytes(of: id)
        upper[id].changeData(change)
        if !account.isAllocation { upper.noteWrite(range, of: id, &account.cost) }
        account.noteStorage(of: id, in: upper, before: before)
        account.cost.metadata += 1
    }
}

extension AttributeChange {
    /// The rule by which the change copies up.
    fileprivate var rule: Overlay2.Rule {
        if uid != nil || gid != nil { return .ownerCopiesUp }
        return permissions != nil || droppedSetIDs != 0 ? .modeCopiesUp : .timesCopyUp
    }
}

extension Inode {
    mutating func apply(_ change: AttributeChange) {
        if let permissions = change.permissions { attributes.permissions = permissions }
        attributes.permissions &= ~change.droppedSetIDs
        if let uid = change.uid { attributes.uid = uid }
        if let gid = change.gid { attributes.gid = gid }
        if let accessed = change.accessed { self.accessed = accessed }
        if let modified = change.modified { self.modified = modified }
        if let size = change.size { changeData { $0.setSize(size) } }
        if change.dropsCapability, !xattrs.isEmpty { self[xattr: "security.capability"] = nil }
    }
}
