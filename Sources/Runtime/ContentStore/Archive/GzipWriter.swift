internal import Glibc
internal import Linux

/// Compresses bytes as gzip, in blocks of one size that each become a member of the file (RFC 1952, section 2.2: a file is
/// any number of members). So blocks are compressed side by side, and what comes out depends on the bytes and the level
/// alone, not on how many processors there are.
///
/// What it needs is a few MiB for each processor, however much passes.
final class GzipWriter {
    /// The bytes of a block. Larger ones compress hardly better: what is referred to lies within 32 KiB (RFC 1951).
    static let blockSize = 1 << 20
    /// More processors than this gain nothing: one thread gives all of them their work.
    private static let mostLanes = 9

    private let level: Int
    /// Block i is lane i's, counted around: so the oldest block is always the next lane's.
    private var lanes: [GzipLane] = []
    private let laneLimit: Int
    private var current = 0
    private var isEmpty = true

    /// - Parameter level: 1 (fast) to 9 (small).
    init(level: Int) {
        self.level = level
        // One more than there are processors, so that the next block is filled while all are busy.
        laneLimit = min(((try? CPUSet(of: 0).count) ?? 1) + 1, Self.mostLanes)
    }

    deinit { for lane in lanes { lane.end() } }

    /// Takes the next bytes.
    ///
    /// - Parameter output: is given what is compressed, in order.
    func write(_ bytes: UnsafeRawBufferPointer, to output: (UnsafeRawBufferPointer) throws -> Void) throws {
        var rest = bytes
        while !rest.isEmpty {
            if current == lanes.count { lanes.append(try GzipLane(level: level)) }
            let lane = lanes[current]
            if lane.isBusy { try output(lane.member()) }
            rest = UnsafeRawBufferPointer(rebasing: rest[lane.fill(with: rest)...])
            isEmpty = false
            guard lane.isFull else { continue }
            lane.pack()
            current = (current + 1) % laneLimit
        }
    }

    /// Ends the file.
    func finish(to output: (UnsafeRawBufferPointer) throws -> Void) throws {
        // Without any bytes there is one member too, and it is empty.
        if isEmpty { lanes.append(try GzipLane(level: level)) }
        var oldest = current
        if lanes.indices.contains(current), !lanes[current].isBusy {
            // The last one, often the only one, needs no thread.
            lanes[current].packHere()
            oldest += 1
        }
        for index in oldest..<oldest + laneLimit {
            let lane = index % laneLimit
            if lanes.indices.contains(lane), lanes[lane].isBusy { try output(lanes[lane].member()) }
        }
    }
}
