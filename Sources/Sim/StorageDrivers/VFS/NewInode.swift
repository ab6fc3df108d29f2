internal import LayerModel

/// The attributes that a call gives to an object: the kernel's fs/inode.c (inode_init_owner(), mode_strip_sgid()),
/// fs/attr.c (setattr_prepare(), setattr_should_drop_suidgid()) and fs/open.c (chown_common()).
extension VirtualFilesystem {
    /// A new object of the caller's own, in a directory that may hand down its group.
    func newInode(
        _ kind: NodeKind, mode: UInt16, in directory: NodeID, _ body: Inode.Body, _ caller: Credentials
    ) -> Inode {
        let parent = driver.attributes(of: directory)
        var mode = mode & 0o7777
        var gid = caller.gid
        let inherits = parent.permissions & 0o2000 != 0 && holds(.setGroupDirectoryHandsDownItsGroup)
        if inherits {
            gid = parent.gid
            let isKept = caller.keepsSetGroupID(of: gid) || !holds(.newSetGroupIDNeedsTheGroup)
            if kind != .directory, mode & 0o2010 == 0o2010, !isKept { mode &= ~0o2000 }
        }
        // mkdir(2) takes the permissions and the sticky bit alone.
        if kind == .directory, holds(.directoryModeHasNoSetIDs) { mode &= 0o1777 }
        if inherits, kind == .directory { mode |= 0o2000 }
        if kind == .symlink { mode = 0o777 }
        var inode = Inode(InodeAttributes(kind: kind, permissions: mode, uid: caller.uid, gid: gid), body)
        inode.accessed = clock
        inode.modified = clock
        return inode
    }

    /// The set-id bits that a change by the caller takes away. The set-group-id bit without the group's right to execute
    /// is a mark for mandatory locking, which stays for a member of the group (setattr_should_drop_sgid()).
    func droppedSetIDs(_ attributes: InodeAttributes, _ caller: Credentials) -> UInt16 {
        guard attributes.permissions & 0o2000 != 0 else { return 0o4000 }
        let isMark = attributes.permissions & 0o010 == 0
        return isMark && caller.keepsSetGroupID(of: attributes.gid) ? 0o4000 : 0o6000
    }

    /// What a write takes away: set-ids stay only if the caller has CAP_FSETID, file capabilities never
    /// (file_remove_privs()).
    func removedPrivileges(of node: NodeID, _ caller: Credentials) -> AttributeChange? {
        let attributes = driver.attributes(of: node)
        var change = AttributeChange()
        if attributes.permissions & 0o6000 != 0, !caller.has(.fileSetID), holds(.truncationDropsSetIDs) {
            change.droppedSetIDs = droppedSetIDs(attributes, caller) & attributes.permissions
        }
        let capability = driver.xattr("security.capability", of: node)
        change.dropsCapability = capability != nil && holds(.changeDropsFileCapability)
        return change.droppedSetIDs == 0 && !change.dropsCapability ? nil : change
    }
}
