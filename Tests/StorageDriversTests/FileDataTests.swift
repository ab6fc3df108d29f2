import TestSupport
import Testing

@testable import StorageDrivers

@Suite struct FileDataTests {
    /// Random writes, truncations, allocations and copies between two files, held against plain arrays of bytes.
    @Test(arguments: 0..<20 as Range<UInt64>) func readsAsPlainBytesDo(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var files = [FileData(), FileData(zeros: 30_000, isSparse: false)]
        var plain: [[UInt8]] = [[], Array(repeating: 0, count: 30_000)]
        func offset() -> Int { Int.random(in: 0..<60_000, using: &random) }
        for _ in 0..<200 {
            let target = Int.random(in: 0...1, using: &random)
            let start = offset()
            let count = Int.random(in: 1...20_000, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let bytes = [UInt8](repeating: UInt8.random(in: 1...255, using: &random), count: count)
                files[target].write(bytes, at: Int64(start))
                plain[target].put(bytes, at: start)
            case 1:
                files[target].setSize(Int64(start))
                plain[target].setSize(start)
            case 2:
                files[target].allocate(Int64(start)..<Int64(start + count))
                plain[target].setSize(max(plain[target].count, start + count))
            default:
                let from = Int.random(in: 0...plain[1 - target].count, using: &random)
                let length = min(count, plain[1 - target].count - from)
                if length == 0 { continue }
                files[target].copy(
                    from: files[1 - target], at: Int64(from), to: Int64(start), count: Int64(length))
                plain[target].put(Array(plain[1 - target][from..<from + length]), at: start)
            }
            for (file, bytes) in zip(files, plain) {
                #expect(file.size == Int64(bytes.count))
                #expect(file.read(bytes.count, at: 0) == bytes)
                let blocks = file.allocatedBlocks
                #expect(file.allocated == blocks.reduce(0) { $0 + Int64($1.count) } * FileData.blockSize)
                #expect(zip(blocks, blocks.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
            }
        }
    }

    /// What takes no memory here takes none in its copy: a copy of terabytes ends at once.
    @Test func zerosAreCopiedAsZeros() {
        let terabyte: Int64 = 1 << 40
        var copy = FileData(zeros: terabyte, isSparse: false)
        copy.copy(from: FileData(zeros: terabyte, isSparse: true), at: 0, to: 100, count: terabyte)
        #expect(copy.size == terabyte + 100)
        #expect(copy.allocated == terabyte)
        copy.copy(from: copy, at: 0, to: terabyte, count: terabyte)
        #expect(copy.size == 2 * terabyte)
        #expect(copy.allocated == 2 * terabyte)
        var short = FileData([1])
        short.setSize(terabyte)
        var long = FileData()
        long.copy(from: short, at: 0, to: 0, count: terabyte)
        #expect(long.size == terabyte)
        #expect(long.allocated == FileData.blockSize)
        #expect(long.read(2, at: 0) == [1, 0])
    }
}

extension [UInt8] {
    fileprivate mutating func setSize(_ size: Int) {
        if size < count { removeLast(count - size) } else { self += repeatElement(0, count: size - count) }
    }

    fileprivate mutating func put(_ bytes: [UInt8], at offset: Int) {
        if count < offset + bytes.count { setSize(offset + bytes.count) }
        replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
}
