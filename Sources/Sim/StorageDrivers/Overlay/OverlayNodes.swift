internal import HashTreeCollections
internal import LayerModel

/// What the union remembers: nodes, and the names under which they were found, as the kernel's inode and dentry caches do.
extension OverlayFilesystem {
    mutating func hold(_ node: NodeID) { self[node].holds += 1 }

    mutating func release(_ node: NodeID) {
        self[node].holds -= 1
        if self[node].holds == 0 { free(node) }
    }

    private mutating func free(_ id: NodeID) {
        let node = self[id]
        if node.upper != .none {
            if upper[node.upper].node == id { upper[node.upper].node = .none }
            upper.release(node.upper)
        }
        if !indexed.isEmpty, node.lower != .none, indexed[node.lower] == id { indexed[node.lower] = nil }
        if !dataBeneath.isEmpty { dataBeneath[id] = nil }
        if node.directory != .max {
            if !lost.isEmpty { lost = lost.filter { $0.key.parent != id } }
            if !hidden.isEmpty { hidden = hidden.filter { $0.parent != id } }
            let record = Int(node.directory)
            let known = directories[record].known
            directories[record] = Directory(parent: NodeID(number: freeDirectory), name: .unknown)
            freeDirectory = node.directory
            release(known)
        }
        self[id] = Node(holds: 0, directory: freeNode)
        freeNode = id.number
    }

    /// Everything that was remembered goes, as at an unmount.
    mutating func dropNodes() {
        let known = directories[0].known
        directories[0].known = DirectoryEntries()
        release(known)
    }

    private mutating func release(_ known: DirectoryEntries) {
        known.forEach { _, child in if child != Directory.absent { release(NodeID(number: child)) } }
    }

    /// A new node, which nobody holds yet.
    mutating func make(
        _ node: Node, _ lowers: ContiguousArray<LowerObject> = [], isDirectory: Bool, at dentry: Dentry
    ) -> NodeID {
        var node = node
        node.attributes = withReal(node) { $0.attributes }
        if !isDirectory {
            // One name of several that a copy-up will part from the others counts for itself (ovl_get_inode()).
            let isParted = node.upper == .none && !options.index && isHardLinked(node.lower)
            node.names = isParted ? 1 : unionLinks(node) ?? withReal(node) { $0.links }
        }
        if isDirectory {
            node.directory = makeRecord(Directory(lowers: lowers, parent: dentry.parent, name: dentry.name))
        }
        let id: NodeID
        if freeNode != .max {
            id = NodeID(number: freeNode)
            freeNode = self[id].directory
            self[id] = node
        } else {
            nodes.append(node)
            id = NodeID(number: UInt32(nodes.count - 1))
        }
        if node.upper != .none {
            upper.hold(node.upper)
            upper[node.upper].node = id
        }
        if !isDirectory, !lowers.isEmpty { dataBeneath[id] = lowers }
        return id
    }

    /// The directories beneath that are merged, or where a file's data lies of which only the attributes are above.
    @inline(__always) func lowers(of node: NodeID) -> ContiguousArray<LowerObject> {
        let record = self[node].directory
        if record != .max { return directories.withElement(Int(record)) { $0.lowers } }
        return dataBeneath.isEmpty ? [] : dataBeneath[node] ?? []
    }

    mutating func setLowers(_ lowers: ContiguousArray<LowerObject>, of node: NodeID) {
        let record = self[node].directory
        if record != .max { directories[Int(record)].lowers = lowers } else { dataBeneath[node] = lowers }
    }

    private mutating func makeRecord(_ directory: Directory) -> UInt32 {
        guard freeDirectory != .max else {
            directories.append(directory)
            return UInt32(directories.count - 1)
        }
        let number = freeDirectory
        freeDirectory = directories[Int(number)].parent.number
        directories[Int(number)] = directory
        return number
    }

    /// Remembers what stands under a name.
    mutating func remember(_ node: NodeID, at dentry: Dentry) {
        hold(node)
        directories[record(dentry.parent)].known[dentry.name] = node.number
    }

    /// Remembers that nothing stands under a name.
    mutating func rememberAbsence(of name: Name, in directory: NodeID) {
        if name != .unknown { directories[record(directory)].known[name] = Directory.absent }
    }

    /// The name stands for nothing any more, or for something else.
    mutating func forget(_ dentry: Dentry) {
        let record = record(dentry.parent)
        guard let node = directories[record].known[dentry.name] else { return }
        directories[record].known[dentry.name] = nil
        if node != Directory.absent { release(NodeID(number: node)) }
    }

    /// The name is gone, and with it what stood there: nothing shows in its place, unless a mark was left out on purpose.
    mutating func loseName(_ dentry: Dentry) {
        forget(dentry)
        if holds(.removingLowerLeavesWhiteout) { rememberAbsence(of: dentry.name, in: dentry.parent) }
    }

    mutating func place(_ directory: NodeID, at dentry: Dentry) {
        let record = record(directory)
        directories[record].parent = dentry.parent
        directories[record].name = dentry.name
    }
}
