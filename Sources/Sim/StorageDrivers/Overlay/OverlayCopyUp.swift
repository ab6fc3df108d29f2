internal import LayerModel

/// fs/overlayfs/copy_up.c
extension OverlayFilesystem {
    /// The object of the upper layer that a directory is written in; what leads there is copied up from the top down.
    @discardableResult
    mutating func upperDirectory(_ directory: NodeID, _ account: inout Account) -> InodeID {
        let held = self[directory].upper
        if held != .none { return held }
        let dentry = Dentry(parent: parent(of: directory), name: name(of: directory))
        let parent = upperDirectory(dentry.parent, &account)
        let lower = self[directory].lower
        account.add(.parentCopyUp, dentry, layer: layerID(lower), in: self)
        return put(copy(of: layers[Int(lower.layer)][lower.inode]), directory, dentry.name, in: parent, &account)
    }

    /// The copy has the mode, the owner, the times and the extended attributes, but none of overlayfs's marks: a
    /// directory that is opaque in a lower layer is merged with that layer alone, and shows no other.
    private func copy(of inode: borrowing Inode) -> Inode {
        var copy = Inode(inode.attributes, inode.body)
        copy.accessed = inode.accessed
        copy.modified = inode.modified
        copy.marks = .origin
        if holds(.copyKeepsExtendedAttributes) { copy.xattrs = inode.visibleXattrs }
        if !holds(.copyKeepsOwner) { (copy.attributes.uid, copy.attributes.gid) = (65534, 65534) }
        return copy
    }

    private mutating func put(
        _ copy: Inode, _ node: NodeID, _ name: Name, in parent: InodeID, _ account: inout Account
    ) -> InodeID {
        let id = upper.make(copy)
        upper.attach(id, name, in: parent)
        upper.hold(id)
        upper[id].node = node
        self[node].upper = id
        account.cost.metadata += 2 + copy.xattrs.count
        return id
    }

    /// Copies up an object and the directories above it, unless it is there.
    ///
    /// - Parameters:
    ///   - needsData: Whether the data must lie in the upper layer too; else, with metacopy, it may stay beneath.
    ///   - isCut: Whether the data is thrown away at once, so that none is copied.
    ///   - told: The size that the effect tells, where the call changes it.
    /// - Returns: The object of the upper layer.
    /// - Throws: `Errno` where an open file has no name to be copied to.
    @discardableResult
    mutating func copyUp(
        _ node: NodeID, at dentry: Dentry, needsData: Bool = false, isCut: Bool = false, told: Int64? = nil,
        _ account: inout Account
    ) throws(Errno) -> InodeID {
        let held = self[node].upper
        if held != .none {
            if needsData { copyUpData(of: node, at: dentry, isCut: isCut, told: told, &account) }
            return held
        }
        if self[node].directory == .max, !isNamed(node, dentry) { throw Self.namelessCopyUp }
        let parent = upperDirectory(dentry.parent, &account)
        let lower = self[node].lower
        let source = layers[Int(lower.layer)][lower.inode]
        var copy = copy(of: source)
        var size: Int64?
        if source.attributes.kind == .file {
            size = told ?? source.size
            if isCut {
                copy.body = .file(FileData())
            } else if options.metacopy, !needsData {
                copy.marks.insert(.metacopy)
                var empty = FileData()
                empty.setSize(source.size)
                copy.body = .file(empty)
                if self[node].lowers.isEmpty { self[node].lowers = [lower] }
            } else {
                copy.body = .file(copied(data(of: node), &account))
            }
        }
        let id = put(copy, node, dentry.name, in: parent, &account)
        account.add(.copyUp, dentry, layer: layerID(lower), size: size, in: self)
        // Without an index nothing tells the copy which other names its inode had.
        if self[node].directory == .max, source.links > 1, !options.index, holds(.copyUpBreaksHardLinks) {
            account.add(.linkBroken, dentry, layer: layerID(lower), in: self)
        }
        return id
    }

    /// A descriptor on a file of a lower layer whose name has gone.
    static var namelessCopyUp: Errno { .ENOENT }

    private func isNamed(_ node: NodeID, _ dentry: Dentry) -> Bool {
        self[dentry.parent].holds > 0 && directories[record(dentry.parent)].known[dentry.name] == node.number
    }

    /// The data follows the attributes (ovl_copy_up_meta_inode_data()).
    private mutating func copyUpData(
        of node: NodeID, at dentry: Dentry, isCut: Bool, told: Int64?, _ account: inout Account
    ) {
        guard let lower = lowerData(of: node) else { return }
        let id = self[node].upper
        let data = layers[Int(lower.layer)][lower.inode].data
        upper[id].body = .file(isCut ? FileData() : copied(data, &account))
        upper[id].marks.remove(.metacopy)
        upper[id].redirect = nil
        account.cost.metadata += 1
        account.add(.copyUp, dentry, layer: layerID(lower), size: told ?? data.size, in: self)
    }

    /// A copy by reflink where the filesystem has it, else by reading and writing.
    private func copied(_ data: FileData, _ account: inout Account) -> FileData {
        if backing.reflinks {
            account.cost.shared += data.allocated
            return data
        }
        let (copy, count) = data.copiedUp()
        account.cost.copied += count
        account.cost.allocated += copy.allocated
        return copy
    }
}
