internal import HashTreeCollections
internal import LayerModel

/// i_op_add.c, i_op_del.c and i_op_ren.c of AUFS.
extension AufsFilesystem {
    mutating func create(_ inode: Inode, at dentry: Dentry, _ account: inout Account) throws(Errno) -> NodeID {
        let parent = union.upperDirectory(dentry.parent, &account)
        account.add(.create, dentry, size: inode.attributes.kind == .file ? 0 : nil, in: self)
        var inode = inode
        // A character device 0:0 is a device like any other here.
        if inode.attributes.kind == .whiteout { inode.attributes.kind = .characterDevice }
        let isDirectory = inode.isDirectory
        if isDirectory, union.upperWhiteout(at: dentry.name, in: parent) { markOpaque(&inode, dentry, &account) }
        union.removeWhiteout(at: dentry.name, in: parent)
        let id = union.upper.make(inode)
        union.upper.attach(id, dentry.name, in: parent)
        account.cost.metadata += 2
        let node = union.make(OverlayFilesystem.Node(upper: id), isDirectory: isDirectory, at: dentry)
        union.remember(node, at: dentry)
        return node
    }

    private func markOpaque(_ inode: inout Inode, _ dentry: Dentry, _ account: inout Account) {
        account.add(.opaque, dentry, in: self)
        account.cost.metadata += 1
        inode.marks.insert(.opaque)
    }

    mutating func makeTemporary(
        _ inode: Inode, in directory: NodeID, _ account: inout Account
    ) throws(Errno) -> NodeID {
        try union.makeTemporary(inode, in: directory, &account)
    }

    /// au_cpup_or_link(): what is in no writable branch yet is copied there under the new name alone.
    mutating func link(
        _ node: NodeID, _ source: Dentry, at dentry: Dentry, _ account: inout Account
    ) throws(Errno) {
        let parent = union.upperDirectory(dentry.parent, &account)
        let size = union.attributes(of: node).kind == .file ? union.size(of: node) : nil
        if union[node].upper == .none {
            let lower = union[node].lower
            _ = makeCopy(of: union.layers[Int(lower.layer)][lower.inode], node, &account)
            account.add(.copyUp, dentry, layer: union.layerID(lower), size: size, in: self)
        } else {
            account.add(.create, dentry, size: size, in: self)
            account.cost.metadata += 1
        }
        union.removeWhiteout(at: dentry.name, in: parent)
        union.upper.attach(union[node].upper, dentry.name, in: parent)
        // Its other names must be found to be the same file.
        if union[node].lower != .none { union.indexed[union[node].lower] = node }
        union.remember(node, at: dentry)
    }

    mutating func unlink(_ node: NodeID, at dentry: Dentry, _ account: inout Account) throws(Errno) {
        remove(node, dentry, &account)
    }

    /// A directory is empty when it shows nothing; the whiteouts in it go with it.
    mutating func removeDirectory(_ node: NodeID, at dentry: Dentry, _ account: inout Account) throws(Errno) {
        try union.checkMergedEmpty(node)
        remove(node, dentry, &account)
    }

    private mutating func remove(_ node: NodeID, _ dentry: Dentry, _ account: inout Account) {
        let parent = union.upperDirectory(dentry.parent, &account)
        let hidden = union.lowerHolder(of: dentry)
        if upperName(dentry) != nil {
            account.add(.remove, dentry, in: self)
            union.upper.detach(dentry.name, in: parent)
            account.cost.metadata += 1
            if hidden != nil, union[node].copied > 0 {
                union[node].copied -= 1
                union[node].lost += 1
            }
        } else {
            union[node].lost += 1
        }
        if let hidden { union.hide(dentry, hidden, in: parent, &account) }
        union.forget(dentry)
    }

    // MARK: rename(2)

    mutating func rename(
        _ node: NodeID, _ source: Dentry, to target: Dentry, over other: NodeID?, exchanging: Bool,
        leaving mark: Inode?, _ account: inout Account
    ) throws(Errno) {
        let isDirectory = union[node].directory != .max
        if let other, union[other].directory != .max {
            if exchanging { try checkMovable(other) } else { try union.checkMergedEmpty(other) }
        }
        if isDirectory { try checkMovable(node) }
        let wasInUpper = upperName(source) != nil
        let newParent = union.upperDirectory(target.parent, &account)
        moveUp(node, source, &account)
        if exchanging, let other {
            moveUp(other, target, &account)
            return exchange(node, source, other, target, &account)
        }
        let hidden = union.lowerHolder(of: source)
        let oldParent = union.upperDirectory(source.parent, &account)
        if wasInUpper { account.add(.remove, source, in: self) }
        let hides = union.upperWhiteout(at: target.name, in: newParent) || union.lowerHolder(of: target) != nil
        if let other {
            if upperName(target) != nil { union.upper.detach(target.name, in: newParent) }
            if union.lowerHolder(of: target) != nil { union[other].lost += 1 }
            union.forget(target)
        }
        union.removeWhiteout(at: target.name, in: newParent)
        union.upper.move(source.name, in: oldParent, to: target.name, in: newParent)
        account.cost.metadata += 2
        if let hidden {
            union.hide(source, hidden, in: oldParent, &account)
            if union[node].copied > 0 {
                union[node].copied -= 1
                union[node].lost += 1
            }
        }
        tell(node, at: target, hides: hides, &account)
        union.remember(node, at: target)
        union.forget(source)
        if isDirectory { union.place(node, at: target) }
    }

    private mutating func exchange(
        _ node: NodeID, _ source: Dentry, _ other: NodeID, _ target: Dentry, _ account: inout Account
    ) {
        let (from, to) = (union[source.parent].upper, union[target.parent].upper)
        let (hidesSource, hidesTarget) = (
            union.lowerHolder(of: source) != nil, union.lowerHolder(of: target) != nil
        )
        union.upper.exchange(source.name, in: from, with: target.name, in: to)
        account.cost.metadata += 2
        tell(node, at: target, hides: hidesTarget, &account)
        tell(other, at: source, hides: hidesSource, &account)
        union.hold(node)
        union.hold(other)
        union.forget(source)
        union.forget(target)
        union.remember(node, at: target)
        union.remember(other, at: source)
        union.release(node)
        union.release(other)
        if union[node].directory != .max { union.place(node, at: target) }
        if union[other].directory != .max { union.place(other, at: source) }
    }

    /// The object is copied up under its old name; a directory leaves behind what lies beneath it, which is empty.
    private mutating func moveUp(_ node: NodeID, _ dentry: Dentry, _ account: inout Account) {
        copyUp(node, at: dentry, &account)
        guard union[node].directory != .max else { return }
        union.setLowers([], of: node)
        union[node].lower = .none
    }

    private mutating func tell(_ node: NodeID, at dentry: Dentry, hides: Bool, _ account: inout Account) {
        let size = union.attributes(of: node).kind == .file ? union.size(of: node) : nil
        account.add(.create, dentry, size: size, in: self)
        let id = union[node].upper
        guard union.upper[id].isDirectory else { return }
        if union.upper[id].isOpaque {
            account.add(.opaque, dentry, in: self)
        } else if hides {
            markOpaque(&union.upper[id], dentry, &account)
        }
    }

    /// may_rename_srcdir(): a directory of a lower branch must show nothing; one of the upper branch, nothing of those
    /// beneath.
    private func checkMovable(_ directory: NodeID) throws(Errno) {
        let node = union[directory]
        guard node.upper != .none else {
            do throws(Errno) { try union.checkMergedEmpty(directory) } catch { throw .EXDEV }
            return
        }
        var hasChild = false
        let lowers = union.lowers(of: directory)
        for (index, place) in lowers.enumerated() {
            union.layers[Int(place.layer)].forEachChild(of: place.inode) { name, child in
                if union.layers[Int(place.layer)][child].isWhiteout || isWhitedOut(name, node.upper, lowers[..<index]) {
                    return
                }
                hasChild = true
            }
        }
        if hasChild { throw .EXDEV }
    }

    private func isWhitedOut(
        _ name: Name, _ upper: InodeID, _ lowers: ContiguousArray<OverlayFilesystem.LowerObject>.SubSequence
    ) -> Bool {
        if union.upperWhiteout(at: name, in: upper) { return true }
        return lowers.contains { place in
            let tree = union.layers[Int(place.layer)]
            return tree.child(name, of: place.inode).map { tree[$0].isWhiteout } ?? false
        }
    }
}
