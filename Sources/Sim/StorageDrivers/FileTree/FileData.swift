internal import HashTreeCollections

/// What a regular file holds: a size, and the blocks that take space; the rest is a hole and reads as zeros.
///
/// A value: copies share their blocks, so that a copy-up of a large file costs nothing here and only tells its cost.
struct FileData: Sendable {
    /// In bytes.
    static var blockSize: Int64 { 4096 }

    private(set) var size: Int64 = 0
    private var blocks = Blocks.none

    private enum Blocks: Sendable {
        case none
        /// The first block alone; what is missing of it reads as zeros.
        case first([UInt8])
        indirect case many(Extents)
    }

    /// The blocks that take space, by their number.
    private struct Extents: Sendable {
        /// What was written; what is missing of a block reads as zeros.
        var written: TreeDictionary<Int64, [UInt8]> = [:]
        /// Blocks that take space and were never written, in order and apart.
        var unwritten: [Range<Int64>] = []
    }

    init() {}

    init(_ bytes: [UInt8]) { write(bytes, at: 0) }

    /// Zeros, which take space only where the file is not sparse.
    init(zeros size: Int64, isSparse: Bool) {
        if !isSparse { allocate(0..<size) }
        self.size = size
    }

    /// The bytes from `offset`, at most `count`, up to the end of the file.
    func read(_ count: Int, at offset: Int64) -> [UInt8] {
        guard offset < size, count > 0 else { return [] }
        let end = offset + min(Int64(count), size - offset)
        if case .first(let bytes) = blocks, offset == 0, end == bytes.count { return bytes }
        var result = [UInt8](repeating: 0, count: Int(end - offset))
        func put(_ number: Int64, _ bytes: [UInt8]) {
            let start = number * Self.blockSize
            let (from, to) = (max(start, offset), start + min(Int64(bytes.count), end - start))
            guard from < to else { return }
            result.replaceSubrange(
                Int(from - offset)..<Int(to - offset), with: bytes[Int(from - start)..<Int(to - start)])
        }
        switch blocks {
        case .none: break
        case .first(let bytes): put(0, bytes)
        case .many(let extents):
            for number in offset / Self.blockSize...(end - 1) / Self.blockSize {
                if let bytes = extents.written[number] { put(number, bytes) }
            }
        }
        return result
    }

    /// Writes the bytes, and makes the file longer where they reach beyond its end. `offset + bytes.count` must not
    /// overflow.
    mutating func write(_ bytes: [UInt8], at offset: Int64) {
        guard !bytes.isEmpty else { return }
        let end = offset + Int64(bytes.count)
        defer { size = max(size, end) }
        if offset == 0, end <= Self.blockSize, end >= size, !isMany {
            blocks = .first(bytes)
            return
        }
        change { extents in
            for number in offset / Self.blockSize...(end - 1) / Self.blockSize {
                let whole = (number..<number + 1).bytes(of: Self.blockSize)
                let (start, from, to) = (whole.lowerBound, max(whole.lowerBound, offset), min(whole.upperBound, end))
                var block = extents.written[number] ?? []
                let length = Int(to - start)
                if block.count < length { block += repeatElement(0, count: length - block.count) }
                block.replaceSubrange(
                    Int(from - start)..<length, with: bytes[Int(from - offset)..<Int(to - offset)])
                extents.written[number] = block
            }
            let touched = (offset..<end).blocks(of: Self.blockSize)
            extents.unwritten = extents.unwritten.flatMap { $0.without(touched) }
        }
    }

    /// truncate(2): what is cut off is gone, what is added is a hole.
    mutating func setSize(_ newSize: Int64) {
        defer { size = newSize }
        guard newSize < size else { return }
        if newSize == 0 {
            blocks = .none
            return
        }
        let kept = newSize.blocks(of: Self.blockSize)
        switch blocks {
        case .none: break
        case .first(let bytes): blocks = .first(Array(bytes.prefix(Int(min(newSize, Self.blockSize)))))
        case .many:
            change { extents in
                for number in extents.written.keys where number >= kept { extents.written[number] = nil }
                let length = Int(newSize - (kept - 1) * Self.blockSize)
                if let last = extents.written[kept - 1] { extents.written[kept - 1] = Array(last.prefix(length)) }
                extents.unwritten = extents.unwritten.compactMap {
                    $0.lowerBound < kept ? $0.clamped(to: 0..<kept) : nil
                }
            }
        }
    }

    /// fallocate(2) with mode 0: the blocks take space, and the file is as long as they reach.
    mutating func allocate(_ range: Range<Int64>) {
        guard !range.isEmpty else { return }
        change { extents in
            let wanted = range.blocks(of: Self.blockSize)
            var all = extents.unwritten.flatMap { $0.without(wanted) }
            var start = wanted.lowerBound
            let written = extents.written.keys.filter { wanted.contains($0) }.sorted()
            for number in written {
                if start < number { all.append(start..<number) }
                start = number + 1
            }
            if start < wanted.upperBound { all.append(start..<wanted.upperBound) }
            extents.unwritten = all.sorted { $0.lowerBound < $1.lowerBound }
        }
        size = max(size, range.upperBound)
    }

    /// copy_file_range(2): holes of a mebibyte and more stay holes.
    mutating func copy(from source: FileData, at start: Int64, to offset: Int64, count: Int64) {
        for range in allocatedBlocks {
            fillWithZeros(range.inBytes.clamped(to: offset..<max(offset, min(offset + count, size))))
        }
        let copied = start..<max(start, min(start + count, source.size))
        let distance = offset - start
        switch source.blocks {
        case .none: break
        case .first:
            // The file may be longer: the rest of it is a hole.
            let bytes = (Int64(0)..<1).inBytes.clamped(to: copied)
            write(source.read(bytes.count, at: bytes.lowerBound), at: bytes.lowerBound + distance)
        case .many(let extents):
            for range in extents.unwritten {
                let bytes = range.inBytes.clamped(to: copied)
                fillWithZeros(bytes.lowerBound + distance..<bytes.upperBound + distance)
            }
            for number in extents.written.keys {
                let bytes = (number..<number + 1).inBytes.clamped(to: copied)
                write(source.read(bytes.count, at: bytes.lowerBound), at: bytes.lowerBound + distance)
            }
        }
        if offset + count > size { setSize(offset + count) }
    }

    /// Writes zeros; whole blocks of them take space as blocks that were never written do.
    private mutating func fillWithZeros(_ range: Range<Int64>) {
        guard !range.isEmpty else { return }
        let first = range.lowerBound.blocks(of: Self.blockSize)
        let whole = first..<max(first, range.upperBound / Self.blockSize)
        guard !whole.isEmpty else { return write([UInt8](repeating: 0, count: range.count), at: range.lowerBound) }
        change { extents in
            for number in extents.written.keys where whole.contains(number) { extents.written[number] = nil }
        }
        allocate(whole.inBytes)
        let (before, after) = (whole.inBytes.lowerBound, whole.inBytes.upperBound)
        write([UInt8](repeating: 0, count: Int(before - range.lowerBound)), at: range.lowerBound)
        write([UInt8](repeating: 0, count: Int(range.upperBound - after)), at: after)
    }

    /// Blocks that were never written become holes, as in a copy that leaves zeros out.
    mutating func dropUnwritten() {
        if isMany { change { $0.unwritten = [] } }
    }

    private var isMany: Bool { if case .many = blocks { true } else { false } }

    private mutating func change(_ body: (inout Extents) -> Void) {
        var extents: Extents
        switch blocks {
        case .none: extents = Extents()
        case .first(let bytes): extents = Extents(written: [0: bytes])
        case .many(let held): extents = held
        }
        blocks = .none
        body(&extents)
        blocks = .many(extents)
    }
}

extension FileData {
    /// The bytes of storage that the blocks take.
    var allocated: Int64 {
        switch blocks {
        case .none: 0
        case .first: Self.blockSize
        case .many(let extents):
            (Int64(extents.written.count) + extents.unwritten.reduce(0) { $0 + Int64($1.count) }) * Self.blockSize
        }
    }

    /// What takes space, as ranges of block numbers in order and apart.
    var allocatedBlocks: [Range<Int64>] {
        switch blocks {
        case .none: []
        case .first: [0..<1]
        case .many(let extents):
            (extents.written.keys.map { $0..<$0 + 1 } + extents.unwritten)
                .sorted { $0.lowerBound < $1.lowerBound }
                .reduce(into: []) { ranges, next in
                    if let last = ranges.last, last.upperBound == next.lowerBound {
                        ranges[ranges.count - 1] = last.lowerBound..<next.upperBound
                    } else {
                        ranges.append(next)
                    }
                }
        }
    }

    /// What a copy by ovl_copy_up_file() is: holes are skipped where the data begins again, but what is copied is copied
    /// in pieces of 1 MiB, so that holes within a piece take space in the copy.
    ///
    /// - Returns: The copy, and how many bytes were read and written for it.
    func copiedUp() -> (copy: FileData, copied: Int64) {
        switch blocks {
        case .none: return (self, 0)
        case .first: return (self, min(size, Self.copyUpPiece))
        case .many: break
        }
        var copy = self
        var copied: Int64 = 0
        var position: Int64 = 0
        for range in allocatedBlocks {
            let (start, end) = (range.lowerBound * Self.blockSize, min(range.upperBound * Self.blockSize, size))
            position = max(position, start)
            while position < end {
                let piece = min(Self.copyUpPiece, size - position)
                copy.allocate(position..<position + piece)
                copied += piece
                position += piece
            }
        }
        copy.size = size
        return (copy, copied)
    }

    /// OVL_COPY_UP_CHUNK_SIZE of fs/overlayfs/copy_up.c.
    private static var copyUpPiece: Int64 { 1 << 20 }
}

extension Range<Int64> {
    /// The bytes of a range of blocks.
    fileprivate var inBytes: Range { bytes(of: FileData.blockSize) }

    /// What is left of the range without another one.
    fileprivate func without(_ other: Range) -> [Range] {
        guard overlaps(other) else { return [self] }
        var left: [Range] = []
        if lowerBound < other.lowerBound { left.append(lowerBound..<other.lowerBound) }
        if other.upperBound < upperBound { left.append(other.upperBound..<upperBound) }
        return left
    }
}
