/// A run of blocks that lie together: where they are seen, where they are stored, and the layer that wrote them.
///
/// The same value is a range mapping of a thin device (`origin_begin`, `data_begin`, `length`, `time`), a file extent
/// of Btrfs (offset, address, length, generation) and a run of block pointers of ZFS (offset, address, birth).
public struct Extent: Hashable, Sendable {
    /// The first block as the file or the device numbers it.
    public var logical: Int64
    /// The first block as the storage beneath numbers it.
    public var physical: Int64
    /// In blocks.
    public var count: Int64
    /// The number of the layer that wrote it. An extent of an earlier layer is shared with it.
    public var birth: Int

    public init(logical: Int64, physical: Int64, count: Int64, birth: Int) {
        self.logical = logical
        self.physical = physical
        self.count = count
        self.birth = birth
    }

    var logicalRange: Range<Int64> { logical..<logical + count }

    /// The part that lies in `range`, which it must overlap.
    func clamped(to range: Range<Int64>) -> Extent {
        let part = logicalRange.clamped(to: range)
        return Extent(
            logical: part.lowerBound, physical: physical + part.lowerBound - logical, count: Int64(part.count),
            birth: birth)
    }
}

/// Which blocks of a file or a device are stored, where, and by which layer. The rest is a hole.
///
/// A value: a copy is free, and the first write after it copies the list of extents of this one file or device, which
/// grows with its fragments and not with its size.
public struct ExtentMap: Hashable, Sendable {
    /// In order, apart, and joined where they can be.
    public private(set) var extents: [Extent] = []

    public init() {}

    /// How many blocks are stored.
    public var count: Int64 { extents.reduce(0) { $0 + $1.count } }

    /// How many of them the layer with this number wrote.
    public func count(bornIn layer: Int) -> Int64 {
        extents.reduce(0) { $1.birth == layer ? $0 + $1.count : $0 }
    }

    /// What is stored of `range`, cut at its ends.
    public func extents(in range: Range<Int64>) -> [Extent] {
        var found: [Extent] = []
        var index = firstIndex(endingAfter: range.lowerBound)
        while index < extents.count, extents[index].logical < range.upperBound {
            found.append(extents[index].clamped(to: range))
            index += 1
        }
        return found
    }

    public subscript(block: Int64) -> Extent? { extents(in: block..<block + 1).first }

    /// The parts of `range` that are not stored.
    public func holes(in range: Range<Int64>) -> [Range<Int64>] {
        var holes: [Range<Int64>] = []
        var position = range.lowerBound
        for extent in extents(in: range) {
            if position < extent.logical { holes.append(position..<extent.logical) }
            position = extent.logical + extent.count
        }
        if position < range.upperBound { holes.append(position..<range.upperBound) }
        return holes
    }

    /// Stores an extent, in the place of whatever was stored of its range.
    ///
    /// - Returns: What it took the place of.
    @discardableResult public mutating func map(_ extent: Extent) -> [Extent] {
        let replaced = unmap(extent.logicalRange)
        guard extent.count > 0 else { return replaced }
        let index = firstIndex(endingAfter: extent.logical)
        extents.insert(extent, at: index)
        join(at: index + 1)
        join(at: index)
        return replaced
    }

    /// Makes a hole.
    ///
    /// - Returns: What was stored of the range, cut at its ends.
    @discardableResult public mutating func unmap(_ range: Range<Int64>) -> [Extent] {
        let first = firstIndex(endingAfter: range.lowerBound)
        var last = first
        var (removed, kept): ([Extent], [Extent]) = ([], [])
        while last < extents.count, extents[last].logical < range.upperBound {
            let extent = extents[last]
            removed.append(extent.clamped(to: range))
            if extent.logical < range.lowerBound { kept.append(extent.clamped(to: extent.logical..<range.lowerBound)) }
            let end = extent.logical + extent.count
            if range.upperBound < end { kept.append(extent.clamped(to: range.upperBound..<end)) }
            last += 1
        }
        if first < last { extents.replaceSubrange(first..<last, with: kept) }
        return removed
    }

    private func firstIndex(endingAfter block: Int64) -> Int {
        var (low, high) = (0, extents.count)
        while low < high {
            let middle = (low + high) / 2
            if extents[middle].logical + extents[middle].count <= block { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func join(at index: Int) {
        guard index > 0, index < extents.count else { return }
        let (left, right) = (extents[index - 1], extents[index])
        guard left.logical + left.count == right.logical, left.physical + left.count == right.physical,
            left.birth == right.birth
        else { return }
        extents[index - 1].count += right.count
        extents.remove(at: index)
    }
}
