internal import HashTreeCollections
internal import LayerModel

/// Which blocks of a device an ext4 filesystem writes for a call: where things lie as mkfs.ext4 lays out 10 GiB, Docker's
/// size of a base device, and what a journalled transaction holds.
///
/// Which blocks a call touches is held against real images in the tests. Where the blocks lie is simpler than ext4's
/// allocator: directories of the root go round the groups (Orlov), files to their directory's group, and nothing that
/// was freed is used again; so runs of blocks are as long, but elsewhere.
struct Ext4Image: Sendable {
    static var blockSize: Int64 { 4096 }
    static var blocksPerGroup: Int64 { 32768 }
    /// Of the flexible groups (flex_bg), which keep the bitmaps and inode tables of 16 groups together.
    static var groupsPerFlex: Int64 { 16 }
    static var flexes: Int64 { 5 }
    static var inodesPerGroup: Int64 { 8192 }
    static var inodesPerBlock: Int64 { 16 }
    static var tableBlocks: Int64 { groupsPerFlex * inodesPerGroup / inodesPerBlock }
    /// The superblock, the descriptors of the groups, and the room that resize2fs(8) would need for more.
    static var headBlocks: Int64 { 1027 }
    static var journal: Range<Int64> { 33 * blocksPerGroup..<33 * blocksPerGroup + 16384 }
    /// What a new mount leaves free before it begins to store files, so that its preallocation stays in one piece.
    static var preallocation: Int64 { 512 }
    /// The attributes that fit into an inode of 256 bytes beside its fixed part.
    private static var attributesInInode: Int { 92 }
    private static var longestFastSymlink: Int { 59 }
    private static var blocksPerExtent: Int64 { blocksPerGroup }

    struct Object: Sendable {
        var kind: NodeKind
        var flex: Int64
        /// The inode's place in the tables of its flexible group.
        var index: Int64
        var blocks = ExtentMap()
        var size: Int64 = 0
        /// Bytes of names in a directory.
        var nameBytes: Int64 = 0
        var attributeBytes = 0
        var attributeBlock: Int64?
        var extentBlock: Int64?
    }

    private(set) var objects: TreeDictionary<ObjectNumber, Object> = [:]
    private var nextInode = [Int64](repeating: 0, count: Int(flexes))
    private var nextDirectoryBlock: [Int64]
    private var nextFileBlock: [Int64]
    private var nextFlex: Int64 = 0
    private var journalHead: Int64 = 1
    private var isMountRecorded = false

    /// What one call wrote.
    struct Writes: Sendable {
        /// Blocks of the filesystem's own, the journal's included, each once.
        var metadata: Set<Int64> = []
        /// Of those, how many are the journal's.
        var journalled = 0
        var data: [Range<Int64>] = []
        /// Bytes of the data that were the call's own.
        var bytes: Int64 = 0
        /// Blocks that the filesystem told the device to forget (the mount option discard).
        var discarded: [Range<Int64>] = []

        fileprivate var transaction: Set<Int64> = []
        fileprivate var revokes = false
    }

    /// A new filesystem with its root directory, object 0.
    init() {
        nextDirectoryBlock = (0..<Self.flexes).map { Self.metadataEnd($0) }
        nextFileBlock = (0..<Self.flexes).map { ($0 * Self.groupsPerFlex + 1) * Self.blocksPerGroup + Self.headBlocks }
        nextInode[0] = 11
        var root = Object(kind: .directory, flex: 0, index: 1)
        root.blocks.map(Extent(logical: 0, physical: takeDirectoryBlock(0), count: 1, birth: 0))
        root.nameBytes = 24
        objects[0] = root
    }

    // MARK: Taking blocks

    private mutating func takeDirectoryBlock(_ flex: Int64) -> Int64 {
        defer { nextDirectoryBlock[Int(flex)] += 1 }
        return nextDirectoryBlock[Int(flex)]
    }

    private mutating func takeFileBlocks(_ count: Int64, _ flex: Int64) -> Int64 {
        let start = nextFileBlock[Int(flex)]
        nextFileBlock[Int(flex)] += count
        return start
    }

    /// Which block of a directory holds a name: they fill one after the other, and are looked up by their hash.
    private func directoryBlock(_ directory: Object, _ length: Int) -> Int64? {
        let blocks = max(1, directory.blocks.count)
        return directory.blocks[Int64(length) % blocks]?.physical
    }

    // MARK: Calls

    /// Begins a mount of a snapshot: the superblock is written at once, and files begin in a piece of their own.
    mutating func mount() -> Writes {
        isMountRecorded = false
        for flex in nextFileBlock.indices {
            let rest = nextFileBlock[flex] % Self.preallocation
            if rest > 0 { nextFileBlock[flex] += Self.preallocation - rest }
        }
        var writes = Writes()
        writes.metadata.insert(0)
        return writes
    }

    /// Makes the changes of one call in one transaction.
    mutating func apply(_ changes: [StorageChange], layer: Int) -> Writes {
        var writes = Writes()
        for change in changes { apply(change, layer, &writes) }
        commit(&writes)
        return writes
    }

    /// A transaction in the journal: its superblock, a descriptor, each block, and the commit (and the revocations,
    /// where a block of the filesystem's own was freed).
    private mutating func commit(_ writes: inout Writes) {
        guard !writes.transaction.isEmpty else { return }
        let length = writes.transaction.count + (writes.revokes ? 3 : 2)
        writes.metadata.formUnion(writes.transaction)
        writes.metadata.insert(Self.journal.lowerBound)
        let room = Int64(Self.journal.count) - 1
        for offset in 0..<Int64(length) {
            writes.metadata.insert(Self.journal.lowerBound + 1 + (journalHead - 1 + offset) % room)
        }
        journalHead = 1 + (journalHead - 1 + Int64(length)) % room
        writes.journalled = min(length, Int(room)) + 1
    }

    private mutating func apply(_ change: StorageChange, _ layer: Int, _ writes: inout Writes) {
        switch change {
        case .make(let number, let kind, let near, let targetLength):
            make(number, kind, near: near, targetLength: targetLength, layer, &writes)
        case .name(let number, let directory, let length):
            touchDirectory(directory, length, layer, &writes, adds: true)
            touch(number, &writes)
        case .unname(let number, let directory, let length):
            touchDirectory(directory, length, layer, &writes, adds: false)
            touch(number, &writes)
        case .free(let number): free(number, &writes)
        case .attributes(let number): touch(number, &writes)
        case .xattr(let number, let old, let size): setAttributes(number, size - old, &writes)
        case .write(let number, let range): write(number, range, layer, &writes)
        case .allocate(let number, let range): allocate(number, range, layer, &writes)
        case .truncate(let number, let size): truncate(number, size, layer, &writes)
        case .open:
            if !isMountRecorded { writes.transaction.insert(0) }
            isMountRecorded = true
        }
    }

    private func touch(_ number: ObjectNumber, _ writes: inout Writes) {
        if let object = objects[number] { writes.transaction.insert(inodeBlock(object)) }
    }

    private mutating func make(
        _ number: ObjectNumber, _ kind: NodeKind, near: ObjectNumber, targetLength: Int, _ layer: Int,
        _ writes: inout Writes
    ) {
        var flex = objects[near]?.flex ?? 0
        if kind == .directory, near == 0 {
            nextFlex = (nextFlex + 1) % Self.flexes
            flex = nextFlex
        }
        var object = Object(kind: kind, flex: flex, index: nextInode[Int(flex)])
        nextInode[Int(flex)] += 1
        let group = flex * Self.groupsPerFlex + object.index / Self.inodesPerGroup
        writes.transaction.formUnion([inodeBlock(object), inodeBitmap(object), descriptor(ofGroup: group)])
        if kind == .directory {
            let block = takeDirectoryBlock(flex)
            object.blocks.map(Extent(logical: 0, physical: block, count: 1, birth: layer))
            object.nameBytes = 24
            writes.transaction.insert(block)
            took(block..<block + 1, &writes)
        } else if kind == .symlink, targetLength > Self.longestFastSymlink {
            let block = takeFileBlocks(1, flex)
            object.blocks.map(Extent(logical: 0, physical: block, count: 1, birth: layer))
            writes.transaction.insert(block)
            took(block..<block + 1, &writes)
        }
        objects[number] = object
    }

    /// Blocks change hands: their bitmaps and the descriptors of their groups are written.
    private func took(_ blocks: Range<Int64>, _ writes: inout Writes) {
        guard !blocks.isEmpty else { return }
        for group in blocks.lowerBound / Self.blocksPerGroup...(blocks.upperBound - 1) / Self.blocksPerGroup {
            writes.transaction.insert(blockBitmap(group * Self.blocksPerGroup))
            writes.transaction.insert(descriptor(ofGroup: group))
        }
    }

    private mutating func touchDirectory(
        _ number: ObjectNumber, _ length: Int, _ layer: Int, _ writes: inout Writes, adds: Bool
    ) {
        guard var directory = objects[number] else { return }
        // struct ext4_dir_entry_2: 8 bytes and the name, in units of 4.
        let entry = Int64(8 + (length + 3) / 4 * 4)
        directory.nameBytes += adds ? entry : -entry
        let needed = (directory.nameBytes + Self.blockSize - 1) / Self.blockSize
        while adds, directory.blocks.count < needed {
            let block = takeDirectoryBlock(directory.flex)
            let logical = directory.blocks.count
            directory.blocks.map(Extent(logical: logical, physical: block, count: 1, birth: layer))
            writes.transaction.insert(block)
            took(block..<block + 1, &writes)
        }
        if let block = directoryBlock(directory, length) { writes.transaction.insert(block) }
        writes.transaction.insert(inodeBlock(directory))
        objects[number] = directory
    }

    private mutating func setAttributes(_ number: ObjectNumber, _ change: Int, _ writes: inout Writes) {
        guard var object = objects[number] else { return }
        object.attributeBytes += change
        writes.transaction.insert(inodeBlock(object))
        if object.attributeBytes > Self.attributesInInode {
            let block = object.attributeBlock ?? takeFileBlocks(1, object.flex)
            if object.attributeBlock == nil { took(block..<block + 1, &writes) }
            object.attributeBlock = block
            writes.transaction.insert(block)
        } else if let block = object.attributeBlock {
            release([block..<block + 1], &writes)
            object.attributeBlock = nil
        }
        objects[number] = object
    }

    private func release(_ blocks: [Range<Int64>], _ writes: inout Writes) {
        for range in blocks {
            took(range, &writes)
            writes.discarded.append(range)
        }
    }

    private mutating func free(_ number: ObjectNumber, _ writes: inout Writes) {
        guard let object = objects.removeValue(forKey: number) else { return }
        let group = object.flex * Self.groupsPerFlex + object.index / Self.inodesPerGroup
        // The list of orphans begins in the superblock.
        writes.transaction.formUnion([inodeBlock(object), inodeBitmap(object), descriptor(ofGroup: group), 0])
        let own = [object.attributeBlock, object.extentBlock].compactMap { $0.map { $0..<$0 + 1 } }
        writes.revokes = writes.revokes || object.kind == .directory || !own.isEmpty
        release(object.blocks.extents.map { $0.physical..<$0.physical + $0.count } + own, &writes)
    }

    private mutating func write(
        _ number: ObjectNumber, _ range: Range<Int64>, _ layer: Int, _ writes: inout Writes
    ) {
        guard !range.isEmpty, var object = objects[number] else { return }
        let blocks = range.blocks(of: Self.blockSize)
        store(blocks, in: &object, layer, &writes)
        writes.data += object.blocks.extents(in: blocks).map { $0.physical..<$0.physical + $0.count }
        writes.bytes += Int64(range.count)
        object.size = max(object.size, range.upperBound)
        writes.transaction.insert(inodeBlock(object))
        objects[number] = object
    }

    private mutating func store(
        _ blocks: Range<Int64>, in object: inout Object, _ layer: Int, _ writes: inout Writes
    ) {
        for hole in object.blocks.holes(in: blocks) {
            let start = takeFileBlocks(Int64(hole.count), object.flex)
            object.blocks.map(
                Extent(logical: hole.lowerBound, physical: start, count: Int64(hole.count), birth: layer))
            took(start..<start + Int64(hole.count), &writes)
        }
        // Four extents fit into the inode, of at most 32768 blocks each.
        let pieces = object.blocks.extents.reduce(0) {
            $0 + ($1.count + Self.blocksPerExtent - 1) / Self.blocksPerExtent
        }
        guard pieces > 4, object.extentBlock == nil else { return }
        let block = takeFileBlocks(1, object.flex)
        object.extentBlock = block
        took(block..<block + 1, &writes)
        writes.transaction.insert(block)
    }

    private mutating func allocate(
        _ number: ObjectNumber, _ range: Range<Int64>, _ layer: Int, _ writes: inout Writes
    ) {
        guard !range.isEmpty, var object = objects[number] else { return }
        store(
            range.blocks(of: Self.blockSize), in: &object, layer, &writes
        )
        object.size = max(object.size, range.upperBound)
        writes.transaction.insert(inodeBlock(object))
        objects[number] = object
    }

    private mutating func truncate(
        _ number: ObjectNumber, _ size: Int64, _ layer: Int, _ writes: inout Writes
    ) {
        guard var object = objects[number] else { return }
        writes.transaction.insert(inodeBlock(object))
        if size < object.size {
            // The list of orphans begins in the superblock.
            writes.transaction.insert(0)
            let kept = size.blocks(of: Self.blockSize)
            let freed = object.blocks.unmap(kept..<Int64.max)
            release(freed.map { $0.physical..<$0.physical + $0.count }, &writes)
            if size % Self.blockSize != 0, let last = object.blocks[kept - 1] {
                writes.data.append(last.physical..<last.physical + 1)
            }
        }
        object.size = size
        objects[number] = object
    }
}
