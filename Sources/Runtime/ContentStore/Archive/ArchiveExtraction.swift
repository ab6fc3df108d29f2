internal import Glibc
internal import LayerModel
internal import Linux

/// An archive of a user's, unpacked by ADD: a tar, plain or compressed by gzip, zstd, bzip2 or xz. See Docker's
/// reference, "ADD".
///
/// It is no more trusted than a layer is: every name is resolved beneath the directory and through no symbolic link.
public enum ArchiveExtraction {
    /// Whether a file is an archive, told by its content alone.
    ///
    /// - Throws: `SystemCallError`
    public static func isArchive(_ descriptor: CInt) throws -> Bool {
        try call("lseek") { lseek(descriptor, 0, SEEK_SET) }
        defer { lseek(descriptor, 0, SEEK_SET) }
        guard let reader = try? LayerReader(from: descriptor, limits: LayerLimits(), filters: .all) else {
            return false
        }
        return ((try? reader.next()) ?? nil) != nil
    }

    /// Unpacks an archive into a directory; what has one of its names is replaced, directories merge.
    ///
    /// - Throws: `StoreError.layerRefused` for an entry that would leave the directory, `StoreError.archive`,
    ///   `SystemCallError`
    public static func extract(_ descriptor: CInt, into directory: CInt) throws {
        let limits = LayerLimits()
        let reader = try LayerReader(from: descriptor, limits: limits, filters: .all)
        var tree = LayerTree(root: directory, parents: [], LayerConcessions(.current))
        var entries = 0
        while let entry = try reader.next() {
            entries += 1
            if entries > limits.entries {
                throw StoreError.archive("archive refused: it has more than \(limits.entries) entries")
            }
            try tree.place(entry, reader)
        }
        _ = try reader.finish()
        try tree.setDirectoryTimes()
    }
}
