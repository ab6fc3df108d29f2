internal import LayerModel

/// unlink(2) and rmdir(2): the kernel's may_delete() and what comes before it.
extension VirtualFilesystem {
    mutating func unlink(_ path: Path, _ caller: Credentials, _ account: inout Account) throws(Errno) {
        let walk = try walk(path, .name, caller)
        if try isImpossible(.EISDIR, .rootIsNotUnlinked, if: walk.lastName != .normal) { return }
        let object = try removable(walk)
        let hasSlash = walk.demandsDirectory
        try refuse(object.isDirectory ? .EISDIR : .ENOTDIR, .slashIsNotUnlinked, if: hasSlash)
        try checkRemoval(of: object, caller)
        try refuse(.EISDIR, .directoryIsNotUnlinked, if: object.isDirectory)
        if walk.isDirect { account.know(walk.dentry, path) }
        try driver.unlink(object.node, at: walk.dentry, &account)
    }

    mutating func removeDirectory(_ path: Path, _ caller: Credentials, _ account: inout Account) throws(Errno) {
        let walk = try walk(path, .name, caller)
        if try isImpossible(.EBUSY, .rootIsNotRemoved, if: walk.lastName == .root) { return }
        if try isImpossible(.EINVAL, .selfIsNotRemoved, if: walk.lastName == .selfReference) { return }
        if try isImpossible(.ENOTEMPTY, .parentIsNotRemoved, if: walk.lastName == .parentReference) { return }
        let object = try removable(walk)
        try checkRemoval(of: object, caller)
        if try isImpossible(.ENOTDIR, .onlyDirectoriesAreRemoved, if: !object.isDirectory) { return }
        if walk.isDirect { account.know(walk.dentry, path) }
        try driver.removeDirectory(object.node, at: walk.dentry, &account)
    }

    @inline(__always) func removable(_ walk: Walk) throws(Errno) -> Object {
        guard let node = try walk.found() else { throw holds(.missingNameIsNotRemoved) ? .ENOENT : .ENOTDIR }
        return Object(node: node, dentry: walk.dentry, attributes: driver.attributes(of: node))
    }

    /// Whether the name may go: by the parent's mode bits, then by its sticky bit.
    @inline(__always) func checkRemoval(of object: Object, _ caller: Credentials) throws(Errno) {
        try requireChange(of: object.dentry.parent, caller)
        let parent = driver.attributes(of: object.dentry.parent)
        let isStopped = caller.isStopped(bySticky: parent, removing: object.attributes)
        try refuse(.EPERM, .stickyDirectoryKeepsNames, if: isStopped)
    }
}
