internal import Glibc
internal import LayerModel
public import Linux
public import OCI

/// An archive of a user's, unpacked by ADD: a tar, plain or compressed by gzip, zstd, bzip2 or xz. See Docker's
/// reference, "ADD".
///
/// It is no more trusted than a layer is: every name is resolved beneath the directory and through no symbolic link.
public enum ArchiveExtraction {
    /// What a file is, told by its bytes.
    public enum Content: Hashable, Sendable {
        case archive
        case other
        /// Compressed, and broken before it is known what it holds; in words, why.
        case damaged(String)
    }

    /// Whether a file is an archive, told by its content alone.
    ///
    /// - Throws: `SystemCallError`
    public static func content(of descriptor: CInt) throws -> Content {
        try call("lseek") { lseek(descriptor, 0, SEEK_SET) }
        defer { lseek(descriptor, 0, SEEK_SET) }
        let reader: LayerReader
        // Until the first entry is asked for, that it is compressed is all that can be wrong.
        do {
            reader = try LayerReader(from: descriptor, limits: LayerLimits(), filters: .all)
        } catch let error as StoreError { return .damaged("\(error)") }
        do { return try reader.next() == nil ? .other : .archive } catch {
            return reader.failure.map { .damaged("\($0)") } ?? .other
        }
    }

    /// Unpacks an archive into an empty directory, with the times that it has; what it forgot has the beginning of time.
    ///
    /// - Throws: `StoreError` for an entry that would leave the directory, `SystemCallError`; what the checkpoint throws.
    public static func unpack(_ descriptor: CInt, into directory: CInt, asking checkpoint: Checkpoint?) throws {
        var applier = LayerApplier()
        applier.checkpoint = checkpoint
        let purpose = LayerTree.Purpose.layerFiles(epoch: Timestamp(seconds: 0))
        try applier.place(from: descriptor, into: directory, for: purpose, filters: .all).set(beneath: directory)
    }

    /// Unpacks an archive into a directory; what has one of its names is replaced, directories merge.
    ///
    /// - Parameters:
    ///   - epoch: the time of directories that are made because the archive has none for its files.
    ///   - witness: looks at the calls that do it.
    ///   - place: the directory's path in the tree, without symbolic links.
    ///   - checkpoint: is asked before each entry, and within large ones.
    /// - Returns: the times of directories by their paths in the tree. The caller sets them: others may change them yet.
    /// - Throws: `StoreError` for an entry that would leave the directory, `SystemCallError`
    public static func extract(
        _ descriptor: CInt, into directory: CInt, epoch: Timestamp, seenBy witness: (any CallWitness)? = nil,
        at place: String, asking checkpoint: Checkpoint? = nil
    ) throws -> DirectoryTimes {
        var applier = LayerApplier()
        applier.checkpoint = checkpoint
        return try applier.place(
            from: descriptor, into: directory, for: .layerFiles(epoch: epoch), filters: .all,
            watch: witness.map { ($0, place) }
        ).beneath(place)
    }
}
