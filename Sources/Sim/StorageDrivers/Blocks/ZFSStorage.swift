internal import HashTreeCollections
public import LayerModel

/// What `zfs` stores: a filesystem, of whose snapshot each layer is a clone (zfs(8), `recordsize`).
///
/// A file is one record as long as itself, in steps of 512 bytes, until it grows beyond 128 KiB; then all its records
/// are 128 KiB. A record is written as a whole, to a new place. Compression is off, as it was when Docker's driver was
/// written. Of the filesystem's own blocks (dnodes, directories, indirect blocks) it is told how many are written, not
/// how long they are, for they are compressed.
public struct ZFSStorage: BlockStorage {
    private static var recordSize: Int64 { 131072 }
    private static var sectorSize: Int64 { 512 }
    /// Block pointers in an indirect block of 16 KiB, dnodes in a block of them.
    private static var pointersPerBlock: Int64 { 128 }
    private static var dnodesPerBlock: UInt32 { 32 }

    private struct File: Sendable {
        var size: Int64 = 0
        /// What each of its records is long, in bytes; 0 while there is none.
        var record: Int64 = 0
        /// In records.
        var records = ExtentMap()
        /// The layer in which its contents were changed last.
        var changed: Int
    }

    private enum MetadataBlock: Hashable {
        case dnodes(UInt32)
        case directory(ObjectNumber)
        case indirect(ObjectNumber, Int64)
    }

    private var files: TreeDictionary<ObjectNumber, File> = [:]
    private var nextRecord: Int64 = 0
    public private(set) var layer = 0

    /// An empty filesystem.
    public init() {}

    public var granularity: Int64 { Self.recordSize }

    public mutating func beginLayer() -> Cost {
        layer += 1
        var cost = Cost()
        // The clone's own object set.
        cost.metadata = 1
        return cost
    }

    public mutating func apply(_ changes: [StorageChange]) -> Cost {
        var cost = Cost()
        var blocks: Set<MetadataBlock> = []
        for change in changes { apply(change, &cost, &blocks) }
        cost.metadata = blocks.count
        return cost
    }

    private mutating func apply(_ change: StorageChange, _ cost: inout Cost, _ blocks: inout Set<MetadataBlock>) {
        func dnode(_ number: ObjectNumber) { blocks.insert(.dnodes(number / Self.dnodesPerBlock)) }
        switch change {
        case .make(let number, let kind, _, _):
            if kind == .file { files[number] = File(changed: layer) }
            dnode(number)
        case .name(let number, let directory, _), .unname(let number, let directory, _):
            dnode(number)
            dnode(directory)
            blocks.insert(.directory(directory))
        case .free(let number):
            dnode(number)
            if let file = files.removeValue(forKey: number) { free(file.records.extents, file.record, &cost) }
        case .attributes(let number), .xattr(let number, _, _): dnode(number)
        case .write(let number, let range):
            dnode(number)
            write(number, range, &cost, &blocks)
        case .allocate(let number, let range):
            // fallocate(2) makes no record: the file is as long as it reaches.
            dnode(number)
            setSize(number, max(files[number]?.size ?? 0, range.upperBound), &cost)
        case .truncate(let number, let size):
            dnode(number)
            truncate(number, size, &cost, &blocks)
        case .open: break
        }
    }

    private func free(_ extents: [Extent], _ record: Int64, _ cost: inout Cost) {
        for extent in extents where extent.birth == layer {
            cost.allocated -= extent.count * record
            cost.freed += extent.count * record
        }
    }

    /// A file's only record grows with it, and is written anew if it is there (zfs_grow_blocksize()).
    private mutating func grow(_ file: inout File, to size: Int64, _ cost: inout Cost) {
        guard file.record < Self.recordSize, size > file.record, size > 0 else { return }
        let sectors = (min(size, Self.recordSize) + Self.sectorSize - 1) / Self.sectorSize
        let old = file.records.unmap(0..<1)
        free(old, file.record, &cost)
        let content = min(file.record, file.size)
        file.record = sectors * Self.sectorSize
        guard !old.isEmpty else { return }
        store(0..<1, of: &file, &cost)
        cost.copied += content
    }

    private mutating func store(_ records: Range<Int64>, of file: inout File, _ cost: inout Cost) {
        let count = Int64(records.count)
        let extent = Extent(logical: records.lowerBound, physical: nextRecord, count: count, birth: layer)
        nextRecord += count
        file.changed = layer
        free(file.records.map(extent), file.record, &cost)
        cost.allocated += count * file.record
    }

    private mutating func write(
        _ number: ObjectNumber, _ range: Range<Int64>, _ cost: inout Cost, _ blocks: inout Set<MetadataBlock>
    ) {
        guard !range.isEmpty, var file = files[number] else { return }
        let before = file
        grow(&file, to: range.upperBound, &cost)
        let records = range.blocks(of: file.record)
        // The records at the ends are filled up with what they held.
        for record in Set([records.lowerBound, records.upperBound - 1]) {
            let whole = (record..<record + 1).bytes(of: file.record)
            let part = range.clamped(to: whole)
            guard before.records[record] != nil, before.record == file.record, part.count < whole.count else {
                continue
            }
            cost.copied += max(0, min(file.record, file.size - whole.lowerBound) - Int64(part.count))
        }
        store(records, of: &file, &cost)
        file.size = max(file.size, range.upperBound)
        files[number] = file
        addIndirect(number, file, records, &blocks)
    }

    private func addIndirect(
        _ number: ObjectNumber, _ file: File, _ records: Range<Int64>, _ blocks: inout Set<MetadataBlock>
    ) {
        guard file.size > file.record, !records.isEmpty else { return }
        let (first, last) = (records.lowerBound, records.upperBound - 1)
        for block in first / Self.pointersPerBlock...last / Self.pointersPerBlock {
            blocks.insert(.indirect(number, block))
        }
    }

    private mutating func setSize(_ number: ObjectNumber, _ size: Int64, _ cost: inout Cost) {
        guard var file = files[number] else { return }
        if size > file.size { grow(&file, to: size, &cost) }
        file.size = size
        files[number] = file
    }

    private mutating func truncate(
        _ number: ObjectNumber, _ size: Int64, _ cost: inout Cost, _ blocks: inout Set<MetadataBlock>
    ) {
        guard var file = files[number] else { return }
        if size != file.size { file.changed = layer }
        if size < file.size, file.record > 0 {
            let kept = size.blocks(of: file.record)
            free(file.records.unmap(kept..<Int64.max), file.record, &cost)
            // What is cut off of the last record is written as zeros.
            if size % file.record != 0, file.records[kept - 1] != nil {
                store(kept - 1..<kept, of: &file, &cost)
                cost.copied += size % file.record
                addIndirect(number, file, kept - 1..<kept, &blocks)
            }
            file.size = size
            files[number] = file
        } else {
            files[number] = file
            setSize(number, size, &cost)
        }
    }

    public var usage: StorageUsage {
        var usage = StorageUsage()
        for (_, file) in files {
            let own = file.records.count(bornIn: layer)
            usage.exclusive += own * file.record
            usage.shared += (file.records.count - own) * file.record
        }
        return usage
    }

    public func extents(of file: ObjectNumber) -> [Extent] { files[file]?.records.extents ?? [] }

    /// The adaptive replacement cache holds blocks, and a clone's are its origin's until they are written. A file of which
    /// the container has written a part is not shared as a whole, though its other records still are.
    public func sharesPageCache(_ file: ObjectNumber) -> Bool { files[file].map { $0.changed < layer } ?? false }

    /// What each record of a file is long, in bytes.
    public func recordSize(of file: ObjectNumber) -> Int64 { files[file]?.record ?? 0 }
}
