internal import HashTreeCollections
internal import LayerModel

/// overlayfs: what the kernel's fs/overlayfs of Linux 6.18 does with its layers.
///
/// A node stands for an object of the union, as the kernel's overlay inode does: the object of the upper layer, if there
/// is one, and those of the lower layers that it was found over. Nodes are made by lookups and remembered under their
/// names, as the kernel's dentry cache does, which is sound because only the mount itself changes its layers.
struct OverlayFilesystem: StorageDriver {
    /// An object of a lower layer; layer 0 is the lowest.
    struct LowerObject: Hashable, Sendable {
        var layer: UInt16
        var inode: InodeID
        static let none = LowerObject(layer: 0, inode: .none)
    }

    /// What every walk reads of an object: nothing in it is counted, and it lies in one line of the processor's cache.
    struct Node: BitwiseCopyable, Sendable {
        /// `InodeID.none` where nothing was copied up.
        var upper = InodeID.none
        /// The topmost object of the lower layers; for a file that was copied up, where its data is if it lies beneath.
        var lower = LowerObject.none
        /// What permissions are asked of, as the kernel's overlay inode keeps it (ovl_copyattr()). Where several nodes stand
        /// for one object of the upper layer, a change through one of them is not seen in the others.
        var attributes = InodeAttributes(kind: .file, permissions: 0, uid: 0, gid: 0)
        /// How many names that are remembered and open files keep the node.
        var holds: UInt32 = 0
        /// The number of a directory's record.
        var directory = UInt32.max
        /// How many names the kernel's own inode of it has (i_nlink), which no copy-up changes: an open file that lost its
        /// last name and is copied up under it has none.
        var names: UInt32 = 0
        /// AUFS: how many names it lost that its lower object still has.
        var lost: UInt32 = 0
        /// AUFS: how many of its names in the upper branch stand over names of its lower object.
        var copied: UInt32 = 0
    }

    struct IndexEntry: Sendable {
        var upper: InodeID
        /// How many names the object has in the union.
        var links: UInt32
    }

    struct Directory: Sendable {
        /// The children that were looked up, by their nodes' numbers; `absent` for a name under which nothing was found.
        var known = DirectoryEntries()
        /// The directories beneath that are merged.
        var lowers: ContiguousArray<LowerObject> = []
        var parent: NodeID
        var name: Name

        static let absent = UInt32.max
    }

    var names: NameTable
    let layers: ContiguousArray<FileTree>
    var upper: FileTree
    var options: OverlayOptions
    let backing: BackingFilesystem
    /// The inode that all whiteouts share.
    var whiteout = InodeID.none
    /// `workdir/index`: what was copied up of lower objects that have several names.
    var index: TreeDictionary<LowerObject, IndexEntry> = [:]
    var indexedUpper: TreeDictionary<InodeID, LowerObject> = [:]
    /// With an index, the node of a lower object that has several names.
    var indexed: TreeDictionary<LowerObject, NodeID> = [:]

    /// Names that went away under an open file, and whether somebody has looked for them since.
    var lost: [Dentry: Bool] = [:]
    /// The lower layers of which a directory with `opaque=x` has been seen since the mount: only in those whiteouts in the
    /// form of files are looked for (struct ovl_layer's has_xwhiteouts).
    var layersWithAttributeWhiteouts: Set<UInt16> = []
    /// Names that came back without the kernel's dentry cache knowing.
    var hidden: Set<Dentry> = []

    var nodes = PagedArray<Node>()
    var directories = PagedArray<Directory>()
    var freeNode = UInt32.max
    var freeDirectory = UInt32.max

    /// Where a file's data lies, of which only the attributes are above: the last one has it.
    var dataBeneath: TreeDictionary<NodeID, ContiguousArray<LowerObject>> = [:]

    /// Rules that are broken on purpose.
    var brokenRules = BrokenRules()

    let root = NodeID(number: 0)

    init(_ stack: LayerStack, upper: FileTree, _ options: OverlayOptions, backing: BackingFilesystem) {
        names = stack.names
        layers = stack.layers
        self.upper = upper
        // What went at an unmount is no call's cost.
        _ = self.upper.takeFreed()
        self.options = options
        self.backing = backing
        var node = Node(upper: FileTree.root, holds: 1)
        let lowers = ContiguousArray(
            layers.indices.reversed().map { LowerObject(layer: UInt16($0), inode: FileTree.root) })
        node.lower = lowers.first ?? .none
        node.directory = 0
        node.attributes = upper[FileTree.root].attributes
        nodes.append(node)
        directories.append(Directory(lowers: lowers, parent: root, name: .unknown))
        for place in lowers where showsAttributeWhiteouts(place, isLast: place.layer == 0) {
            layersWithAttributeWhiteouts.insert(place.layer)
        }
    }

    func error(forAttribute name: String) -> Errno? { options.error(forAttribute: name) }

    var largestFile: Int64 { backing.largestFile }
    var makesWhiteouts: Bool { false }

    @inline(__always) func holds(_ rule: Overlay2.Rule) -> Bool { brokenRules.holds(.call(rule)) }
    @inline(__always) func holds(_ rule: Lookup.Rule) -> Bool { brokenRules.holds(.walk(rule)) }
    @inline(__always) func holds(_ rule: OverlayRule) -> Bool { brokenRules.holds(.overlay(rule)) }

    subscript(node: NodeID) -> Node {
        @inline(__always) _read { yield nodes[Int(node.number)] }
        @inline(__always) _modify { yield &nodes[Int(node.number)] }
    }

    /// The object of the upper layer, if there is one.
    @inline(__always) func upperObject(of node: NodeID) -> InodeID { nodes.withElement(Int(node.number)) { $0.upper } }

    @inline(__always) func record(_ directory: NodeID) -> Int {
        Int(nodes.withElement(Int(directory.number)) { $0.directory })
    }

    /// What is remembered under a name: the number of a node, or that nothing stands there.
    @inline(__always) func known(_ name: Name, in directory: NodeID) -> UInt32? {
        directories.withAddress(of: record(directory)) { $0.pointee.known[name] }
    }

    @inline(__always) func name(for text: ByteString) -> Name { names.find(text.text) }
    @inline(__always) func parent(of directory: NodeID) -> NodeID { directories[record(directory)].parent }
    @inline(__always) func name(of directory: NodeID) -> Name { directories[record(directory)].name }

    // MARK: What a node shows

    /// The object that answers for the node.
    @inline(__always) func withReal<Result>(_ node: NodeID, _ body: (borrowing Inode) -> Result) -> Result {
        withReal(self[node], body)
    }

    @inline(__always) func withReal<Result>(_ node: Node, _ body: (borrowing Inode) -> Result) -> Result {
        if node.upper != .none { return upper.withInode(node.upper, body) }
        return layers.withUnsafeBufferPointer { $0[Int(node.lower.layer)].withInode(node.lower.inode, body) }
    }

    @inline(__always) func attributes(of node: NodeID) -> InodeAttributes {
        nodes.withElement(Int(node.number)) { $0.attributes }
    }

    @inline(__always) func size(of node: NodeID) -> Int64 { withReal(node) { $0.size } }
    func target(of link: NodeID) -> String { withReal(link) { $0.target ?? "" } }
    func device(of node: NodeID) -> DeviceNumber? { withReal(node) { $0.device } }

    func xattr(_ name: String, of node: NodeID) -> [UInt8]? {
        withReal(node) { inode in inode.xattrs.isEmpty ? nil : inode[xattr: name] }
    }

    /// Where a file's data is: it may lie beneath its attributes.
    @inline(__always) func data(of file: NodeID) -> FileData {
        if let data = lowerData(of: file) { return layers[Int(data.layer)][data.inode].data }
        return withReal(file) { $0.data }
    }

    /// The lower object that has the data, where only attributes are above it.
    @inline(__always) func lowerData(of file: NodeID) -> LowerObject? {
        let marks = withReal(file) { $0.marks }
        return marks.contains(.metacopy) && holds(.dataLiesBeneathItsAttributes) ? lowers(of: file).last : nil
    }

    @inline(__always) func sharesPageCache(_ file: NodeID) -> Bool {
        upperObject(of: file) == .none || lowerData(of: file) != nil
    }

    @inline(__always) func isMerged(_ directory: NodeID) -> Bool {
        lowers(of: directory).count + (upperObject(of: directory) == .none ? 0 : 1) > 1
    }

    /// Whether something of the directory lies in a lower layer.
    @inline(__always) func hasLower(_ directory: NodeID) -> Bool { !lowers(of: directory).isEmpty }

    @inline(__always) func layerID(_ object: LowerObject) -> LayerID { .lower(Int(object.layer) + 1) }

    func entry(of node: NodeID) -> LayerEntry {
        let isMerged = self[node].directory != .max && isMerged(node) && holds(.mergedDirectoryHasOneLink)
        let held = upperObject(of: node)
        let lower = self[node].lower
        let subdirectories =
            self[node].directory == .max
            ? 0
            : held != .none
                ? upper.subdirectories(of: held) : layers[Int(lower.layer)].subdirectories(of: lower.inode)
        return withReal(node) { inode in
            LayerEntry(
                kind: inode.attributes.kind, permissions: inode.attributes.permissions, uid: inode.attributes.uid,
                gid: inode.attributes.gid, size: inode.size,
                links: inode.isDirectory
                    ? isMerged ? 1 : inode.links == 0 && node != root ? 0 : 2 + subdirectories
                    : unionLinks(node) ?? inode.links,
                inode: UInt64(node.number) + 1, target: inode.target.map(ByteString.init(_:)),
                device: inode.device, attributes: inode.visibleXattrs.map { ByteString($0.name) })
        }
    }

    /// How many names the index counts.
    @inline(__always) func unionLinks(_ node: NodeID) -> UInt32? { unionLinks(self[node]) }

    @inline(__always) func unionLinks(_ node: Node) -> UInt32? {
        guard options.index, !index.isEmpty, let lower = indexedUpper[node.upper] else { return nil }
        return index[lower]?.links
    }

    func linkCount(of node: NodeID) -> UInt32 {
        if let links = unionLinks(node) { return links }
        let (names, held) = (self[node].names, upperObject(of: node))
        return held == .none ? names : min(names, upper.withInode(held) { $0.links })
    }

    /// ovl_drop_nlink()
    mutating func dropLink(of node: NodeID) {
        if self[node].names > 0, holds(.lostNameIsNotCounted) { self[node].names -= 1 }
    }
}
