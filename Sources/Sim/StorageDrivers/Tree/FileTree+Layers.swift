internal import LayerModel

extension FileTree {
    /// Applies a layer as an image's are applied: what it holds takes the place of what was there, directories are
    /// joined, a whiteout is a delete, an opaque directory first loses what it held.
    mutating func apply(_ layer: FileTree, _ names: NameTable, _ changes: inout [StorageChange]) {
        var links: [InodeID: InodeID] = [:]
        self[Self.root].attributes = layer[Self.root].attributes
        if layer[Self.root].isOpaque {
            var held: [Name] = []
            forEachChild(of: Self.root) { name, _ in held.append(name) }
            for name in held.sorted(by: { names[$0] < names[$1] }) {
                noteRemoval(of: name, in: Self.root, names, &changes)
                detach(name, in: Self.root)
            }
        }
        merge(layer, Self.root, into: Self.root, names, &links, &changes)
    }

    /// What storage hears of a name that goes with all that is beneath it.
    func noteRemoval(of name: Name, in parent: InodeID, _ names: NameTable, _ changes: inout [StorageChange]) {
        var lost: [InodeID: UInt32] = [:]
        noteRemoval(of: name, in: parent, names, &lost, &changes)
    }

    /// - Parameter lost: How many names of each object go with the first one; an object goes with its last.
    private func noteRemoval(
        of name: Name, in parent: InodeID, _ names: NameTable, _ lost: inout [InodeID: UInt32],
        _ changes: inout [StorageChange]
    ) {
        guard let object = child(name, of: parent) else { return }
        if self[object].isDirectory {
            var children: [Name] = []
            forEachChild(of: object) { child, _ in children.append(child) }
            for child in children { noteRemoval(of: child, in: object, names, &lost, &changes) }
        }
        changes.append(.unname(object.number, in: parent.number, length: names[name].utf8.count))
        lost[object, default: 0] += 1
        if self[object].links == lost[object], self[object].holds == 0 { changes.append(.free(object.number)) }
    }

    private mutating func merge(
        _ layer: FileTree, _ source: InodeID, into target: InodeID, _ names: NameTable,
        _ links: inout [InodeID: InodeID], _ changes: inout [StorageChange]
    ) {
        var children: [(Name, InodeID)] = []
        layer.forEachChild(of: source) { name, child in children.append((name, child)) }
        // In the order of an archive, so that the same layers lie on the disk in the same way.
        children.sort { names[$0.0] < names[$1.0] }
        for (name, child) in children {
            let inode = layer[child]
            var existing = self.child(name, of: target)
            if let id = existing, !inode.isDirectory || inode.isOpaque || !self[id].isDirectory {
                noteRemoval(of: name, in: target, names, &changes)
                detach(name, in: target)
                existing = nil
            }
            if inode.isWhiteout { continue }
            let id = existing ?? links[child] ?? put(inode, near: target, &changes)
            if existing == nil {
                attach(id, name, in: target)
                changes.append(.name(id.number, in: target.number, length: names[name].utf8.count))
            }
            guard inode.isDirectory else {
                links[child] = id
                continue
            }
            if existing != nil {
                self[id].attributes = inode.attributes
                self[id].xattrs = inode.xattrs
                changes.append(.attributes(id.number))
            }
            merge(layer, child, into: id, names, &links, &changes)
        }
    }

    /// An object of a layer, with what it holds.
    private mutating func put(
        _ inode: Inode, near directory: InodeID, _ changes: inout [StorageChange]
    ) -> InodeID {
        var copy = inode
        copy.marks = []
        let id = make(copy)
        changes.append(
            .make(
                id.number, inode.attributes.kind, near: directory.number, targetLength: inode.target?.utf8.count ?? 0))
        if case .file(let data) = inode.body {
            for blocks in data.allocatedBlocks {
                let bytes = blocks.bytes(of: FileData.blockSize).clamped(to: 0..<data.size)
                if !bytes.isEmpty { changes.append(.write(id.number, bytes)) }
            }
            changes.append(.truncate(id.number, size: data.size))
        }
        for xattr in inode.xattrs {
            changes.append(.xattr(id.number, old: 0, size: 16 + xattr.name.utf8.count + xattr.value.count))
        }
        return id
    }
}
