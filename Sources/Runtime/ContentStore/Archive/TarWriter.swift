internal import CArchive
internal import CContentStore
internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

/// How a layer's tar is stored.
public enum Compression: Hashable, Sendable {
    case none
    /// gzip with its level, 1 (fast) to 9 (small).
    case gzip(level: Int)
    /// Zstandard with its level, 1 (fast) to 22 (small). Docker before version 23 does not read it.
    case zstd(level: Int)
}

/// What a tar's bytes pass through on their way into a blob: its digest is taken before compression (the DiffID)
/// and after (the blob's digest). Its address is given to libarchive, hence a class.
private final class LayerSink {
    let descriptor: CInt
    var uncompressed = Digester()
    var compressed = Digester()
    /// At most one of both is there.
    var gzip: GzipWriter?
    var compressor: OpaquePointer?
    /// What failed in a callback, to be thrown outside of C.
    var failure: (any Error)?

    init(descriptor: CInt) { self.descriptor = descriptor }

    func receiveTar(_ bytes: UnsafeRawBufferPointer) -> Int {
        uncompressed.update(bytes)
        if let gzip { return attempt(bytes.count) { try gzip.write(bytes, to: keep) } }
        guard let compressor else { return receiveBlob(bytes) }
        var done = 0
        while done < bytes.count {
            let written = archive_write_data(compressor, bytes.baseAddress! + done, bytes.count - done)
            if written <= 0 { return -1 }
            done += written
        }
        return bytes.count
    }

    func receiveBlob(_ bytes: UnsafeRawBufferPointer) -> Int { attempt(bytes.count) { try keep(bytes) } }

    /// Takes the next bytes of the blob.
    func keep(_ bytes: UnsafeRawBufferPointer) throws {
        compressed.update(bytes)
        try Files.write(bytes, to: descriptor)
    }

    private func attempt(_ count: Int, _ body: () throws -> Void) -> Int {
        do {
            try body()
            return count
        } catch {
            failure = error
            return -1
        }
    }
}

/// Writes entries as a pax tar by libarchive, and the tar as a blob. The same entries give the same bytes.
struct TarWriter: ~Copyable {
    private let sink: LayerSink
    private let tar: OpaquePointer
    private let compressor: OpaquePointer?
    private let entry: OpaquePointer

    /// The bytes go to `descriptor`, which stays the caller's.
    init(to descriptor: CInt, _ compression: Compression) throws {
        sink = LayerSink(descriptor: descriptor)
        tar = archive_write_new()
        entry = archive_entry_new()
        if case .gzip(let level) = compression { sink.gzip = GzipWriter(level: level) }
        var writer: OpaquePointer?
        if case .zstd = compression { writer = archive_write_new() }
        compressor = writer
        if let writer, case .zstd(let level) = compression {
            sink.compressor = writer
            try ArchiveCall.check(writer, archive_write_set_format_raw(writer))
            try ArchiveCall.check(writer, archive_write_add_filter_zstd(writer))
            try ArchiveCall.check(
                writer, archive_write_set_filter_option(writer, "zstd", "compression-level", String(level)))
            try open(writer) { _, client, bytes, count in
                Unmanaged<LayerSink>.fromOpaque(client!).takeUnretainedValue()
                    .receiveBlob(UnsafeRawBufferPointer(start: bytes, count: count))
            }
            archive_entry_set_filetype(entry, S_IFREG)
            archive_entry_set_pathname(entry, "data")
            try ArchiveCall.check(writer, archive_write_header(writer, entry))
        }
        try ArchiveCall.check(tar, archive_write_set_format_pax_restricted(tar))
        // Go's tools read the names of the schily form; libarchive's own would only double them.
        try ArchiveCall.check(tar, archive_write_set_format_option(tar, "pax", "xattrheader", "SCHILY"))
        try open(tar) { _, client, bytes, count in
            Unmanaged<LayerSink>.fromOpaque(client!).takeUnretainedValue()
                .receiveTar(UnsafeRawBufferPointer(start: bytes, count: count))
        }
    }

    private typealias WriteCallback =
        @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, UnsafeRawPointer?, Int) -> Int

    private func open(_ archive: OpaquePointer, _ write: WriteCallback) throws {
        archive_write_set_bytes_per_block(archive, 1 << 18)
        // 1: the last block is written as it is, not filled with zeros.
        archive_write_set_bytes_in_last_block(archive, 1)
        try ArchiveCall.check(
            archive, archive_write_open(archive, Unmanaged.passUnretained(sink).toOpaque(), nil, write, nil))
    }

    deinit {
        archive_entry_free(entry)
        // The tar is ended first: its last bytes go through the other.
        archive_write_free(tar)
        if let compressor { archive_write_free(compressor) }
    }

    /// Adds an entry; a file's bytes are then given to `write`, all of them in order. The zeros of a sparse
    /// file's holes are given too: libarchive drops them by `dataExtents`.
    func add(_ item: ArchiveEntry) throws {
        archive_entry_clear(entry)
        let before = teach_use_utf8()
        defer { teach_restore_locale(before) }
        var path = item.path
        switch item.kind {
        case .file(let size):
            archive_entry_set_filetype(entry, S_IFREG)
            archive_entry_set_size(entry, size)
            for extent in item.dataExtents ?? [] {
                archive_entry_sparse_add_entry(entry, extent.lowerBound, extent.upperBound - extent.lowerBound)
            }
        case .directory:
            archive_entry_set_filetype(entry, S_IFDIR)
            path += "/"
        case .symlink(let target):
            archive_entry_set_filetype(entry, S_IFLNK)
            archive_entry_set_symlink_utf8(entry, target)
        case .hardLink(let target):
            archive_entry_set_filetype(entry, S_IFREG)
            archive_entry_set_hardlink_utf8(entry, target)
        case .fifo:
            archive_entry_set_filetype(entry, S_IFIFO)
        case .characterDevice(let device):
            archive_entry_set_filetype(entry, S_IFCHR)
            setDevice(device)
        case .blockDevice(let device):
            archive_entry_set_filetype(entry, S_IFBLK)
            setDevice(device)
        }
        archive_entry_set_pathname_utf8(entry, path)
        archive_entry_set_perm(entry, mode_t(item.permissions))
        archive_entry_set_uid(entry, Int64(item.uid))
        archive_entry_set_gid(entry, Int64(item.gid))
        // Whole seconds, as Docker writes them: ustar's field holds no more, and a pax header for the rest would
        // depend on whether the entry needs one anyway.
        archive_entry_set_mtime(entry, time_t(item.modified.seconds), 0)
        for attribute in item.attributes {
            archive_entry_xattr_add_entry(entry, attribute.name, attribute.value, attribute.value.count)
        }
        try check(archive_write_header(tar, entry))
    }

    private func setDevice(_ device: DeviceNumber) {
        archive_entry_set_rdevmajor(entry, dev_t(device.major))
        archive_entry_set_rdevminor(entry, dev_t(device.minor))
    }

    /// Gives the next bytes of the file whose entry was added last.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            let written = archive_write_data(tar, bytes.baseAddress! + done, bytes.count - done)
            if written <= 0 { try check(written < 0 ? CInt(written) : ARCHIVE_FATAL) }
            done += written
        }
    }

    /// Gives that many zeros as the next bytes: a hole.
    func writeZeros(_ count: Int64, asking checkpoint: Checkpoint? = nil) throws {
        guard count > 0 else { return }
        let zeros = [UInt8](repeating: 0, count: Int(min(count, 1 << 16)))
        var rest = count
        while rest > 0 {
            try checkpoint?()
            let some = min(rest, Int64(zeros.count))
            try zeros.withUnsafeBytes { try write(UnsafeRawBufferPointer(rebasing: $0[..<Int(some)])) }
            rest -= some
        }
    }

    /// Ends the tar.
    ///
    /// - Returns: the digest of the tar, its size, and the digest and size of the blob.
    func finish() throws -> WrittenLayer {
        try check(archive_write_close(tar))
        if let compressor { try check(archive_write_close(compressor), of: compressor) }
        try sink.gzip?.finish(to: sink.keep)
        return WrittenLayer(
            diffID: DiffID(sink.uncompressed.digest), tarSize: sink.uncompressed.count,
            digest: sink.compressed.digest, size: sink.compressed.count)
    }

    private func check(_ result: CInt, of archive: OpaquePointer? = nil) throws {
        if let failure = sink.failure { throw failure }
        try ArchiveCall.check(archive ?? tar, result)
    }
}

/// A layer's tar that was written as a blob.
public struct WrittenLayer: Hashable, Sendable {
    public var diffID: DiffID
    /// The bytes of the tar before compression.
    public var tarSize: Int64
    /// The digest of the blob.
    public var digest: Digest
    /// The bytes of the blob.
    public var size: Int64
}

/// The answers of libarchive as errors.
enum ArchiveCall {
    /// Accepts ARCHIVE_OK and a warning; both mean that the work was done.
    static func check(_ archive: OpaquePointer, _ result: CInt) throws {
        if result >= ARCHIVE_WARN { return }
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown reason (\(result))"
        throw StoreError.archive("the tar cannot be read or written: \(reason)")
    }
}
