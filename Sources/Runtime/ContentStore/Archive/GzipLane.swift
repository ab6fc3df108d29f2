internal import CDeflate
internal import Glibc
internal import LayerModel
internal import Linux

/// One block at a time, compressed by libdeflate on a thread of its own, which is started when a first block is full.
final class GzipLane: @unchecked Sendable {
    private let compressor: OpaquePointer
    private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: GzipWriter.blockSize, alignment: 16)
    private let packed: UnsafeMutableRawBufferPointer
    private let wanted = Semaphore()
    private let done = Semaphore()
    private var thread: DedicatedThread.Handle?
    // The caller's until `wanted` is raised, the thread's until `done` is.
    private var count = 0
    private var memberSize = 0
    private var isEnding = false
    /// Whether a block was given away whose member nobody has taken yet. The caller's alone.
    private(set) var isBusy = false
    /// Whether its thread has the block. The caller's alone.
    private var isAway = false

    init(level: Int) throws {
        guard let compressor = libdeflate_alloc_compressor(CInt(level)) else {
            throw SystemCallError(call: "malloc", subject: "the memory to compress in", errno: .ENOMEM)
        }
        self.compressor = compressor
        packed = .allocate(
            byteCount: libdeflate_gzip_compress_bound(compressor, GzipWriter.blockSize), alignment: 16)
    }

    deinit {
        libdeflate_free_compressor(compressor)
        block.deallocate()
        packed.deallocate()
    }

    var isFull: Bool { count == block.count }

    /// - Returns: how many of the bytes there was room for.
    func fill(with bytes: UnsafeRawBufferPointer) -> Int {
        let some = min(bytes.count, block.count - count)
        UnsafeMutableRawBufferPointer(rebasing: block[count...]).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: bytes[..<some]))
        count += some
        return some
    }

    /// Gives the block to the thread; where there can be none, it is compressed at once.
    func pack() {
        if thread == nil { thread = try? DedicatedThread.start { self.work() } }
        guard thread != nil else { return packHere() }
        (isBusy, isAway) = (true, true)
        wanted.raise()
    }

    func packHere() {
        compress()
        isBusy = true
    }

    /// The block compressed, valid until the next is filled; waits for it.
    func member() -> UnsafeRawBufferPointer {
        if isAway { done.wait() }
        (isBusy, isAway) = (false, false)
        count = 0
        return UnsafeRawBufferPointer(rebasing: packed[..<memberSize])
    }

    /// Ends the thread. Call it once, when nothing more comes.
    func end() {
        guard let thread else { return }
        if isAway { done.wait() }
        isEnding = true
        wanted.raise()
        thread.join()
    }

    private func work() {
        while true {
            wanted.wait()
            if isEnding { return }
            compress()
            done.raise()
        }
    }

    /// The header has neither a time nor a name: equal blocks give equal members.
    private func compress() {
        memberSize = libdeflate_gzip_compress(compressor, block.baseAddress, count, packed.baseAddress, packed.count)
        precondition(memberSize > 0, "a member of gzip is no longer than libdeflate says that it can be")
    }
}
