internal import LayerModel

/// One filesystem that holds everything, as a container sees it whose layers are snapshots or copies: vfs, btrfs, zfs
/// and devicemapper. They differ in what a change costs and in what lies on the disk, not in what a call does.
struct TreeFilesystem: StorageDriver {
    var names: NameTable
    var tree: FileTree
    let backing: BackingFilesystem

    let root = NodeID(number: FileTree.root.number)

    /// The layers are applied as an image would be, so a whiteout is a delete.
    init(_ stack: LayerStack, backing: BackingFilesystem) {
        names = stack.names
        self.backing = backing
        tree = stack.layers.first ?? FileTree()
        for (index, layer) in stack.layers.enumerated().dropFirst() {
            tree.apply(layer, withRoot: stack.givenRoots.contains(index))
        }
    }

    var largestFile: Int64 { backing.largestFile }
    var makesWhiteouts: Bool { true }

    private subscript(node: NodeID) -> Inode {
        _read { yield tree[InodeID(number: node.number)] }
        _modify { yield &tree[InodeID(number: node.number)] }
    }

    private func id(_ node: NodeID) -> InodeID { InodeID(number: node.number) }

    // MARK: Looking

    func attributes(of node: NodeID) -> InodeAttributes {
        var attributes = self[node].attributes
        if attributes.kind == .whiteout { attributes.kind = .characterDevice }
        return attributes
    }

    func parent(of directory: NodeID) -> NodeID { NodeID(number: tree.parent(of: id(directory)).number) }
    func name(of directory: NodeID) -> Name { tree.name(of: id(directory)) }

    func lookup(_ name: Name, in directory: NodeID) throws(Errno) -> NodeID? {
        tree.child(name, of: id(directory)).map { NodeID(number: $0.number) }
    }

    func entry(of node: NodeID) -> LayerEntry {
        let inode = self[node]
        let attributes = attributes(of: node)
        return LayerEntry(
            kind: inode.attributes.kind, permissions: attributes.permissions, uid: attributes.uid, gid: attributes.gid,
            size: inode.size, links: inode.isDirectory ? directoryLinks(id(node)) : inode.links,
            inode: UInt64(node.number) + 1, target: inode.target, device: inode.isWhiteout ? nil : inode.device,
            attributes: inode.xattrs.map(\.name))
    }

    /// Btrfs does not count subdirectories.
    private func directoryLinks(_ directory: InodeID) -> UInt32 {
        backing == .btrfs ? 1 : 2 + tree.subdirectories(of: directory)
    }

    func linkCount(of node: NodeID) -> UInt32 { self[node].links }
    func size(of node: NodeID) -> Int64 { self[node].size }
    func target(of link: NodeID) -> String { self[link].target ?? "" }
    func device(of node: NodeID) -> DeviceNumber? { self[node].device }
    func data(of file: NodeID) -> FileData { self[file].data }
    func xattr(_ name: String, of node: NodeID) -> [UInt8]? { self[node][xattr: name] }
    func sharesPageCache(_ file: NodeID) -> Bool { false }

    func names(in directory: NodeID) throws(Errno) -> [Name] {
        var names: [Name] = []
        tree.forEachChild(of: id(directory)) { name, _ in names.append(name) }
        return names
    }

    // MARK: Names

    mutating func create(_ inode: Inode, at dentry: Dentry, _ account: inout Account) throws(Errno) -> NodeID {
        account.add(.create, dentry, size: inode.attributes.kind == .file ? 0 : nil, in: self)
        account.cost.metadata += 2
        let new = tree.make(inode)
        tree.attach(new, dentry.name, in: id(dentry.parent))
        return NodeID(number: new.number)
    }

    mutating func makeTemporary(
        _ inode: Inode, in directory: NodeID, _ account: inout Account
    ) throws(Errno) -> NodeID {
        account.cost.metadata += 1
        let new = tree.make(inode)
        tree.hold(new)
        return NodeID(number: new.number)
    }

    mutating func link(
        _ node: NodeID, _ source: Dentry, at dentry: Dentry, _ account: inout Account
    ) throws(Errno) {
        let size = self[node].attributes.kind == .file ? self[node].size : nil
        account.add(.create, dentry, size: size, in: self)
        account.cost.metadata += 1
        tree.attach(id(node), dentry.name, in: id(dentry.parent))
    }

    mutating func unlink(_ node: NodeID, at dentry: Dentry, _ account: inout Account) throws(Errno) {
        account.add(.remove, dentry, in: self)
        account.cost.metadata += 1
        tree.detach(dentry.name, in: id(dentry.parent))
    }

    mutating func removeDirectory(_ node: NodeID, at dentry: Dentry, _ account: inout Account) throws(Errno) {
        guard tree.isEmpty(id(node)) else { throw .ENOTEMPTY }
        try unlink(node, at: dentry, &account)
    }

    mutating func rename(
        _ node: NodeID, _ source: Dentry, to target: Dentry, over other: NodeID?, exchanging: Bool,
        leaving mark: Inode?, _ account: inout Account
    ) throws(Errno) {
        let (from, to) = (id(source.parent), id(target.parent))
        account.cost.metadata += 2
        if exchanging, let other {
            tell(node, at: target, &account)
            tell(other, at: source, &account)
            return tree.exchange(source.name, in: from, with: target.name, in: to)
        }
        if let other {
            if self[other].isDirectory, !tree.isEmpty(id(other)) { throw .ENOTEMPTY }
            tree.detach(target.name, in: to)
        }
        account.add(.remove, source, in: self)
        tell(node, at: target, &account)
        tree.move(source.name, in: from, to: target.name, in: to)
        if let mark { tree.attach(tree.make(mark), source.name, in: from) }
    }

    private func tell(_ node: NodeID, at dentry: Dentry, _ account: inout Account) {
        let size = self[node].attributes.kind == .file ? self[node].size : nil
        account.add(.create, dentry, size: size, in: self)
    }

    // MARK: Objects

    func open(_ node: NodeID, at dentry: Dentry, _ flags: OpenFlags, _ account: inout Account) throws(Errno) {}

    mutating func change(
        _ node: NodeID, at dentry: Dentry, _ change: AttributeChange, _ account: inout Account
    ) throws(Errno) {
        if let size = change.size, size > largestFile { throw .EFBIG }
        self[node].apply(change)
        account.cost.metadata += 1
    }

    mutating func setXattr(
        _ name: String, _ value: [UInt8]?, _ flags: XattrFlags, of node: NodeID, at dentry: Dentry,
        _ account: inout Account
    ) throws(Errno) {
        let exists = self[node][xattr: name] != nil
        if let error = XattrNamespace.error(for: name) { throw error }
        if flags.contains(.create), exists { throw .EEXIST }
        if flags.contains(.replace), !exists { throw .ENODATA }
        if let value, !backing.hasRoom(for: name, value, besides: self[node].xattrs) { throw .ENOSPC }
        self[node][xattr: name] = value
        account.cost.metadata += 1
    }

    mutating func changeData(
        of file: NodeID, touching range: Range<Int64>, _ account: inout Account, _ change: (inout FileData) -> Void
    ) {
        let before = self[file].data.allocated
        self[file].changeData(change)
        account.cost.allocated += max(0, self[file].data.allocated - before)
        account.cost.metadata += 1
    }

    mutating func hold(_ node: NodeID) { tree.hold(id(node)) }
    mutating func release(_ node: NodeID) { tree.release(id(node)) }

    func listing() -> [ListedFile] {
        var files: [ListedFile] = []
        var pending: [(InodeID, Path)] = [(FileTree.root, .root)]
        while let (directory, path) = pending.popLast() {
            tree.forEachChild(of: directory) { name, child in
                let here = path.appending(names[name])
                var file = ListedFile(here, entry(of: NodeID(number: child.number)), tree[child].xattrs)
                file.device = tree[child].device
                files.append(file)
                if tree[child].isDirectory { pending.append((child, here)) }
            }
        }
        return files.sorted { $0.path < $1.path }
    }
}

extension FileTree {
    /// Applies a layer as an image's are applied: what it holds takes the place of what was there, directories are
    /// joined, a whiteout is a delete, an opaque directory first loses what it held.
    ///
    /// - Parameter withRoot: Whether the layer says what the root is like.
    mutating func apply(_ layer: FileTree, withRoot: Bool) {
        var links: [InodeID: InodeID] = [:]
        if withRoot { self[Self.root].attributes = layer[Self.root].attributes }
        merge(layer, Self.root, into: Self.root, &links)
    }

    private mutating func merge(
        _ layer: FileTree, _ source: InodeID, into target: InodeID, _ links: inout [InodeID: InodeID]
    ) {
        var children: [(Name, InodeID)] = []
        layer.forEachChild(of: source) { name, child in children.append((name, child)) }
        for (name, child) in children {
            let inode = layer[child]
            var existing = self.child(name, of: target)
            if let id = existing, !inode.isDirectory || inode.isOpaque || !self[id].isDirectory {
                detach(name, in: target)
                existing = nil
            }
            if inode.isWhiteout { continue }
            guard inode.isDirectory else {
                let id = links[child] ?? make(inode.withoutMarks)
                links[child] = id
                attach(id, name, in: target)
                continue
            }
            let id = existing ?? make(inode.withoutMarks)
            if existing == nil {
                attach(id, name, in: target)
            } else {
                self[id].attributes = inode.attributes
                self[id].xattrs = inode.xattrs
            }
            merge(layer, child, into: id, &links)
        }
    }
}

extension Inode {
    fileprivate var withoutMarks: Inode {
        var copy = self
        copy.marks = []
        return copy
    }
}
