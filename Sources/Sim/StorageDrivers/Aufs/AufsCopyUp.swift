internal import LayerModel

/// cpup.c of AUFS.
extension AufsFilesystem {
    /// Copies up an object and the directories above it, unless it is there under this name.
    ///
    /// - Parameters:
    ///   - length: How many bytes of a file the caller will leave; the rest is not copied.
    ///   - told: The size that the effect tells, where the call changes it.
    /// - Returns: The object of the upper branch.
    @discardableResult
    mutating func copyUp(
        _ node: NodeID, at dentry: Dentry, length: Int64? = nil, told: Int64? = nil, _ account: inout Account
    ) -> InodeID {
        let held = union[node].upper
        let isDirectory = union[node].directory != .max
        if isDirectory, held != .none { return held }
        let isNamed = isNamed(node, dentry)
        if held != .none {
            // Another name was copied up before: this one becomes a hard link to that copy.
            if isNamed, upperName(dentry) != held { addName(node, dentry, &account) }
            return held
        }
        let lower = union[node].lower
        let source = union.layers[Int(lower.layer)][lower.inode]
        let parent = isNamed ? union.upperDirectory(dentry.parent, &account) : .none
        let id = makeCopy(of: source, node, length: length, &account)
        if isNamed {
            account.add(
                .copyUp, dentry, layer: union.layerID(lower),
                size: source.attributes.kind == .file ? told ?? source.size : nil, in: self)
            union.upper.attach(id, dentry.name, in: parent)
            if !isDirectory { union[node].copied += 1 }
        }
        return id
    }

    /// A file that lost its name while it was open is copied to one that has none.
    func isNamed(_ node: NodeID, _ dentry: Dentry) -> Bool {
        union[dentry.parent].holds > 0
            && union.directories[union.record(dentry.parent)].known[dentry.name] == node.number
    }

    /// What the upper branch holds under a name.
    func upperName(_ dentry: Dentry) -> InodeID? {
        let parent = union[dentry.parent].upper
        return parent == .none ? nil : union.upper.child(dentry.name, of: parent)
    }

    private mutating func addName(_ node: NodeID, _ dentry: Dentry, _ account: inout Account) {
        let parent = union.upperDirectory(dentry.parent, &account)
        account.add(
            .create, dentry, size: union.attributes(of: node).kind == .file ? union.size(of: node) : nil, in: self)
        account.cost.metadata += 1
        union.upper.attach(union[node].upper, dentry.name, in: parent)
        union[node].copied += 1
    }

    /// A copy without a name yet.
    mutating func makeCopy(
        of source: Inode, _ node: NodeID, length: Int64? = nil, _ account: inout Account
    ) -> InodeID {
        var copy = Inode(source.attributes, source.body)
        copy.accessed = source.accessed
        copy.modified = source.modified
        copy.xattrs = source.xattrs
        if source.attributes.kind == .file {
            copy.body = .file(copied(source.data, length: min(length ?? source.size, source.size), &account))
        }
        let id = union.upper.make(copy)
        union.upper.hold(id)
        if union.backing.reflinks { union.upper.noteClone(id) }
        union.upper[id].node = node
        union[node].upper = id
        union[node].attributes = copy.attributes
        account.cost.metadata += 2 + copy.xattrs.count
        return id
    }

    /// au_copy_file(): the file is read from its beginning to its end, holes too, and what is zeros is not written. Where
    /// the branch's filesystem can clone, the copy shares instead.
    private func copied(_ data: FileData, length: Int64, _ account: inout Account) -> FileData {
        var copy = data
        copy.setSize(length)
        if union.backing.reflinks {
            account.cost.shared += copy.allocated
            return copy
        }
        if contentsAreKnown { copy.dropUnwritten() }
        account.cost.copied += length
        account.cost.allocated += copy.allocated
        return copy
    }
}
