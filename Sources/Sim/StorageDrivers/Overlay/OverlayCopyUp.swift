internal import HashTreeCollections
internal import LayerModel

/// fs/overlayfs/copy_up.c
extension OverlayFilesystem {
    /// The object of the upper layer that a directory is written in; what leads there is copied up from the top down.
    @discardableResult
    mutating func upperDirectory(_ directory: NodeID, _ account: inout Account) -> InodeID {
        let held = upperObject(of: directory)
        if held != .none { return held }
        let dentry = Dentry(parent: parent(of: directory), name: name(of: directory))
        let parent = upperDirectory(dentry.parent, &account)
        let lower = self[directory].lower
        if holds(.parentsAreCopiedUp) { account.add(.parentCopyUp, dentry, layer: layerID(lower), in: self) }
        let id = put(copy(of: layers[Int(lower.layer)][lower.inode]), directory, &account)
        upper.attach(id, dentry.name, in: parent)
        return id
    }

    /// The copy has the mode, the owner, the times and the extended attributes, but none of overlayfs's marks: a
    /// directory that is opaque in a lower layer is merged with that layer alone, and shows no other.
    @inline(__always) private func copy(of inode: borrowing Inode) -> Inode {
        var copy = Inode(inode.attributes, inode.body)
        copy.accessed = inode.accessed
        copy.modified = inode.modified
        copy.marks = holds(.copyHasNoMarks) ? .origin : inode.marks.union(.origin)
        if holds(.copyKeepsExtendedAttributes) { copy.xattrs = inode.visibleXattrs }
        if !holds(.copyKeepsOwner) { (copy.attributes.uid, copy.attributes.gid) = (65534, 65534) }
        return copy
    }

    private mutating func put(
        _ copy: consuming Inode, _ node: NodeID, _ account: inout Account
    ) -> InodeID {
        let (attributes, metadata) = (copy.attributes, 2 + copy.xattrs.count)
        let id = upper.make(copy)
        upper.hold(id)
        if backing.reflinks { upper.noteClone(id) }
        if !isSplit(node) { upper[id].node = node }
        self[node].upper = id
        self[node].attributes = attributes
        account.cost.metadata += metadata
        return id
    }

    /// Copies up an object and the directories above it, unless it is there.
    ///
    /// - Parameters:
    ///   - needsData: Whether the data must lie in the upper layer too; else, with metacopy, it may stay beneath.
    ///   - isCut: Whether the data is thrown away at once, so that none is copied.
    ///   - told: The size that the effect tells, where the call changes it.
    ///   - isSilent: Whether nothing of it is left when the call returns, so that no effect tells it.
    /// - Returns: The object of the upper layer.
    /// - Throws: `Errno` where an open file has lost its name.
    @discardableResult
    mutating func copyUp(
        _ node: NodeID, at dentry: Dentry, needsData: Bool = false, isCut: Bool = false, told: Int64? = nil,
        isSilent: Bool = false, _ account: inout Account
    ) throws(Errno) -> InodeID {
        let held = upperObject(of: node)
        if held != .none {
            var isTold = false
            if needsIndex(node), !isInUpper(node, dentry), isNamed(node, dentry), holds(.furtherNameIsLinkedUp) {
                try linkUp(node, dentry, told: told, isSilent: isSilent, &account)
                isTold = !isSilent
            }
            if needsData { copyUpData(of: node, at: dentry, isCut: isCut, told: told, isTold: isTold, &account) }
            return held
        }
        let isNamed = isNamed(node, dentry)
        let parent = upperDirectory(dentry.parent, &account)
        let lower = self[node].lower
        let source = layers[Int(lower.layer)][lower.inode]
        var copy = copy(of: source)
        var size: Int64?
        if source.attributes.kind == .file {
            size = told ?? source.size
            if isCut {
                copy.body = .file(FileData())
            } else if options.metacopy, !needsData, holds(.attributesAreCopiedWithoutData) {
                copy.marks.insert(.metacopy)
                var empty = FileData()
                empty.setSize(source.size)
                copy.body = .file(empty)
                if lowers(of: node).isEmpty { setLowers([lower], of: node) }
            } else {
                // As many bytes as the attributes say, which may lie above the data.
                var data = data(of: node)
                data.setSize(source.size)
                copy.body = .file(copied(data, &account))
            }
        }
        if cannotBeCounted(node) {
            // The copy is there, in the index alone; its names cannot be noted on it.
            enterIndex(put(copy, node, &account), lower, source.links, &account)
            throw .EPERM
        }
        if !isNamed { try takeBackName(dentry, source.attributes.kind, in: parent) }
        let id = put(copy, node, &account)
        if options.index, self[node].directory == .max, source.links > 1, holds(.indexJoinsHardLinks) {
            enterIndex(id, lower, source.links, &account)
        }
        upper.attach(id, dentry.name, in: parent)
        // Where nothing was found before, it is looked for anew.
        if !isNamed, known(dentry.name, in: dentry.parent) == Directory.absent { forget(dentry) }
        if isSilent || !isNamed { return id }
        account.add(.copyUp, dentry, layer: layerID(lower), size: size, in: self)
        // Without an index nothing tells the copy which other names its inode had.
        if self[node].directory == .max, source.links > 1, !options.index, holds(.copyUpBreaksHardLinks) {
            account.add(.linkBroken, dentry, layer: layerID(lower), in: self)
        }
        return id
    }

    /// What is open and has lost its name is copied up under it nevertheless: a file is linked there, which fails where
    /// anything stands in its place, also a whiteout; anything else is moved there and takes the place, where rename(2)
    /// lets it. What was found under the name since is found there still, though the layer holds it no more.
    private mutating func takeBackName(
        _ dentry: Dentry, _ kind: NodeKind, in parent: InodeID
    ) throws(Errno) {
        if upper[parent].links == 0, parent != FileTree.root { throw kind == .file ? .ENOENT : .EIO }
        if let existing = upper.child(dentry.name, of: parent) {
            if kind == .file, holds(.nameThatIsTakenIsNotTakenBack) { throw .EEXIST }
            if kind == .directory {
                if !upper[existing].isDirectory { throw .ENOTDIR }
                if !upper.isEmpty(existing) { throw backing == .xfs ? .EEXIST : .ENOTEMPTY }
            } else if upper[existing].isDirectory {
                throw .EISDIR
            }
            upper.detach(dentry.name, in: parent)
        }
        // Whoever looked for the name since then found nothing, and the kernel remembers that.
        if lost[dentry] == true, holds(.nameThatCameBackIsStale) { hidden.insert(dentry) }
    }

    @inline(__always) private func isNamed(_ node: NodeID, _ dentry: Dentry) -> Bool {
        directories[record(dentry.parent)].known[dentry.name] == node.number
    }

    /// Whether the upper layer holds the object under this name: with an index it may have been copied up through
    /// another one.
    @inline(__always) func isInUpper(_ node: NodeID, _ dentry: Dentry) -> Bool {
        let held = upperObject(of: node)
        guard options.index, self[node].directory == .max, held != .none else { return held != .none }
        let parent = upperObject(of: dentry.parent)
        return parent != .none && upper.child(dentry.name, of: parent) == held
    }

    /// A further name of what was copied up (ovl_link_up()).
    private mutating func linkUp(
        _ node: NodeID, _ dentry: Dentry, told: Int64?, isSilent: Bool, _ account: inout Account
    ) throws(Errno) {
        let parent = upperDirectory(dentry.parent, &account)
        if cannotBeCounted(node) { throw .EPERM }
        let (id, lower) = (upperObject(of: node), self[node].lower)
        upper.attach(id, dentry.name, in: parent)
        account.cost.metadata += 1
        guard !isSilent else { return }
        let size = upper[id].attributes.kind == .file ? told ?? upper[id].size : nil
        account.add(.copyUp, dentry, layer: layerID(lower), size: size, in: self)
    }

    /// Whether the index fails with an object: how many names it has is kept in an attribute `nlink`, and with `userxattr`
    /// only files and directories have attributes of that kind (ovl_set_nlink_common()).
    @inline(__always) private func cannotBeCounted(_ node: NodeID) -> Bool {
        options.userXattr && needsIndex(node) && attributes(of: node).kind != .file
    }

    /// Whether a copy-up left an object in the index that a mount with an index stumbles over.
    var holdsBrokenIndex: Bool {
        options.userXattr && index.contains { upper[$0.value.upper].attributes.kind != .file }
    }

    private mutating func enterIndex(
        _ id: InodeID, _ lower: LowerObject, _ links: UInt32, _ account: inout Account
    ) {
        index[lower] = IndexEntry(upper: id, links: links)
        indexedUpper[id] = lower
        upper[id].links += 1
        account.cost.metadata += 2
    }

    /// A name of the object came or went (ovl_nlink_end()).
    mutating func countLink(of node: NodeID, _ change: Int) {
        guard !index.isEmpty, holds(.indexCountsTheNames), let lower = indexedUpper[upperObject(of: node)],
            var entry = index[lower]
        else { return }
        entry.links = UInt32(Int(entry.links) + change)
        index[lower] = entry
        guard entry.links == 0 else { return }
        index[lower] = nil
        indexedUpper[entry.upper] = nil
        upper[entry.upper].links -= 1
    }

    /// The data follows the attributes (ovl_copy_up_meta_inode_data()).
    ///
    /// - Parameter isTold: Whether an effect tells the copy-up already.
    private mutating func copyUpData(
        of node: NodeID, at dentry: Dentry, isCut: Bool, told: Int64?, isTold: Bool, _ account: inout Account
    ) {
        guard holds(.dataFollowsWhenItIsNeeded), let lower = lowerData(of: node) else { return }
        let id = upperObject(of: node)
        var data = layers[Int(lower.layer)][lower.inode].data
        let size = upper[id].size
        data.setSize(size)
        upper[id].body = .file(isCut ? FileData() : copied(data, &account))
        if backing.reflinks { upper.noteClone(id) }
        // A redirect stays, and says nothing any more.
        upper[id].marks.remove(.metacopy)
        account.cost.metadata += 1
        // Of an object that another has taken the place of nothing is seen in the layer.
        let parent = upperObject(of: dentry.parent)
        if isTold || parent == .none || upper.child(dentry.name, of: parent) != id { return }
        account.add(.copyUp, dentry, layer: layerID(lower), size: told ?? size, in: self)
    }

    /// A copy by reflink where the filesystem has it, else by reading and writing.
    @inline(__always) private func copied(_ data: FileData, _ account: inout Account) -> FileData {
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
