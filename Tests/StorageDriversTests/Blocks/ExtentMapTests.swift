import StorageDrivers
import Testing

struct ExtentMapTests {
    @Test func aWriteIntoTheMiddleOfAnExtentLeavesBothEnds() {
        var map = ExtentMap()
        map.map(Extent(logical: 0, physical: 100, count: 10, birth: 0))
        let replaced = map.map(Extent(logical: 4, physical: 200, count: 2, birth: 1))
        #expect(replaced == [Extent(logical: 4, physical: 104, count: 2, birth: 0)])
        #expect(map.extents == [
            Extent(logical: 0, physical: 100, count: 4, birth: 0),
            Extent(logical: 4, physical: 200, count: 2, birth: 1),
            Extent(logical: 6, physical: 106, count: 4, birth: 0),
        ])
        #expect(map.count(bornIn: 0) == 8)
    }

    @Test func extentsThatContinueEachOtherAreOne() {
        var map = ExtentMap()
        for block in [2, 0, 1] as [Int64] { map.map(Extent(logical: block, physical: 50 + block, count: 1, birth: 3)) }
        #expect(map.extents == [Extent(logical: 0, physical: 50, count: 3, birth: 3)])
    }

    @Test func aMapIsTheListOfItsBlocks() {
        var generator = SplitMix(state: 7)
        var map = ExtentMap()
        var blocks: [Int64: (physical: Int64, birth: Int)] = [:]
        for round in 0..<2000 {
            let start = Int64.random(in: 0..<200, using: &generator)
            let count = Int64.random(in: 1..<20, using: &generator)
            if Bool.random(using: &generator) {
                map.unmap(start..<start + count)
                for block in start..<start + count { blocks[block] = nil }
            } else {
                map.map(Extent(logical: start, physical: Int64(round) * 100, count: count, birth: round % 3))
                for block in start..<start + count { blocks[block] = (Int64(round) * 100 + block - start, round % 3) }
            }
            let told = map.extents.flatMap { extent in
                (0..<extent.count).map { (extent.logical + $0, extent.physical + $0, extent.birth) }
            }
            #expect(told.count == blocks.count)
            #expect(told.allSatisfy { blocks[$0.0]?.physical == $0.1 && blocks[$0.0]?.birth == $0.2 })
            let free = map.holes(in: 0..<220).reduce(0) { $0 + $1.count }
            #expect(free == 220 - blocks.count)
        }
    }
}
