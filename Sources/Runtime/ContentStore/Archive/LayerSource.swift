internal import CArchive
internal import Glibc
internal import Linux
internal import OCI

/// A blob's bytes on their way to the tar reader: hashed as stored and as uncompressed. Of a blob that is not small, a thread
/// reads and uncompresses what comes next while the caller deals with what came.
///
/// Its address is given to libarchive, hence a class. What is read and uncompressed belongs to the thread while there is one;
/// it hands over with each block. The thread and this hold each other, until `stop`.
final class LayerSource {
    /// Of the uncompressed bytes so many pass before it is worth a thread.
    private static let smallSize: Int64 = 1 << 20

    private let descriptor: CInt
    private let limits: LayerLimits
    /// What is read, in an error.
    let what: String
    private let takesDigests: Bool
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    private(set) var stored = Digester()
    private(set) var uncompressed = Digester()
    let raw: OpaquePointer = archive_read_new()
    /// What failed, the thread's while there is one.
    private var cause: (any Error)?
    private(set) var storedCount: Int64 = 0
    /// The bytes that were uncompressed, and those that were given to the caller.
    private var producedCount: Int64 = 0
    private var takenCount: Int64 = 0
    private var ahead: ReadAhead?
    /// Whether there are no bytes at all: libarchive must not be asked for them then.
    var isEmpty = false
    private var triedAhead = false

    init(_ descriptor: CInt, _ limits: LayerLimits, _ what: String, takesDigests: Bool) {
        self.descriptor = descriptor
        self.what = what
        self.limits = limits
        self.takesDigests = takesDigests
    }

    /// Looks at the first bytes, and what they are compressed by.
    ///
    /// - Throws: `StoreError.archive` for what is damaged there, `SystemCallError`
    func open(_ filters: LayerReader.Filters) throws {
        archive_read_support_filter_gzip(raw)
        archive_read_support_filter_zstd(raw)
        if filters == .all {
            archive_read_support_filter_bzip2(raw)
            archive_read_support_filter_xz(raw)
        }
        archive_read_support_format_raw(raw)
        archive_read_support_format_empty(raw)
        try check(
            archive_read_open(
                raw, Unmanaged.passUnretained(self).toOpaque(), nil,
                { _, client, bytes in
                    let source = Unmanaged<LayerSource>.fromOpaque(client!).takeUnretainedValue()
                    bytes?.pointee = UnsafeRawPointer(source.buffer.baseAddress)
                    return source.readStored()
                }, nil))
        var entry: OpaquePointer?
        let first = archive_read_next_header(raw, &entry)
        isEmpty = first == ARCHIVE_EOF
        if !isEmpty { try check(first) }
    }

    private func check(_ result: CInt) throws {
        if result < ARCHIVE_WARN, let failure { throw failure }
        try ArchiveCall.check(raw, result)
    }

    /// Gives all uncompressed bytes.
    ///
    /// - Throws: `StoreError.archive` for what is damaged or too large, `SystemCallError`; what `body` throws.
    func forEachBlock(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        defer { stop() }
        while let block = readUncompressed(), block.count > 0 { try body(block) }
        if let failure { throw failure }
    }

    deinit {
        archive_read_free(raw)
        buffer.deallocate()
    }

    /// Ends the thread, if there is one. Who reads calls it when nothing more is wanted.
    func stop() {
        ahead?.stop()
        ahead = nil
    }

    /// What has failed, as far as what was taken tells.
    var failure: (any Error)? { ahead?.isOver ?? true ? cause : nil }

    /// The next stored bytes; 0 at the end, -1 after a failure.
    func readStored() -> Int {
        do {
            // The thread never waits so long for a pipe's writer that it could not be ended.
            while let ahead, !ahead.isOver {
                if ahead.isEnding { return -1 }
                var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                if poll(&wanted, 1, 100) != 0 { break }
            }
            let count = try call("read") { read(descriptor, buffer.baseAddress!, buffer.count) }
            if takesDigests { stored.update(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
            storedCount += Int64(count)
            return count
        } catch {
            cause = error
            return -1
        }
    }

    /// The next uncompressed bytes, valid until the next call; empty at the end, `nil` after a failure.
    func readUncompressed() -> UnsafeRawBufferPointer? {
        if takenCount >= Self.smallSize, !triedAhead {
            triedAhead = true
            // Where there can be no thread, the caller's does it all.
            let made = ReadAhead(of: self)
            ahead = made
            if !made.start() { ahead = nil }
        }
        guard let bytes = ahead.map({ $0.next() }) ?? uncompress() else { return nil }
        if takesDigests { uncompressed.update(bytes) }
        takenCount += Int64(bytes.count)
        return bytes
    }

    /// The same, by who reads: the thread where there is one.
    func uncompress() -> UnsafeRawBufferPointer? {
        if isEmpty { return UnsafeRawBufferPointer(start: nil, count: 0) }
        var start: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        let result = archive_read_data_block(raw, &start, &count, &offset)
        if result == ARCHIVE_EOF { return UnsafeRawBufferPointer(start: nil, count: 0) }
        do {
            try ArchiveCall.check(raw, result)
            producedCount += Int64(count)
            try checkLimits()
            return UnsafeRawBufferPointer(start: start, count: count)
        } catch {
            if cause == nil { cause = error }
            return nil
        }
    }

    private func checkLimits() throws {
        if producedCount > limits.bytes {
            throw StoreError.archive("\(what) refused: it unpacks to more than \(limits.bytes) bytes")
        }
        if producedCount > limits.ratioFloor, producedCount / max(storedCount, 1) > limits.ratio {
            throw StoreError.archive("\(what) refused: it unpacks to more than \(limits.ratio) times its size")
        }
    }
}
