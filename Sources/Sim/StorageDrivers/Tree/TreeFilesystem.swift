internal import HashTreeCollections
internal import LayerModel

/// One filesystem that holds everything, as a container sees it whose layers are snapshots or copies: vfs, btrfs, zfs
/// and devicemapper. They differ in what a change costs and in what lies on the disk, not in what a call does.
///
/// Nothing is copied up and nothing needs a mark, so the effects are `create` for each name that stands for another object
/// than before, and `remove` for each that goes.
struct TreeFilesystem: StorageDriver {
    var names: NameTable
    var tree: FileTree
    let backing: BackingFilesystem
    /// What keeps the layers apart, and tells what a change costs.
    private(set) var storage: any BlockStorage
    /// What it cost to make the container's own layer.
    let creation: Cost
    /// What the call under way has changed.
    private var changes: [StorageChange] = []
    /// The objects that were made in the container's own layer, and those of the image that were changed there.
    private(set) var made: TreeSet<UInt32> = []
    private(set) var changed: TreeSet<UInt32> = []

    let root = NodeID(number: FileTree.root.number)

    /// The layers are applied as an image would be, so a whiteout is a delete.
    init(_ stack: LayerStack, backing: BackingFilesystem, storage: any BlockStorage) {
        names = stack.names
        self.backing = backing
        var (tree, storage) = (FileTree(), storage)
        for (index, layer) in stack.layers.enumerated() {
            if index > 0 { _ = storage.beginLayer() }
            var changes: [StorageChange] = []
            tree.apply(layer, stack.names, &changes)
            _ = storage.apply(changes)
        }
        creation = storage.beginLayer()
        self.tree = tree
        self.storage = storage
    }

    /// The storage is told of a call as a whole.
    mutating func finish(_ account: inout Account) {
        guard !changes.isEmpty else { return }
        let cost = storage.apply(changes)
        account.cost += cost
        changes = []
    }

    var largestFile: Int64 { backing.largestFile }
    var makesWhiteouts: Bool { true }

    private subscript(node: NodeID) -> Inode {
        _read { yield tree[InodeID(number: node.number)] }
        _modify { yield &tree[InodeID(number: node.number)] }
    }

    private func id(_ node: NodeID) -> InodeID { InodeID(number: node.number) }

    // MARK: Looking

    func name(for text: ByteString) -> Name { names.find(text.text) }

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
            inode: UInt64(node.number) + 1, target: inode.target.map(ByteString.init(_:)),
            device: inode.isWhiteout ? nil : inode.device, attributes: inode.xattrs.map { ByteString($0.name) })
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
    /// The storage hears only at a call's end what the call has changed.
    func sharesPageCache(_ file: NodeID) -> Bool {
        !changes.contains { $0.changesContents(of: file.number) } && storage.sharesPageCache(file.number)
    }

    func names(in directory: NodeID) throws(Errno) -> [Name] {
        var names: [Name] = []
        tree.forEachChild(of: id(directory)) { name, _ in names.append(name) }
        return names
    }

    // MARK: Names

    mutating func create(_ inode: Inode, at dentry: Dentry, _ account: inout Account) throws(Errno) -> NodeID {
        account.add(.create, dentry, size: inode.attributes.kind == .file ? 0 : nil, in: self)
        let new = make(inode, near: dentry.parent)
        attach(new, dentry)
        if inode.attributes.kind == .file { changes.append(.open(new.number)) }
        return NodeID(number: new.number)
    }

    mutating func makeTemporary(
        _ inode: Inode, in directory: NodeID, _ account: inout Account
    ) throws(Errno) -> NodeID {
        let new = make(inode, near: directory)
        tree.hold(new)
        return NodeID(number: new.number)
    }

    mutating func link(
        _ node: NodeID, _ source: Dentry, at dentry: Dentry, _ account: inout Account
    ) throws(Errno) {
        if self[node].links >= backing.mostLinks { throw .EMLINK }
        let size = self[node].attributes.kind == .file ? self[node].size : nil
        account.add(.create, dentry, size: size, in: self)
        attach(id(node), dentry)
    }

    private mutating func make(_ inode: Inode, near directory: NodeID) -> InodeID {
        let new = tree.make(inode)
        // The number may be one that an object of the image had.
        made.insert(new.number)
        changes.append(
            .make(
                new.number, inode.attributes.kind, near: directory.number,
                targetLength: inode.target?.utf8.count ?? 0))
        return new
    }

    private mutating func attach(_ object: InodeID, _ dentry: Dentry) {
        tree.attach(object, dentry.name, in: id(dentry.parent))
        changes.append(.name(object.number, in: dentry.parent.number, length: names[dentry.name].utf8.count))
    }

    private mutating func detach(_ dentry: Dentry) {
        tree.noteRemoval(of: dentry.name, in: id(dentry.parent), names, &changes)
        tree.detach(dentry.name, in: id(dentry.parent))
    }

    private mutating func noteMove(_ node: NodeID, _ source: Dentry, _ target: Dentry) {
        changes.append(.unname(node.number, in: source.parent.number, length: names[source.name].utf8.count))
        changes.append(.name(node.number, in: target.parent.number, length: names[target.name].utf8.count))
    }

    mutating func unlink(_ node: NodeID, at dentry: Dentry, _ account: inout Account) throws(Errno) {
        account.add(.remove, dentry, in: self)
        detach(dentry)
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
        if exchanging, let other {
            tell(node, at: target, &account)
            tell(other, at: source, &account)
            noteMove(node, source, target)
            noteMove(other, target, source)
            return tree.exchange(source.name, in: from, with: target.name, in: to)
        }
        if let other {
            if self[other].isDirectory, !tree.isEmpty(id(other)) { throw .ENOTEMPTY }
            detach(target)
        }
        account.add(.remove, source, in: self)
        tell(node, at: target, &account)
        noteMove(node, source, target)
        tree.move(source.name, in: from, to: target.name, in: to)
        if let mark { attach(make(mark, near: source.parent), source) }
    }

    private func tell(_ node: NodeID, at dentry: Dentry, _ account: inout Account) {
        let size = self[node].attributes.kind == .file ? self[node].size : nil
        account.add(.create, dentry, size: size, in: self)
    }

    // MARK: Objects

    mutating func open(
        _ node: NodeID, at dentry: Dentry, _ flags: OpenFlags, _ account: inout Account
    ) throws(Errno) {
        changes.append(.open(node.number))
    }

    mutating func change(
        _ node: NodeID, at dentry: Dentry, _ change: AttributeChange, _ account: inout Account
    ) throws(Errno) {
        if let size = change.size, size > largestFile { throw .EFBIG }
        self[node].apply(change)
        changed.insert(node.number)
        changes.append(change.size.map { .truncate(node.number, size: $0) } ?? .attributes(node.number))
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
        func size(_ value: [UInt8]?) -> Int { value.map { 16 + name.utf8.count + $0.count } ?? 0 }
        changes.append(.xattr(node.number, old: size(self[node][xattr: name]), size: size(value)))
        self[node][xattr: name] = value
        changed.insert(node.number)
    }

    mutating func changeData(
        of file: NodeID, at dentry: Dentry, touching range: Range<Int64>, _ account: inout Account,
        _ change: (inout FileData) -> Void
    ) {
        self[file].changeData(change)
        changed.insert(file.number)
        changes.append(account.isAllocation ? .allocate(file.number, range) : .write(file.number, range))
    }

    mutating func hold(_ node: NodeID) { tree.hold(id(node)) }
    mutating func release(_ node: NodeID) {
        if self[node].links == 0, self[node].holds == 1 { changes.append(.free(node.number)) }
        tree.release(id(node))
    }

    func find(_ path: Path) -> NodeID? { tree.find(path, names).map { NodeID(number: $0.number) } }

    func listing() -> [ListedFile] {
        var files: [ListedFile] = []
        var pending: [(InodeID, Path)] = [(FileTree.root, .root)]
        while let (directory, path) = pending.popLast() {
            tree.forEachChild(of: directory) { name, child in
                let here = path.appending(ByteString(names[name]))
                var file = ListedFile(here, entry(of: NodeID(number: child.number)), tree[child].xattrs)
                file.device = tree[child].device
                files.append(file)
                if tree[child].isDirectory { pending.append((child, here)) }
            }
        }
        return files.sorted { $0.path < $1.path }
    }
}
