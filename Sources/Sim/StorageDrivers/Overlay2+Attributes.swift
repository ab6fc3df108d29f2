internal import LayerModel

/// truncate(2), chmod(2), chown(2), utimensat(2) and the inode flags: the kernel's checks in fs/open.c and
/// fs/attr.c, then ovl_setattr() and ovl_fileattr_set().
extension Overlay2.Call {
    mutating func truncate(_ path: Path, size: Int64) throws {
        try refuse(.EINVAL, .sizeIsNotNegative, if: size < 0)
        let resolution = try resolve(path, .follow)
        let node = try existing(resolution)
        try refuse(.EISDIR, .directoryIsNotCut, if: node.isDirectory)
        try refuse(.EINVAL, .onlyFilesAreCut, if: node.entry.kind != .file && !node.isDirectory)
        try refuse(.EACCES, .cuttingTakesWrite, if: !credentials.permits(.write, on: node.entry))
        // The whole file is copied, then cut; the size told is that of the end.
        copyUp(node, in: resolution.directories, size: holds(.cutIsTheSizeTold) ? size : nil)
        change(.set(node.path, changed(node.entry, size: size)))
    }

    mutating func changeMode(_ operand: Operand, _ mode: UInt16) throws {
        let (node, directories) = try existing(operand)
        try refuse(.EOPNOTSUPP, .linkHasNoMode, if: node.entry.kind == .symlink)
        try refuse(.EPERM, .ownerChangesMode, if: !credentials.actsAsOwner(of: node.entry))
        if holds(.modeCopiesUp) { copyUp(node, in: directories) }
        if holds(.modeIsChanged) { change(.set(node.path, changed(node.entry, mode: mode))) }
    }

    mutating func changeOwner(_ operand: Operand, uid: UInt32?, gid: UInt32?) throws {
        let (node, directories) = try existing(operand)
        let isOwner = credentials.uid == node.entry.uid
        let mayUser = uid == nil || isOwner && uid == node.entry.uid
        let mayGroup = gid.map { isOwner && ($0 == node.entry.gid || credentials.isMember(of: $0)) } ?? true
        try refuse(.EPERM, .userIsGivenByRoot, if: !mayUser && !credentials.has(.chown))
        try refuse(.EPERM, .groupIsGivenByMember, if: !mayGroup && !credentials.has(.chown))
        let entry = changed(node.entry, uid: uid, gid: gid)
        // What drops a set-id bit is a change of the mode too, and that is the owner's.
        let dropsSetIDs = entry.permissions != node.entry.permissions
        try refuse(.EPERM, .setIDsAreDroppedByTheOwner, if: dropsSetIDs && !credentials.actsAsOwner(of: node.entry))
        if holds(.ownerCopiesUp) { copyUp(node, in: directories) }
        if holds(.ownerIsChanged) { change(.set(node.path, entry)) }
    }

    mutating func changeTimes(_ operand: Operand, _ change: TimeChange) throws {
        // Two UTIME_OMIT succeed before the path is even looked at.
        if change == .nothing, holds(.omittedTimesChangeNothing) { return }
        let (node, directories) = try existing(operand)
        let isOwner = credentials.actsAsOwner(of: node.entry)
        try refuse(.EPERM, .ownerGivesTimes, if: change == .given && !isOwner)
        let mayTouch = isOwner || credentials.permits(.write, on: node.entry)
        try refuse(.EACCES, .writerTouches, if: change == .now && !mayTouch)
        if holds(.timesCopyUp) { copyUp(node, in: directories) }
    }

    mutating func setFileFlags(_ operand: Operand) throws {
        let (node, directories) = try existing(operand)
        guard node.isDirectory || node.entry.kind == .file else {
            // The ioctl of a special file is its driver's; file_setattr(2) finds no operation.
            if operand.resolution == .descriptor { try refuse(.ENOTTY, .specialFileHasNoFlags, if: true) }
            throw Errno.EOPNOTSUPP
        }
        try refuse(.EPERM, .ownerSetsFlags, if: !credentials.actsAsOwner(of: node.entry))
        if holds(.flagsCopyUp) { copyUp(node, in: directories) }
    }
}
