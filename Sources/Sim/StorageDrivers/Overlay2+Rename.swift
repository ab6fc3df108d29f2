internal import LayerModel

/// rename(2), renameat2(2): the kernel's do_renameat2() and vfs_rename(), then ovl_rename().
extension Overlay2.Call {
    mutating func rename(_ old: Path, _ new: Path, _ flags: RenameFlags) throws {
        let excludeEachOther = flags.contains(.exchange) && !flags.isDisjoint(with: [.noReplace, .whiteout])
        try refuse(.EINVAL, .renameFlagsExclude, if: excludeEachOther)
        let exchanges = flags.contains(.exchange)
        let source = try resolve(old, .name)
        let target = try resolve(new, .name)
        try refuse(.EBUSY, .rootIsNotRenamed, if: source.lastName != .normal)
        let isRoot = target.lastName != .normal
        try refuse(flags.contains(.noReplace) ? .EEXIST : .EBUSY, .rootIsNotReplaced, if: isRoot)
        guard let node = try source.found() else {
            throw holds(.missingNameIsNotRemoved) ? Errno.ENOENT : Errno.ENOTDIR
        }
        try refuse(.EEXIST, .targetIsNotReplaced, if: target.found() != nil && flags.contains(.noReplace))
        try refuse(.ENOENT, .exchangeTakesTwo, if: target.found() == nil && exchanges)
        try checkSlashes(source, target, exchanges: exchanges)
        try refuse(.EINVAL, .directoryIsNotMovedIntoItself, if: target.parent.path.isAtOrBeneath(node.path))
        let isAbove = source.parent.path.isAtOrBeneath(target.path)
        try refuse(exchanges ? .EINVAL : .ENOTEMPTY, .directoryIsNotReplacedFromWithin, if: isAbove)
        if isSameInode(node, target.node) { return }
        try checkPermissions(node, source, target, exchanges: exchanges)
        try refuse(.EINVAL, .whiteoutIsNotAskedFor, if: flags.contains(.whiteout))
        try checkMovable(node)
        if exchanges, let other = target.node {
            try checkMovable(other)
            try exchange(node, other, source, target)
        } else {
            try move(node, source, target)
        }
    }

    /// A slash after the name of a non-directory is refused on either side.
    private func checkSlashes(_ source: Resolution, _ target: Resolution, exchanges: Bool) throws {
        let isFile = exchanges && target.demandsDirectory && target.node?.isDirectory != true
        try refuse(.ENOTDIR, .exchangedSlashIsOfADirectory, if: isFile)
        guard source.node?.isDirectory != true else { return }
        let hasSlash = source.demandsDirectory || !exchanges && target.demandsDirectory
        try refuse(.ENOTDIR, .renamedSlashIsOfADirectory, if: hasSlash)
    }

    /// Two names of one inode: nothing is to be done. Hard links of a lower layer are not one inode to overlayfs
    /// while there is no index, so there the rename goes on.
    private func isSameInode(_ node: UnionNode, _ other: UnionNode?) -> Bool {
        guard let other, holds(.sameFileIsNotRenamed) else { return false }
        if node.path == other.path { return true }
        return node.isInUpper && other.isInUpper && node.entry.inode == other.entry.inode
    }

    private func checkPermissions(
        _ node: UnionNode, _ source: Resolution, _ target: Resolution, exchanges: Bool
    ) throws {
        try checkRemoval(of: node, from: source.parent)
        if let other = target.node {
            try checkRemoval(of: other, from: target.parent)
            let differ = !exchanges && node.isDirectory != other.isDirectory
            try refuse(node.isDirectory ? .ENOTDIR : .EISDIR, .typesAgree, if: differ)
        } else {
            try requireChange(of: target.parent)
        }
        guard source.parent.path != target.parent.path else { return }
        // A directory's `..` changes with its parent, which takes write permission on itself.
        if node.isDirectory { try checkNewParent(of: node) }
        if exchanges, let other = target.node, other.isDirectory { try checkNewParent(of: other) }
    }

    private func checkNewParent(of node: UnionNode) throws {
        try refuse(.EACCES, .newParentTakesWrite, if: !credentials.permits(.write, on: node.entry))
    }

    /// ovl_can_move(): a directory with a part in a lower layer stays, since without `redirect_dir` nothing in the
    /// upper layer could point back at that part. `mv` then copies and removes.
    private func checkMovable(_ node: UnionNode) throws {
        try refuse(.EXDEV, .lowerDirectoryCannotBeRenamed, if: node.isDirectory && !node.lowers.isEmpty)
    }

    private mutating func move(_ node: UnionNode, _ source: Resolution, _ target: Resolution) throws {
        let other = target.node
        if let other, other.isDirectory, !(other.isInUpper && other.lowers.isEmpty) { try checkMergedEmpty(other) }
        let hidden = try lowerHolder(of: node.path, in: source.parent)
        if holds(.renameCopiesUp) { copyUp(node, in: source.directories) }
        copyUp(directories: target.directories)
        let isOpaque = becomesOpaque(node, in: target.parent)
        if let other, other.isDirectory, other.isInUpper, other.lowers.isEmpty {
            do {
                try checkUpperEmpty(other)
            } catch let error as Errno where error == .ENOTEMPTY {
                // The upper filesystem refuses the rename when the mark has been set already.
                if isOpaque {
                    add(.opaque, node.path)
                    change(.hideBeneath(node.path))
                }
                throw Errno.ENOTEMPTY
            }
        }
        if node.isInUpper { add(.remove, node.path) }
        change(.move(node.path, target.path))
        if let hidden, holds(.removingLowerLeavesWhiteout) { hide(node.path, hidden) }
        put(node, at: target.path, isOpaque: isOpaque)
    }

    private mutating func exchange(
        _ node: UnionNode, _ other: UnionNode, _ source: Resolution, _ target: Resolution
    ) throws {
        copyUp(node, in: source.directories)
        copyUp(directories: target.directories)
        copyUp(other, in: target.directories)
        change(.exchange(node.path, target.path))
        put(node, at: target.path, isOpaque: becomesOpaque(node, in: target.parent))
        put(other, at: source.path, isOpaque: becomesOpaque(other, in: source.parent))
    }

    private mutating func put(_ node: UnionNode, at path: Path, isOpaque: Bool) {
        add(.create, path, size: node.entry.kind == .file ? node.entry.size : nil)
        guard isOpaque || node.isDirectory && node.entry.isOpaque else { return }
        add(.opaque, path)
        change(.hideBeneath(path))
    }

    /// A directory of the upper layer alone that comes into a merged one is made opaque, or it would merge there with
    /// whatever the lower layers hold under its new name.
    private func becomesOpaque(_ node: UnionNode, in parent: UnionNode) -> Bool {
        node.isDirectory && !node.entry.isOpaque && !parent.lowers.isEmpty && holds(.movedDirectoryIsOpaque)
    }
}
