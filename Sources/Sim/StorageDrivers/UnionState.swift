public import LayerModel

/// A stack of layers as a value: the read-only ones, and the upper one as operations left it.
public struct UnionState: LayerReading, Hashable, Sendable {
    /// The read-only layers from the bottom up.
    public let lowers: [LayerTree]
    public var upper: LayerTree
    private var nextInode: UInt64 = 1 << 48

    public init(lowers: [LayerTree], upper: LayerTree = LayerTree()) {
        self.lowers = lowers
        self.upper = upper
    }

    public var lowerCount: Int { lowers.count }

    private func tree(_ layer: LayerID) -> LayerTree {
        switch layer {
        case .upper: upper
        case .lower(let number): lowers[number - 1]
        }
    }

    public func entry(at path: Path, in layer: LayerID) -> LayerEntry? {
        switch layer {
        case .upper: upper[path]
        case .lower(let number): lowers[number - 1][path]
        }
    }

    public func children(of path: Path, in layer: LayerID) -> [ByteString: LayerEntry] {
        let tree = tree(layer)
        var children: [ByteString: LayerEntry] = [:]
        for name in tree.children(of: path) { children[name] = tree[path.appending(name)] }
        return children
    }

    /// Changes the upper layer.
    public mutating func apply(_ change: UpperChange) {
        switch change {
        case .put(let path, var entry):
            upper.remove(path)
            entry.inode = nextInode
            entry.links = 1
            nextInode += 1
            upper[path] = entry
        case .link(let old, let new): upper.link(old, new)
        case .remove(let path): upper.remove(path)
        case .move(let old, let new): upper.move(old, new)
        case .exchange(let one, let other): upper.exchange(one, other)
        case .set(let path, let attributes): upper.set(path, attributes)
        case .hideBeneath(let path): upper[path]?.isOpaque = true
        }
    }

    /// What the union shows under every name but the root's, as lstat(2) tells it.
    ///
    /// A directory's link count is 1 where layers are merged (ovl_getattr()), and else that of a filesystem which
    /// counts subdirectories, as ext4 and tmpfs do. Directories have no size: that is the backing filesystem's own.
    ///
    /// - Throws: `Unmodelled`
    public func merged() throws -> [Path: LayerEntry] {
        var shown: [Path: LayerEntry] = [:]
        var reader = self
        let lookup = Lookup(by: nil)
        var pending = [try lookup.root(over: &reader)]
        while let directory = pending.popLast() {
            var names: Set<ByteString> = []
            for layer in directory.layers { names.formUnion(tree(layer).children(of: directory.path)) }
            var subdirectories: UInt32 = 0
            for name in names {
                guard let node = try lookup.child(name, of: directory, over: &reader).node else { continue }
                shown[node.path] = node.entry
                guard node.isDirectory else { continue }
                subdirectories += 1
                pending.append(node)
            }
            guard directory.path != .root else { continue }
            shown[directory.path]?.links = directory.layers.count > 1 ? 1 : 2 + subdirectories
            shown[directory.path]?.size = 0
        }
        return shown
    }
}
