internal import CContentStore
internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// The unpacked layers, each in `layers/<ChainID>/fs`, shared by all images and containers. A directory has its
/// ChainID for a name only once it is whole.
struct UnpackedLayers: Sendable {
    let paths: StorePaths
    var checkpoint: Checkpoint?

    /// What is written beside an unpacked layer.
    private struct Record: Codable {
        var diffID: DiffID
        var size: Int64
        var entries: Int
        /// Where overlayfs's marks are kept; `nil`, in older stores: in `trusted.` attributes.
        var marks: OverlayAttributes?
        /// What could not be as the archive says.
        var warnings: [String]?
    }

    /// A layer that is unpacked: the size of its regular files, its number of entries, and what could not be as its
    /// archive says.
    typealias Found = (size: Int64, entries: Int, warnings: [String])

    func directory(_ chainID: ChainID) -> String { "\(paths.layers)/\(chainID.digest.hex)/fs" }

    /// - Returns: `nil` when the layer is not unpacked.
    /// - Throws: `StoreError.format` where it was unpacked for the other kind of overlay, to which its deletions and
    ///   opaque directories would say nothing.
    func find(_ chainID: ChainID) throws -> Found? {
        let path = "\(paths.layers)/\(chainID.digest.hex)/layer.json"
        guard access(path, F_OK) == 0 else { return nil }
        let file = try Descriptor(opening: path, O_RDONLY)
        let bytes = try Files.readAll(file.number)
        let record = try JSONDocument.decode(Record.self, from: bytes, what: path)
        guard record.marks ?? .trusted == .current else {
            throw StoreError.format(
                "\(paths.home) was filled \(record.marks == .user ? "without root" : "by root"), and its layers say "
                    + "nothing to this command: set TEACH_HOME to another folder")
        }
        return (record.size, record.entries, record.warnings ?? [])
    }

    /// Unpacks the blob of a layer where that is not done yet; `parents` are the directories beneath, nearest first.
    ///
    /// - Throws: `StoreError` when the blob or its content is not what the digests promise.
    func unpack(
        _ blob: ContentDescriptor, _ diffID: DiffID, _ chainID: ChainID, parents: [String], from blobs: BlobStore,
        limits: LayerLimits = LayerLimits()
    ) throws -> Found {
        if let found = try find(chainID) { return found }
        let lock = try StoreLock(paths.lock(.layers), exclusive: true, asking: checkpoint)
        defer { _ = lock }
        if let found = try find(chainID) { return found }
        let partial = StorePaths.partial(in: paths.layers)
        try call("mkdir", partial) { mkdir(partial, 0o711) }
        do {
            let fs = partial + "/fs"
            try call("mkdir", fs) { mkdir(fs, 0o755) }
            // The container's root, whatever the caller's umask takes from it.
            try call("chmod", fs) { chmod(fs, 0o755) }
            let stored = try blobs.open(blob.digest)
            var applier = LayerApplier(limits: limits, parents: parents)
            applier.checkpoint = checkpoint
            let applied = try applier.apply(stored.number, to: fs)
            guard applied.digest == blob.digest else {
                throw StoreError.blobCorrupt(blob.digest, found: applied.digest, size: applied.blobSize)
            }
            guard applied.blobSize == blob.size else {
                throw StoreError.archive(
                    "blob \(blob.digest) has \(applied.blobSize) bytes, but its manifest promises \(blob.size): the "
                        + "image is refused")
            }
            guard applied.diffID == diffID else {
                throw StoreError.layerCorrupt(diffID, found: applied.diffID)
            }
            let record = Record(
                diffID: diffID, size: applied.size, entries: applied.entries, marks: .current,
                warnings: applied.warnings.isEmpty ? nil : applied.warnings)
            let file = try Descriptor(opening: partial + "/layer.json", O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
            try JSONDocument.encode(record).withUnsafeBytes { try Files.write($0, to: file.number) }
            try settle(file.number, partial, chainID)
            return (applied.size, applied.entries, applied.warnings)
        } catch {
            try? removeTree(partial)
            throw error
        }
    }

    /// Makes a directory that overlayfs has filled an unpacked layer, without copying it; the directory is gone then.
    ///
    /// - Throws: `SystemCallError`
    func adopt(_ directory: String, _ diffID: DiffID, _ chainID: ChainID, _ count: LayerCount) throws {
        let lock = try StoreLock(paths.lock(.layers), exclusive: true, asking: checkpoint)
        defer { _ = lock }
        if try find(chainID) != nil { return try removeTree(directory) }
        let partial = StorePaths.partial(in: paths.layers)
        try call("mkdir", partial) { mkdir(partial, 0o711) }
        do {
            let fs = partial + "/fs"
            try call("rename", fs) { rename(directory, fs) }
            // The root itself is not in the layer's tar.
            try call("chown", fs) { chown(fs, 0, 0) }
            try call("chmod", fs) { chmod(fs, 0o755) }
            let record = Record(
                diffID: diffID, size: count.size, entries: count.entries, marks: .current, warnings: nil)
            let file = try Descriptor(opening: partial + "/layer.json", O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
            try JSONDocument.encode(record).withUnsafeBytes { try Files.write($0, to: file.number) }
            try settle(file.number, partial, chainID)
        } catch {
            try? removeTree(partial)
            throw error
        }
    }

    /// Everything reaches the disk before the name does: after a power cut a layer is whole or absent.
    private func settle(_ file: CInt, _ partial: String, _ chainID: ChainID) throws {
        try call("syncfs", partial) { teach_syncfs(file) }
        let path = "\(paths.layers)/\(chainID.digest.hex)"
        try call("rename", path) { rename(partial, path) }
        try Files.syncDirectory(paths.layers)
    }

    /// The layers that are unpacked.
    func all() throws -> [ChainID] {
        let directory = try Descriptor(opening: paths.layers, O_RDONLY | O_DIRECTORY)
        return try Files.names(in: directory.number).compactMap { Digest(hex: $0).map { ChainID($0) } }
    }

    /// Removes a layer; first its name, so that a half-removed one is not taken for whole.
    func remove(_ chainID: ChainID) throws {
        let path = "\(paths.layers)/\(chainID.digest.hex)"
        let partial = StorePaths.partial(in: paths.layers)
        try call("rename", path) { rename(path, partial) }
        try removeTree(partial)
    }
}
