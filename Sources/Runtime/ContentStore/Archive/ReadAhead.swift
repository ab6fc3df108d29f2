internal import Glibc
internal import Linux
internal import Synchronization

/// Uncompresses a blob's next bytes on a thread of its own, a few blocks ahead of who takes them.
final class ReadAhead: @unchecked Sendable {
    private static let blockSize = 1 << 18
    private static let blockCount = 4

    /// Held until `stop`: were it the thread that lets it go last, it would go in the midst of the thread's own call.
    private let source: LayerSource
    private let blocks = (0..<blockCount).map { _ in
        UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 16)
    }
    /// By block: its bytes, 0 at the end, -1 after a failure. The thread's until `filled` is raised, the taker's until
    /// `free` is.
    private let counts = UnsafeMutableBufferPointer<Int>.allocate(capacity: blockCount)
    private let free = Semaphore(UInt32(blockCount))
    private let filled = Semaphore()
    private let ending = Atomic<Bool>(false)
    private var thread: DedicatedThread.Handle?
    // The taker's alone.
    private var taken = 0
    private var holdsBlock = false
    /// Whether the last block was taken: the thread is over, and what it had is the taker's.
    private(set) var isOver = false
    private var hasFailed = false

    init(of source: LayerSource) { self.source = source }

    /// - Returns: `false` where there can be no thread.
    func start() -> Bool {
        thread = try? DedicatedThread.start { self.work() }
        return thread != nil
    }

    deinit {
        for block in blocks { block.deallocate() }
        counts.deallocate()
    }

    /// Whether nobody takes what comes any more.
    var isEnding: Bool { ending.load(ordering: .relaxed) }

    /// The next bytes, valid until the next call; empty at the end, `nil` after a failure.
    func next() -> UnsafeRawBufferPointer? {
        if isOver { return hasFailed ? nil : UnsafeRawBufferPointer(start: nil, count: 0) }
        if holdsBlock { free.raise() }
        filled.wait()
        let index = taken % Self.blockCount
        (taken, holdsBlock) = (taken + 1, true)
        let count = counts[index]
        if count > 0 { return UnsafeRawBufferPointer(rebasing: blocks[index][..<count]) }
        end()
        hasFailed = count < 0
        return hasFailed ? nil : UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Ends the thread.
    func stop() {
        ending.store(true, ordering: .relaxed)
        free.raise()
        end()
    }

    private func end() {
        guard !isOver else { return }
        thread?.join()
        isOver = true
    }

    private func work() {
        var rest = UnsafeRawBufferPointer(start: nil, count: 0)
        var number = 0
        var end: Int?
        while end == nil {
            free.wait()
            if isEnding { return }
            let block = blocks[number % Self.blockCount]
            var count = 0
            while count < block.count, end == nil {
                if rest.isEmpty {
                    let bytes = source.uncompress()
                    if bytes?.isEmpty ?? true { end = bytes == nil ? -1 : 0 }
                    rest = bytes ?? rest
                    continue
                }
                let some = min(rest.count, block.count - count)
                UnsafeMutableRawBufferPointer(rebasing: block[count...]).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: rest[..<some]))
                rest = UnsafeRawBufferPointer(rebasing: rest[some...])
                count += some
            }
            // What came before the end is one block, and the end another.
            if count > 0 {
                counts[number % Self.blockCount] = count
                number += 1
                filled.raise()
                guard end != nil else { continue }
                free.wait()
                if isEnding { return }
            }
            counts[number % Self.blockCount] = end ?? 0
            filled.raise()
        }
    }
}
