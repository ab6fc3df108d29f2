internal import LayerModel

/// unlink(2) and rmdir(2): the kernel's may_delete(), then ovl_do_remove().
extension Overlay2.Call {
    mutating func unlink(_ path: Path) throws {
        let resolution = try resolve(path, .name)
        try refuse(.EISDIR, .rootIsNotUnlinked, if: resolution.lastName != .normal)
        guard let node = try resolution.found() else {
            throw holds(.missingNameIsNotRemoved) ? Errno.ENOENT : Errno.ENOTDIR
        }
        let hasSlash = resolution.demandsDirectory
        try refuse(node.isDirectory ? .EISDIR : .ENOTDIR, .slashIsNotUnlinked, if: hasSlash)
        try checkRemoval(of: node, from: resolution.parent)
        try refuse(.EISDIR, .directoryIsNotUnlinked, if: node.isDirectory)
        try remove(node, in: resolution.directories)
    }

    mutating func removeDirectory(_ path: Path) throws {
        let resolution = try resolve(path, .name)
        switch resolution.lastName {
        case .root: try refuse(.EBUSY, .rootIsNotRemoved, if: true)
        case .selfReference: try refuse(.EINVAL, .selfIsNotRemoved, if: true)
        case .parentReference: try refuse(.ENOTEMPTY, .parentIsNotRemoved, if: true)
        case .normal: break
        }
        guard let node = try resolution.found() else {
            throw holds(.missingNameIsNotRemoved) ? Errno.ENOENT : Errno.ENOTDIR
        }
        try checkRemoval(of: node, from: resolution.parent)
        try refuse(.ENOTDIR, .onlyDirectoriesAreRemoved, if: !node.isDirectory)
        let isLowerPositive = try !node.isInUpper || lowerHolder(of: node.path, in: resolution.parent) != nil
        if isLowerPositive || !node.lowers.isEmpty {
            try checkMergedEmpty(node)
        } else {
            try checkUpperEmpty(node)
        }
        try remove(node, in: resolution.directories)
    }

    /// Whether the name may go: by the parent's mode bits, then by its sticky bit.
    func checkRemoval(of node: UnionNode, from parent: UnionNode) throws {
        try requireChange(of: parent)
        let isStopped = credentials.isStopped(bySticky: parent.entry, removing: node.entry)
        try refuse(.EPERM, .stickyDirectoryKeepsNames, if: isStopped)
    }

    /// Takes the name out of the upper layer, and leaves a whiteout where a lower layer would show it again.
    private mutating func remove(_ node: UnionNode, in directories: [UnionNode]) throws {
        copyUp(directories: directories)
        if node.isInUpper, holds(.removalTakesTheNameAway) { add(.remove, node.path) }
        change(.remove(node.path))
        guard holds(.removingLowerLeavesWhiteout) else { return }
        if let hidden = try lowerHolder(of: node.path, in: directories[directories.count - 1]) {
            hide(node.path, hidden)
        }
    }

    mutating func hide(_ path: Path, _ hidden: LayerID) {
        add(.whiteout, path, layer: hidden)
        change(.put(path, LayerEntry(kind: .whiteout, permissions: 0)))
    }

    /// ovl_check_empty_dir(): a merged directory is empty when it shows nothing, whatever whiteouts it holds.
    mutating func checkMergedEmpty(_ directory: UnionNode) throws {
        var seen: Set<ByteString> = []
        for layer in directory.layers {
            for (name, entry) in try layers.children(of: directory.path, in: layer)
            where seen.insert(name).inserted && (entry.kind != .whiteout || !holds(.whiteoutsDoNotFillDirectory)) {
                try refuse(.ENOTEMPTY, .fullDirectoryStays, if: true)
            }
        }
    }

    /// A directory that only the upper layer holds is left to its filesystem, to which a whiteout is a name.
    mutating func checkUpperEmpty(_ directory: UnionNode) throws {
        try refuse(
            .ENOTEMPTY, .fullUpperDirectoryStays, if: !layers.children(of: directory.path, in: .upper).isEmpty)
    }
}
