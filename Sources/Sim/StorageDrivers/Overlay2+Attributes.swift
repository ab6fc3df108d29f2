internal import LayerModel

/// truncate(2), chmod(2), chown(2), utimensat(2) and the inode flags: the kernel's checks in fs/open.c and
/// fs/attr.c, then ovl_setattr() and ovl_fileattr_set().
extension Overlay2.Call {
    mutating func truncate(_ path: Path, size: Int64) throws {
        if size < 0 { throw Errno.EINVAL }
        let resolution = try resolve(path, .follow)
        let node = try resolution.existing()
        if node.isDirectory { throw Errno.EISDIR }
        guard node.entry.kind == .file else { throw Errno.EINVAL }
        try require(.write, on: node)
        // The whole file is copied, then cut; the size told is that of the end.
        copyUp(node, in: resolution.directories, size: size)
    }

    mutating func changeMode(_ operand: Operand) throws {
        let (node, directories) = try existing(operand)
        if node.entry.kind == .symlink { throw Errno.EOPNOTSUPP }
        guard credentials.actsAsOwner(of: node.entry) else { throw Errno.EPERM }
        copyUp(node, in: directories)
    }

    mutating func changeOwner(_ operand: Operand, uid: UInt32?, gid: UInt32?) throws {
        let (node, directories) = try existing(operand)
        let isOwner = credentials.uid == node.entry.uid
        let mayUser = uid == nil || isOwner && uid == node.entry.uid
        let mayGroup = gid.map { isOwner && ($0 == node.entry.gid || credentials.isMember(of: $0)) } ?? true
        guard mayUser && mayGroup || credentials.has(.chown) else { throw Errno.EPERM }
        copyUp(node, in: directories)
    }

    mutating func changeTimes(_ operand: Operand, changesNothing: Bool) throws {
        // Two UTIME_OMIT succeed before the path is even looked at.
        if changesNothing { return }
        let (node, directories) = try existing(operand)
        guard credentials.actsAsOwner(of: node.entry) else {
            throw Unmodelled("it is not known whether the times were given or are those of now")
        }
        copyUp(node, in: directories)
    }

    mutating func setFileFlags(_ operand: Operand) throws {
        let (node, directories) = try existing(operand)
        guard node.isDirectory || node.entry.kind == .file else {
            throw Unmodelled("the kernels differ in the error for flags of special files")
        }
        guard credentials.actsAsOwner(of: node.entry) else { throw Errno.EPERM }
        copyUp(node, in: directories)
    }
}
