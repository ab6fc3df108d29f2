internal import LayerModel

/// unlink(2) and rmdir(2): the kernel's may_delete(), then ovl_do_remove().
extension Overlay2.Call {
    mutating func unlink(_ path: Path) throws {
        let resolution = try resolve(path, .name)
        if resolution.lastName != .normal { throw Errno.EISDIR }
        guard let node = try resolution.found() else { throw Errno.ENOENT }
        if resolution.demandsDirectory { throw node.isDirectory ? Errno.EISDIR : Errno.ENOTDIR }
        try checkRemoval(of: node, from: resolution.parent)
        if node.isDirectory { throw Errno.EISDIR }
        try remove(node, in: resolution.directories)
    }

    mutating func removeDirectory(_ path: Path) throws {
        let resolution = try resolve(path, .name)
        switch resolution.lastName {
        case .root: throw Errno.EBUSY
        case .parentReference: throw Errno.ENOTEMPTY
        case .normal: break
        }
        guard let node = try resolution.found() else { throw Errno.ENOENT }
        try checkRemoval(of: node, from: resolution.parent)
        guard node.isDirectory else { throw Errno.ENOTDIR }
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
        try require([.write, .execute], on: parent)
        if credentials.isStopped(bySticky: parent.entry, removing: node.entry) { throw Errno.EPERM }
    }

    /// Takes the name out of the upper layer, and leaves a whiteout where a lower layer would show it again.
    private mutating func remove(_ node: UnionNode, in directories: [UnionNode]) throws {
        copyUp(directories: directories)
        if node.isInUpper { add(.remove, node.path) }
        guard holds(.removingLowerLeavesWhiteout) else { return }
        if let hidden = try lowerHolder(of: node.path, in: directories[directories.count - 1]) {
            add(.whiteout, node.path, layer: hidden)
        }
    }

    /// ovl_check_empty_dir(): a merged directory is empty when it shows nothing, whatever whiteouts it holds.
    mutating func checkMergedEmpty(_ directory: UnionNode) throws {
        guard holds(.fullDirectoryStays) else { return }
        var seen: Set<String> = []
        for layer in directory.layers {
            for (name, entry) in try layers.children(of: directory.path, in: layer)
            where seen.insert(name).inserted && entry.kind != .whiteout {
                throw Errno.ENOTEMPTY
            }
        }
    }

    /// A directory that only the upper layer holds is left to its filesystem, to which a whiteout is a name.
    mutating func checkUpperEmpty(_ directory: UnionNode) throws {
        guard holds(.fullDirectoryStays) else { return }
        if try !layers.children(of: directory.path, in: .upper).isEmpty { throw Errno.ENOTEMPTY }
    }
}
