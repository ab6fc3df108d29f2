internal import HashTreeCollections
public import LayerModel

/// What `vfs` stores: a directory for each layer, into which the whole of its parent is copied when it is made. Nothing
/// is shared after that, unless the filesystem beneath can clone files (FICLONE, ioctl_ficlone(2)).
public struct CopiedStorage: BlockStorage {
    private static var blockSize: Int64 { 4096 }

    private struct File: Sendable {
        var size: Int64 = 0
        var blocks = ExtentMap()
    }

    private var files: TreeDictionary<ObjectNumber, File> = [:]
    /// How many objects there are that are no files.
    private var others: Set<ObjectNumber> = [0]
    private var nextBlock: Int64 = 0
    public private(set) var layer = 0
    private let backing: BackingFilesystem

    /// An empty directory on `backing`.
    public init(on backing: BackingFilesystem) { self.backing = backing }

    public var granularity: Int64 { Self.blockSize }

    /// Docker's copy keeps hard links and, where it must read and write, fills holes (copy_file_range(2)).
    public mutating func beginLayer() -> Cost {
        layer += 1
        var cost = Cost()
        cost.metadata = files.count + others.count
        guard !backing.reflinks else {
            for (_, file) in files { cost.shared += file.blocks.count * Self.blockSize }
            return cost
        }
        for (number, old) in files {
            var file = File(size: old.size)
            store(0..<old.size.blocks(of: Self.blockSize), of: &file, &cost)
            cost.copied += old.size
            files[number] = file
        }
        return cost
    }

    public mutating func apply(_ changes: [StorageChange]) -> Cost {
        var cost = Cost()
        var objects: Set<ObjectNumber> = []
        for change in changes { apply(change, &cost, &objects) }
        cost.metadata = objects.count
        return cost
    }

    private mutating func apply(_ change: StorageChange, _ cost: inout Cost, _ objects: inout Set<ObjectNumber>) {
        switch change {
        case .make(let number, let kind, _, _):
            if kind == .file { files[number] = File() } else { others.insert(number) }
            objects.insert(number)
        case .name(let number, let directory, _), .unname(let number, let directory, _):
            objects.formUnion([number, directory])
        case .free(let number):
            if let file = files.removeValue(forKey: number) { free(file.blocks.extents, &cost) }
            others.remove(number)
            objects.insert(number)
        case .attributes(let number), .xattr(let number, _, _): objects.insert(number)
        case .write(let number, let range), .allocate(let number, let range):
            guard !range.isEmpty, var file = files[number] else { return }
            let blocks = range.blocks(of: Self.blockSize)
            if case .write = change { unshare(blocks, range, of: &file, &cost) }
            for hole in file.blocks.holes(in: blocks) { store(hole, of: &file, &cost) }
            file.size = max(file.size, range.upperBound)
            files[number] = file
            objects.insert(number)
        case .truncate(let number, let size):
            guard var file = files[number] else { return }
            let kept = size.blocks(of: Self.blockSize)
            free(file.blocks.unmap(kept..<Int64.max), &cost)
            if size < file.size, size % Self.blockSize != 0 { unshare(kept - 1..<kept, 0..<0, of: &file, &cost) }
            file.size = size
            files[number] = file
            objects.insert(number)
        case .open: break
        }
    }

    /// Blocks that were cloned are written to a new place; others stay where they are.
    private mutating func unshare(
        _ blocks: Range<Int64>, _ range: Range<Int64>, of file: inout File, _ cost: inout Cost
    ) {
        for extent in file.blocks.extents(in: blocks) where extent.birth < layer {
            let own = range.clamped(to: extent.logicalRange.bytes(of: Self.blockSize))
            cost.copied += extent.count * Self.blockSize - Int64(own.count)
            store(extent.logicalRange, of: &file, &cost)
        }
    }

    private mutating func store(_ blocks: Range<Int64>, of file: inout File, _ cost: inout Cost) {
        guard !blocks.isEmpty else { return }
        let count = Int64(blocks.count)
        file.blocks.map(Extent(logical: blocks.lowerBound, physical: nextBlock, count: count, birth: layer))
        nextBlock += count
        cost.allocated += count * Self.blockSize
    }

    private func free(_ extents: [Extent], _ cost: inout Cost) {
        for extent in extents where extent.birth == layer {
            cost.allocated -= extent.count * Self.blockSize
            cost.freed += extent.count * Self.blockSize
        }
    }

    public var usage: StorageUsage {
        var usage = StorageUsage()
        for (_, file) in files {
            let own = file.blocks.count(bornIn: layer)
            usage.exclusive += own * Self.blockSize
            usage.shared += (file.blocks.count - own) * Self.blockSize
        }
        return usage
    }

    public func extents(of file: ObjectNumber) -> [Extent] { files[file]?.blocks.extents ?? [] }
}
