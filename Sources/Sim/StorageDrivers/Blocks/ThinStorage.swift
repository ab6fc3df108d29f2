internal import HashTreeCollections
public import LayerModel

/// What `devicemapper` stores: an ext4 filesystem on a thin device, whose snapshot each layer is.
///
/// A write to a chunk of an earlier layer copies the chunk (64 KiB), unless it covers it; a chunk that was never mapped
/// is given out as it is, for Docker's pools skip block zeroing. A delete gives chunks back where a run of blocks that
/// ext4 discards covers them.
public struct ThinStorage: BlockStorage {
    public private(set) var pool = ThinPool()
    private var image = Ext4Image()

    /// The base device, formatted, and its snapshot for the first layer.
    public init() {
        for range in Ext4Image.formatted { for chunk in Self.chunks(range) { _ = pool.write(chunk: chunk) } }
        _ = beginLayer()
    }

    public var granularity: Int64 { ThinPool.chunkSize }
    public var layer: Int { pool.time }

    private static var blocksPerChunk: Int64 { ThinPool.chunkSize / Ext4Image.blockSize }

    private static func chunks(_ blocks: Range<Int64>) -> Range<Int64> {
        guard !blocks.isEmpty else { return 0..<0 }
        return blocks.lowerBound / blocksPerChunk..<(blocks.upperBound - 1) / blocksPerChunk + 1
    }

    public mutating func beginLayer() -> Cost {
        pool.snapshot()
        return cost(of: image.mount())
    }

    public mutating func apply(_ changes: [StorageChange]) -> Cost {
        cost(of: image.apply(changes, layer: pool.time))
    }

    private mutating func cost(of writes: Ext4Image.Writes) -> Cost {
        var cost = Cost()
        // How many blocks of each chunk are written, for a chunk that is covered is not copied.
        var written: [Int64: Int64] = [:]
        for block in writes.metadata { written[block / Self.blocksPerChunk, default: 0] += 1 }
        for range in writes.data {
            for chunk in Self.chunks(range) {
                let part = range.clamped(to: chunk * Self.blocksPerChunk..<(chunk + 1) * Self.blocksPerChunk)
                written[chunk, default: 0] += Int64(part.count)
            }
        }
        for (chunk, blocks) in written.sorted(by: { $0.key < $1.key }) {
            let (isNew, breaksSharing) = pool.write(chunk: chunk)
            if isNew { cost.allocated += ThinPool.chunkSize }
            if breaksSharing { cost.copied += max(0, ThinPool.chunkSize - blocks * Ext4Image.blockSize) }
        }
        cost.metadata = writes.metadata.count
        for range in writes.discarded {
            let first = (range.lowerBound + Self.blocksPerChunk - 1) / Self.blocksPerChunk
            let end = range.upperBound / Self.blocksPerChunk
            guard first < end else { continue }
            let freed = pool.discard(chunks: first..<end) * ThinPool.chunkSize
            cost.allocated -= freed
            cost.freed += freed
        }
        return cost
    }

    public var usage: StorageUsage {
        let mappings = pool.devices[pool.devices.count - 1].mappings
        let exclusive = mappings.count(bornIn: pool.time)
        return StorageUsage(
            exclusive: exclusive * ThinPool.chunkSize, shared: (mappings.count - exclusive) * ThinPool.chunkSize)
    }

    public func extents(of file: ObjectNumber) -> [Extent] {
        guard let object = image.objects[file], object.kind == .file else { return [] }
        let mappings = pool.devices[pool.devices.count - 1].mappings
        var found = ExtentMap()
        for extent in object.blocks.extents {
            for chunk in Self.chunks(extent.physical..<extent.physical + extent.count) {
                guard let mapping = mappings[chunk] else { continue }
                let block = max(extent.physical, chunk * Self.blocksPerChunk) - extent.physical + extent.logical
                found.map(
                    Extent(
                        logical: block / Self.blocksPerChunk, physical: mapping.physical, count: 1,
                        birth: mapping.birth))
            }
        }
        return found.extents
    }
}
