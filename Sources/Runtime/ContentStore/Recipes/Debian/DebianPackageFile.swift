internal import CArchive
internal import CContentStore
internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// Reads the files of a binary package: an ar archive whose member `data.tar` holds them, compressed in one of several
/// ways. See deb(5).
struct DebianPackageFile: ~Copyable {
    private let outer: OpaquePointer
    private let tar: OpaquePointer
    private let path: String

    init(_ path: String) throws {
        self.path = path
        outer = archive_read_new()
        tar = archive_read_new()
        archive_read_support_format_ar(outer)
        try check(archive_read_open_filename(outer, path, 1 << 18), of: outer)
        while true {
            var member: OpaquePointer?
            try check(archive_read_next_header(outer, &member), of: outer, endIsError: true)
            if let name = archive_entry_pathname(member).map({ String(cString: $0) }), name.hasPrefix("data.tar") {
                break
            }
        }
        archive_read_support_filter_all(tar)
        archive_read_support_format_tar(tar)
        try check(
            archive_read_open(
                tar, UnsafeMutableRawPointer(outer), nil,
                { tar, outer, bytes in
                    var start: UnsafeRawPointer?
                    var count = 0
                    var offset: Int64 = 0
                    let result = archive_read_data_block(OpaquePointer(outer), &start, &count, &offset)
                    if result == ARCHIVE_EOF { return 0 }
                    if result < ARCHIVE_WARN { return -1 }
                    bytes?.pointee = start
                    return count
                }, nil), of: tar)
    }

    deinit {
        archive_read_free(tar)
        archive_read_free(outer)
    }

    /// Gives each entry, and a function that gives its bytes block by block.
    func forEachEntry(
        _ body: (ArchiveEntry, ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws -> Void
    ) throws {
        while true {
            var header: OpaquePointer?
            let before = teach_use_utf8()
            let result = archive_read_next_header(tar, &header)
            defer { teach_restore_locale(before) }
            if result == ARCHIVE_EOF { return }
            try check(result, of: tar)
            guard let header, let entry = entry(header) else {
                throw StoreError.recipe("the package \(path) holds an entry that is no file, directory or link")
            }
            try body(entry) { use in
                while true {
                    var start: UnsafeRawPointer?
                    var count = 0
                    var offset: Int64 = 0
                    let result = archive_read_data_block(tar, &start, &count, &offset)
                    if result == ARCHIVE_EOF { return }
                    try check(result, of: tar)
                    try use(UnsafeRawBufferPointer(start: start, count: count))
                }
            }
        }
    }

    private func entry(_ header: OpaquePointer) -> ArchiveEntry? {
        guard let path = archive_entry_pathname_utf8(header).map({ String(cString: $0) }) else { return nil }
        var kind: ArchiveEntry.Kind
        switch archive_entry_filetype(header) & S_IFMT {
        case S_IFDIR: kind = .directory
        case S_IFLNK:
            guard let target = archive_entry_symlink_utf8(header) else { return nil }
            kind = .symlink(target: String(cString: target))
        default: kind = .file(size: archive_entry_size(header))
        }
        if let target = archive_entry_hardlink_utf8(header) { kind = .hardLink(target: String(cString: target)) }
        return ArchiveEntry(
            path: path, kind: kind, permissions: UInt16(archive_entry_perm(header) & 0o7777),
            uid: UInt32(truncatingIfNeeded: archive_entry_uid(header)),
            gid: UInt32(truncatingIfNeeded: archive_entry_gid(header)),
            modified: Timestamp(seconds: Int64(archive_entry_mtime(header))))
    }

    private func check(_ result: CInt, of archive: OpaquePointer, endIsError: Bool = false) throws {
        if result >= ARCHIVE_WARN, !(endIsError && result == ARCHIVE_EOF) { return }
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "it ends too early"
        throw StoreError.recipe("the package \(path) cannot be read: \(reason)")
    }
}
