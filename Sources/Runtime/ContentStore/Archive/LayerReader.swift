internal import CArchive
internal import CContentStore
internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// How much a layer may unpack to: the defence against archives that are small on the wire and endless on disk.
public struct LayerLimits: Hashable, Sendable {
    public var entries = 1_000_000
    /// The bytes of the tar.
    public var bytes: Int64 = 32 << 30
    /// The bytes of the tar for each byte of the blob.
    public var ratio: Int64 = 200
    /// The bytes of the tar from which on the ratio is looked at: small layers may be as dense as they like.
    public var ratioFloor: Int64 = 1 << 30

    public init() {}
}

/// Reads a layer's tar, compressed or not, entry by entry, and takes both digests as the bytes pass.
struct LayerReader: ~Copyable {
    private let source: LayerSource
    private let tar: OpaquePointer
    private let checkpoint: Checkpoint?
    /// Whether what is uncompressed can be a tar at all, which the first entry tells.
    private var opening = CInt(ARCHIVE_OK)

    /// What a tar may be compressed by.
    enum Filters {
        /// What layers are: gzip and zstd.
        case layers
        /// Also bzip2 and xz.
        case all
    }

    /// Reads from `descriptor`, which stays the caller's, from where it stands.
    ///
    /// - Parameters:
    ///   - takesDigests: `false` where nobody asks what `finish` answers, which then says nothing.
    ///   - checkpoint: is asked before each entry and each block.
    init(
        from descriptor: CInt, limits: LayerLimits, what: String = "layer", filters: Filters = .layers,
        takesDigests: Bool = true, asking checkpoint: Checkpoint? = nil
    ) throws {
        self.checkpoint = checkpoint
        source = LayerSource(descriptor, limits, what, takesDigests: takesDigests)
        tar = archive_read_new()
        try source.open(filters)
        let client = Unmanaged.passUnretained(source).toOpaque()
        archive_read_support_format_tar(tar)
        archive_read_support_format_empty(tar)
        opening = archive_read_open(
            tar, client, nil,
            { _, client, bytes in
                let source = Unmanaged<LayerSource>.fromOpaque(client!).takeUnretainedValue()
                guard let block = source.readUncompressed() else { return -1 }
                bytes?.pointee = block.baseAddress
                return block.count
            }, nil)
    }

    deinit {
        source.stop()
        archive_read_free(tar)
    }

    /// The next entry's header; `nil` after the last.
    ///
    /// - Throws: `StoreError.layerRefused` for a kind that no layer has, `StoreError.archive`
    func next() throws -> ArchiveEntry? {
        try checkpoint?()
        try check(opening)
        let before = teach_use_utf8()
        defer { teach_restore_locale(before) }
        var header: OpaquePointer?
        let result = archive_read_next_header(tar, &header)
        if result == ARCHIVE_EOF { return nil }
        try check(result)
        guard let header, let path = archive_entry_pathname_utf8(header).map({ String(cString: $0) }) else {
            throw StoreError.archive("\(source.what) refused: an entry's name is not UTF-8")
        }
        var entry = ArchiveEntry(
            path: path, kind: try kind(of: header, path), permissions: UInt16(archive_entry_perm(header) & 0o7777),
            uid: try id(archive_entry_uid(header), path), gid: try id(archive_entry_gid(header), path),
            modified: Timestamp(
                seconds: Int64(archive_entry_mtime(header)),
                nanoseconds: UInt32(clamping: archive_entry_mtime_nsec(header))))
        archive_entry_xattr_reset(header)
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while archive_entry_xattr_next(header, &name, &value, &size) == ARCHIVE_OK, let name {
            let bytes = UnsafeRawBufferPointer(start: value, count: size)
            entry.attributes.append((String(cString: name), Array(bytes)))
        }
        return entry
    }

    private func id(_ id: Int64, _ path: String) throws -> UInt32 {
        // The last number is the kernel's "leave it as it is".
        guard let id = UInt32(exactly: id), id != .max else {
            throw StoreError.layerRefused(entry: path, reason: "has the owner \(id), which is no user or group id")
        }
        return id
    }

    private func kind(of header: OpaquePointer, _ path: String) throws -> ArchiveEntry.Kind {
        if let target = archive_entry_hardlink_utf8(header).map({ String(cString: $0) }) {
            return .hardLink(target: target)
        }
        let device = DeviceNumber(
            major: UInt32(truncatingIfNeeded: archive_entry_rdevmajor(header)),
            minor: UInt32(truncatingIfNeeded: archive_entry_rdevminor(header)))
        switch archive_entry_filetype(header) & S_IFMT {
        case S_IFREG: return .file(size: archive_entry_size(header))
        case S_IFDIR: return .directory
        case S_IFIFO: return .fifo
        case S_IFCHR: return .characterDevice(device)
        case S_IFBLK: return .blockDevice(device)
        case S_IFLNK:
            guard let target = archive_entry_symlink_utf8(header).map({ String(cString: $0) }) else {
                throw StoreError.layerRefused(entry: path, reason: "points at a name that is not UTF-8")
            }
            return .symlink(target: target)
        default: throw StoreError.layerRefused(entry: path, reason: "is of a kind that no layer has")
        }
    }

    /// Gives the data of the entry that was read last, block by block with their offsets; holes are left out.
    func forEachBlock(_ body: (UnsafeRawBufferPointer, Int64) throws -> Void) throws {
        while true {
            try checkpoint?()
            var start: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let result = archive_read_data_block(tar, &start, &count, &offset)
            if result == ARCHIVE_EOF { return }
            try check(result)
            try body(UnsafeRawBufferPointer(start: start, count: count), offset)
        }
    }

    /// Reads what follows the last entry, so that the digests cover all bytes.
    ///
    /// - Returns: the digest of the tar, and the digest and size of the blob.
    func finish() throws -> (diffID: DiffID, stored: Digest, size: Int64) {
        while let block = source.readUncompressed(), block.count > 0 {}
        if let failure = source.failure { throw failure }
        while source.readStored() > 0 {}
        if let failure = source.failure { throw failure }
        return (DiffID(source.uncompressed.digest), source.stored.digest, source.storedCount)
    }

    /// What was wrong with the bytes, and not with what they say.
    var failure: (any Error)? { source.failure }

    private func check(_ result: CInt) throws {
        if result < ARCHIVE_WARN, let failure = source.failure { throw failure }
        try ArchiveCall.check(tar, result)
    }
}
