internal import LayerModel

/// The attributes that a call gives to an object: the kernel's fs/inode.c (inode_init_owner(), mode_strip_sgid()),
/// fs/attr.c (setattr_prepare(), setattr_should_drop_suidgid()) and fs/open.c (chown_common()).
extension Overlay2.Call {
    /// A new object of the caller's own, in a directory that may hand down its group.
    func newEntry(_ kind: NodeKind, mode: UInt16, in parent: UnionNode, device: DeviceNumber? = nil) -> LayerEntry {
        var mode = mode
        var gid = credentials.gid
        let inherits = parent.entry.permissions & 0o2000 != 0 && holds(.setGroupDirectoryHandsDownItsGroup)
        if inherits {
            gid = parent.entry.gid
            let isKept = credentials.keepsSetGroupID(of: gid) || !holds(.newSetGroupIDNeedsTheGroup)
            if kind != .directory, mode & 0o2010 == 0o2010, !isKept { mode &= ~0o2000 }
        }
        if holds(.newModeIsMasked) { mode &= ~umask }
        // mkdir(2) takes the permissions and the sticky bit alone.
        if kind == .directory, holds(.directoryModeHasNoSetIDs) { mode &= 0o1777 }
        if inherits, kind == .directory { mode |= 0o2000 }
        if kind == .symlink { mode = 0o777 }
        return LayerEntry(
            kind: kind, permissions: mode & 0o7777, uid: credentials.uid, gid: gid, device: device, attributes: [])
    }

    /// chmod(2): whoever is not in the group may not set the set-group-id bit, which is silently left out.
    func changed(_ entry: LayerEntry, mode: UInt16) -> LayerEntry {
        var entry = entry
        let isKept = credentials.keepsSetGroupID(of: entry.gid) || !holds(.setGroupIDNeedsTheGroup)
        entry.permissions = mode & (isKept ? 0o7777 : 0o5777)
        return entry
    }

    /// chown(2): anything but a directory loses its set-ids and its file capabilities.
    func changed(_ entry: LayerEntry, uid: UInt32?, gid: UInt32?) -> LayerEntry {
        var entry = entry
        if entry.kind != .directory, holds(.newOwnerDropsSetIDs) { dropSetIDs(of: &entry) }
        if entry.kind != .directory { dropCapability(of: &entry) }
        entry.uid = uid ?? entry.uid
        entry.gid = gid ?? entry.gid
        return entry
    }

    /// truncate(2) and O_TRUNC: set-ids stay only if the caller has CAP_FSETID.
    func changed(_ entry: LayerEntry, size: Int64) -> LayerEntry {
        var entry = entry
        if !credentials.has(.fileSetID), holds(.truncationDropsSetIDs) { dropSetIDs(of: &entry) }
        dropCapability(of: &entry)
        entry.size = size
        return entry
    }

    /// The set-group-id bit without the group's right to execute is a mark for mandatory locking, which stays for a
    /// member of the group.
    private func dropSetIDs(of entry: inout LayerEntry) {
        let isMark = entry.permissions & 0o010 == 0
        entry.permissions &= ~0o4000
        if !isMark || !credentials.keepsSetGroupID(of: entry.gid) { entry.permissions &= ~0o2000 }
    }

    private func dropCapability(of entry: inout LayerEntry) {
        guard holds(.changeDropsFileCapability) else { return }
        entry.attributes?.removeAll { $0 == "security.capability" }
    }
}
