internal import LayerModel

/// rename(2), renameat2(2): the kernel's do_renameat2() and vfs_rename(), then ovl_rename().
extension Overlay2.Call {
    mutating func rename(_ old: Path, _ new: Path, _ flags: RenameFlags) throws {
        if flags.contains(.exchange), !flags.isDisjoint(with: [.noReplace, .whiteout]) { throw Errno.EINVAL }
        let exchanges = flags.contains(.exchange)
        let source = try resolve(old, .name)
        let target = try resolve(new, .name)
        if source.lastName != .normal { throw Errno.EBUSY }
        if target.lastName != .normal { throw flags.contains(.noReplace) ? Errno.EEXIST : Errno.EBUSY }
        guard let node = try source.found() else { throw Errno.ENOENT }
        if try target.found() != nil, flags.contains(.noReplace) { throw Errno.EEXIST }
        if target.node == nil, exchanges { throw Errno.ENOENT }
        try checkSlashes(source, target, exchanges: exchanges)
        if target.parent.path.isAtOrBeneath(node.path) { throw Errno.EINVAL }
        if source.parent.path.isAtOrBeneath(target.path) { throw exchanges ? Errno.EINVAL : Errno.ENOTEMPTY }
        if isSameInode(node, target.node) { return }
        try checkPermissions(node, source, target, exchanges: exchanges)
        if flags.contains(.whiteout) { throw Errno.EINVAL }
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
        if exchanges, target.demandsDirectory, target.node?.isDirectory != true { throw Errno.ENOTDIR }
        guard source.node?.isDirectory != true else { return }
        if source.demandsDirectory || !exchanges && target.demandsDirectory { throw Errno.ENOTDIR }
    }

    /// Two names of one inode: nothing is to be done. Hard links of a lower layer are not one inode to overlayfs
    /// while there is no index, so there the rename goes on.
    private func isSameInode(_ node: UnionNode, _ other: UnionNode?) -> Bool {
        guard let other else { return false }
        if node.path == other.path { return true }
        return node.isInUpper && other.isInUpper && node.entry.inode == other.entry.inode
    }

    private func checkPermissions(
        _ node: UnionNode, _ source: Resolution, _ target: Resolution, exchanges: Bool
    ) throws {
        try checkRemoval(of: node, from: source.parent)
        if let other = target.node {
            try checkRemoval(of: other, from: target.parent)
            if !exchanges, node.isDirectory != other.isDirectory {
                throw node.isDirectory ? Errno.ENOTDIR : Errno.EISDIR
            }
        } else {
            try require([.write, .execute], on: target.parent)
        }
        guard source.parent.path != target.parent.path else { return }
        // A directory's `..` changes with its parent, which takes write permission on itself.
        if node.isDirectory { try require(.write, on: node) }
        if exchanges, let other = target.node, other.isDirectory { try require(.write, on: other) }
    }

    /// ovl_can_move(): a directory with a part in a lower layer stays, since without `redirect_dir` nothing in the
    /// upper layer could point back at that part. `mv` then copies and removes.
    private func checkMovable(_ node: UnionNode) throws {
        guard node.isDirectory, holds(.lowerDirectoryCannotBeRenamed) else { return }
        if !node.lowers.isEmpty { throw Errno.EXDEV }
    }

    private mutating func move(_ node: UnionNode, _ source: Resolution, _ target: Resolution) throws {
        let other = target.node
        if let other, other.isDirectory, !(other.isInUpper && other.lowers.isEmpty) { try checkMergedEmpty(other) }
        let hidden = try lowerHolder(of: node.path, in: source.parent)
        copyUp(node, in: source.directories)
        copyUp(directories: target.directories)
        let isOpaque = becomesOpaque(node, in: target.parent)
        if let other, other.isDirectory, other.isInUpper, other.lowers.isEmpty {
            do {
                try checkUpperEmpty(other)
            } catch let error as Errno where error == .ENOTEMPTY {
                // The upper filesystem refuses the rename when the mark has been set already.
                if isOpaque { add(.opaque, node.path) }
                throw Errno.ENOTEMPTY
            }
        }
        if node.isInUpper { add(.remove, node.path) }
        if let hidden, holds(.removingLowerLeavesWhiteout) { add(.whiteout, node.path, layer: hidden) }
        put(node, at: target.path, isOpaque: isOpaque)
    }

    private mutating func exchange(
        _ node: UnionNode, _ other: UnionNode, _ source: Resolution, _ target: Resolution
    ) throws {
        copyUp(node, in: source.directories)
        copyUp(directories: target.directories)
        copyUp(other, in: target.directories)
        put(node, at: target.path, isOpaque: becomesOpaque(node, in: target.parent))
        put(other, at: source.path, isOpaque: becomesOpaque(other, in: source.parent))
    }

    private mutating func put(_ node: UnionNode, at path: Path, isOpaque: Bool) {
        add(.create, path, size: node.entry.kind == .file ? node.entry.size : nil)
        if isOpaque || node.isDirectory && node.entry.isOpaque { add(.opaque, path) }
    }

    /// A directory of the upper layer alone that comes into a merged one is made opaque, or it would merge there with
    /// whatever the lower layers hold under its new name.
    private func becomesOpaque(_ node: UnionNode, in parent: UnionNode) -> Bool {
        node.isDirectory && !node.entry.isOpaque && !parent.lowers.isEmpty
    }
}
