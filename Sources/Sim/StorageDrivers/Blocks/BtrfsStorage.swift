internal import HashTreeCollections
public import LayerModel

/// What `btrfs` stores: a subvolume, whose snapshot each layer is (Documentation of btrfs(5), "SUBVOLUMES AND SNAPSHOTS").
///
/// Data is copied on write by blocks of 4 KiB, and files of at most 2048 bytes lie in the tree of the subvolume itself;
/// both are held against a real Btrfs in the tests. The tree's blocks of 16 KiB are counted, its own copy of each that is
/// written and of those above it: objects fill its leaves in the order in which they are made, so that their number is
/// near to Btrfs's, not equal. The trees of extents, checksums and roots, which all subvolumes share, are left out.
public struct BtrfsStorage: BlockStorage {
    private static var blockSize: Int64 { 4096 }
    private static var nodeSize: Int64 { 16384 }
    /// Room in a leaf: BTRFS_LEAF_DATA_SIZE.
    private static var leafRoom: Int64 { 16384 - 101 }
    /// Pointers in a node: BTRFS_NODEPTRS_PER_BLOCK.
    private static var nodePointers: Int { 493 }
    /// The mount option max_inline's default.
    private static var longestInline: Int64 { 2048 }
    /// The header of an item in a leaf.
    private static var itemHeader: Int64 { 25 }

    private struct Object: Sendable {
        var kind: NodeKind
        var leaf: Int
        var size: Int64 = 0
        /// The file lies in the leaf; no block is stored for it.
        var isInline = false
        var blocks = ExtentMap()
        /// What of its items lies in leaves, in bytes.
        var itemBytes: Int64 = 0
    }

    private var objects: TreeDictionary<ObjectNumber, Object> = [:]
    private var nextBlock: Int64 = 0
    public private(set) var layer = 0
    /// How full the leaf is that is filled now, and its number.
    private var leafBytes: Int64 = 0
    private var lastLeaf = 0
    /// The blocks of the tree that this layer has its own copy of: leaves by their number, the nodes above by theirs.
    private var ownLeaves: Set<Int> = [0]
    private var ownNodes: Set<Int> = []

    /// An empty subvolume.
    public init() {
        objects[0] = Object(kind: .directory, leaf: 0)
    }

    public var granularity: Int64 { Self.blockSize }

    public mutating func beginLayer() -> Cost {
        layer += 1
        ownLeaves = []
        ownNodes = []
        var cost = Cost()
        // A snapshot has its own root block; where the tree is one leaf, that is the root.
        cost.metadata = 1
        cost.allocated = Self.nodeSize
        if lastLeaf == 0 { ownLeaves = [0] }
        return cost
    }

    public mutating func apply(_ changes: [StorageChange]) -> Cost {
        var cost = Cost()
        var touched: Set<Int> = []
        for change in changes { apply(change, &cost, &touched) }
        for leaf in touched.sorted() { touch(leaf, &cost) }
        cost.metadata += touched.count
        return cost
    }

    private mutating func touch(_ leaf: Int, _ cost: inout Cost) {
        if ownLeaves.insert(leaf).inserted { cost.allocated += Self.nodeSize }
        guard lastLeaf >= Self.nodePointers else { return }
        if ownNodes.insert(leaf / Self.nodePointers).inserted { cost.allocated += Self.nodeSize }
    }

    /// Puts an item of `bytes` after those that lie in the leaf that is filled now.
    private mutating func place(_ bytes: Int64) -> Int {
        leafBytes += bytes + Self.itemHeader
        if leafBytes > Self.leafRoom {
            lastLeaf += 1
            leafBytes = bytes + Self.itemHeader
        }
        return lastLeaf
    }

    private mutating func apply(_ change: StorageChange, _ cost: inout Cost, _ touched: inout Set<Int>) {
        switch change {
        case .make(let number, let kind, _, let targetLength):
            // BTRFS_INODE_ITEM_KEY, and a symbolic link's target as an inline extent.
            let bytes = 160 + (kind == .symlink ? 21 + Int64(targetLength) + Self.itemHeader : 0)
            let leaf = place(bytes)
            objects[number] = Object(kind: kind, leaf: leaf, itemBytes: bytes)
            touched.insert(leaf)
        case .name(let number, let directory, let length):
            // DIR_ITEM and DIR_INDEX in the directory, INODE_REF beside the inode.
            let leaf = place(2 * (30 + Int64(length)) + Self.itemHeader + 10 + Int64(length))
            touched.formUnion([leaf, objects[number]?.leaf ?? leaf, objects[directory]?.leaf ?? leaf])
        case .unname(let number, let directory, _):
            for object in [number, directory] { if let leaf = objects[object]?.leaf { touched.insert(leaf) } }
        case .free(let number):
            guard let object = objects.removeValue(forKey: number) else { return }
            touched.insert(object.leaf)
            free(object.blocks.extents, &cost)
        case .attributes(let number):
            if let leaf = objects[number]?.leaf { touched.insert(leaf) }
        case .xattr(let number, _, _):
            if let leaf = objects[number]?.leaf { touched.insert(leaf) }
        case .write(let number, let range): write(number, range, &cost, &touched)
        case .allocate(let number, let range): allocate(number, range, &cost, &touched)
        case .truncate(let number, let size): truncate(number, size, &cost, &touched)
        case .open: break
        }
    }

    private func free(_ extents: [Extent], _ cost: inout Cost) {
        for extent in extents where extent.birth == layer {
            cost.allocated -= extent.count * Self.blockSize
            cost.freed += extent.count * Self.blockSize
        }
    }

    /// Writes blocks anew, of which `bytes` are the call's own.
    private mutating func rewrite(
        _ blocks: Range<Int64>, of object: inout Object, bytes: Int64, _ cost: inout Cost
    ) {
        guard !blocks.isEmpty else { return }
        let count = Int64(blocks.count)
        let extent = Extent(logical: blocks.lowerBound, physical: nextBlock, count: count, birth: layer)
        nextBlock += count
        let replaced = object.blocks.map(extent)
        free(replaced, &cost)
        cost.allocated += count * Self.blockSize
        if !replaced.isEmpty { cost.copied += max(0, count * Self.blockSize - bytes) }
    }

    private mutating func write(
        _ number: ObjectNumber, _ range: Range<Int64>, _ cost: inout Cost, _ touched: inout Set<Int>
    ) {
        guard !range.isEmpty, var object = objects[number] else { return }
        touched.insert(object.leaf)
        extend(&object, to: range.lowerBound, &cost)
        object.size = max(object.size, range.upperBound)
        let blocks = range.blocks(of: Self.blockSize)
        if blocks.lowerBound == 0, object.size <= Self.longestInline {
            free(object.blocks.unmap(0..<1), &cost)
            if !object.isInline { touched.insert(place(21 + object.size)) }
            object.isInline = true
        } else {
            if blocks.lowerBound == 0 { object.isInline = false }
            // BTRFS_EXTENT_DATA_KEY
            if object.blocks.extents.isEmpty { touched.insert(place(53)) }
            // Whole blocks are written without a look at the old ones: only the two at the ends are filled up.
            let ends = Set([blocks.lowerBound, blocks.upperBound - 1])
            let old = ends.filter { object.blocks[$0] != nil && !covers(range, block: $0) }
            let before = cost.copied
            rewrite(blocks, of: &object, bytes: Int64(blocks.count) * Self.blockSize, &cost)
            cost.copied = before
            for block in old {
                let part = range.clamped(to: (block..<block + 1).bytes(of: Self.blockSize))
                cost.copied += Self.blockSize - Int64(part.count)
            }
        }
        objects[number] = object
    }

    private func covers(_ range: Range<Int64>, block: Int64) -> Bool {
        let bytes = (block..<block + 1).bytes(of: Self.blockSize)
        return range.lowerBound <= bytes.lowerBound && bytes.upperBound <= range.upperBound
    }

    /// A file grows: the block in which it ended is written with zeros behind its end, even where it was a hole, and a
    /// file in the leaf gets a block.
    private mutating func extend(_ object: inout Object, to size: Int64, _ cost: inout Cost) {
        if size > object.size { rewriteEnd(of: &object, size: size, &cost) }
    }

    /// Writes the block anew in which a file ends (btrfs_truncate_block()), while the file is `size` bytes long.
    private mutating func rewriteEnd(of object: inout Object, size: Int64, _ cost: inout Cost) {
        guard object.size % Self.blockSize != 0 else { return }
        let last = object.size / Self.blockSize
        object.isInline = last == 0 && size <= Self.longestInline
        if object.isInline {
            free(object.blocks.unmap(0..<1), &cost)
        } else {
            rewrite(last..<last + 1, of: &object, bytes: 0, &cost)
        }
    }

    private mutating func allocate(
        _ number: ObjectNumber, _ range: Range<Int64>, _ cost: inout Cost, _ touched: inout Set<Int>
    ) {
        guard !range.isEmpty, var object = objects[number] else { return }
        touched.insert(object.leaf)
        // btrfs_fallocate() looks to the end of the file first, wherever the range is.
        let start = range.lowerBound / Self.blockSize * Self.blockSize
        if start > object.size || object.isInline || object.blocks[object.size / Self.blockSize] != nil {
            rewriteEnd(of: &object, size: max(start, object.size), &cost)
        }
        let blocks = range.blocks(of: Self.blockSize)
        let free = blocks.clamped(to: (object.isInline ? 1 : 0)..<Int64.max)
        for hole in object.blocks.holes(in: free) {
            rewrite(hole, of: &object, bytes: Int64(hole.count) * Self.blockSize, &cost)
        }
        object.size = max(object.size, range.upperBound)
        objects[number] = object
    }

    private mutating func truncate(
        _ number: ObjectNumber, _ size: Int64, _ cost: inout Cost, _ touched: inout Set<Int>
    ) {
        guard var object = objects[number] else { return }
        touched.insert(object.leaf)
        if size > object.size {
            extend(&object, to: size, &cost)
        } else if size < object.size {
            let kept = size.blocks(of: Self.blockSize)
            free(object.blocks.unmap(kept..<Int64.max), &cost)
            if size == 0 { object.isInline = false }
            // The rest of the last block is written as zeros; a file that has a block keeps it.
            if size % Self.blockSize != 0, object.blocks[kept - 1] != nil {
                rewrite(kept - 1..<kept, of: &object, bytes: 0, &cost)
            }
        }
        object.size = size
        objects[number] = object
    }

    public var usage: StorageUsage {
        var (own, all): (Int64, Int64) = (0, 0)
        for (_, object) in objects {
            own += object.blocks.count(bornIn: layer)
            all += object.blocks.count
        }
        // The root block is always the layer's own.
        let nodes = Int64(ownLeaves.count + ownNodes.count) + (lastLeaf > 0 ? 1 : 0)
        return StorageUsage(
            exclusive: own * Self.blockSize + nodes * Self.nodeSize,
            shared: (all - own) * Self.blockSize + Int64(lastLeaf + 1 - ownLeaves.count) * Self.nodeSize,
            exclusiveMetadata: nodes * Self.nodeSize)
    }

    public func extents(of file: ObjectNumber) -> [Extent] { objects[file]?.blocks.extents ?? [] }
}
