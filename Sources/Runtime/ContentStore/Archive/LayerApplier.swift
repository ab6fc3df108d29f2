internal import Glibc
internal import LayerModel
public import Linux
public import OCI

/// Unpacks an OCI layer into an empty directory so that overlayfs can stack it: `.wh.x` becomes a character device
/// 0:0, `.wh..wh..opq` the attribute `overlay.opaque`. Needs root, of the host or of a user namespace; what the latter
/// does not allow is told by `AppliedLayer.warnings`.
///
/// The archive is not trusted: every name is resolved beneath the directory and through no symbolic link
/// (openat2(2)), and an entry that no honest image has ends the work. See image-spec, layer.md, "Applying
/// Changesets".
public struct LayerApplier: Sendable {
    public var limits: LayerLimits
    /// The unpacked layers beneath, nearest first: where a directory that the archive does not mention
    /// gets its owner and mode from.
    public var parents: [String]
    /// Which ids and nodes there can be.
    public var namespace: UserNamespace
    /// Is asked before each entry, and within large ones.
    public var checkpoint: Checkpoint?

    public init(
        limits: LayerLimits = LayerLimits(), parents: [String] = [], namespace: UserNamespace = .current
    ) {
        self.limits = limits
        self.parents = parents
        self.namespace = namespace
    }

    /// Unpacks the blob that `descriptor` is open on, from where it stands.
    ///
    /// - Throws: `StoreError.layerRefused`, `StoreError.archive`, `SystemCallError`; the directory then holds
    ///   a part of the layer and must be thrown away.
    public func apply(_ descriptor: CInt, to directory: String) throws -> AppliedLayer {
        let root = try Descriptor(opening: directory, O_RDONLY | O_DIRECTORY)
        let reader = try LayerReader(from: descriptor, limits: limits, asking: checkpoint)
        var tree = LayerTree(root: root.number, parents: parents, LayerConcessions(namespace))
        var size: Int64 = 0
        var entries = 0
        while let entry = try reader.next() {
            entries += 1
            if entries > limits.entries {
                throw StoreError.archive("layer refused: it has more than \(limits.entries) entries")
            }
            try tree.place(entry, reader)
            switch entry.kind {
            case .file(let bytes): size += bytes
            case .symlink(let target): size += Int64(target.utf8.count)
            default: break
            }
        }
        let digests = try reader.finish()
        try tree.directoryTimes.set(beneath: root.number)
        return AppliedLayer(
            diffID: digests.diffID, digest: digests.stored, blobSize: digests.size, size: size, entries: entries,
            warnings: tree.concessions.sentences)
    }
}

extension LayerApplier {
    /// Unpacks a tar of files into an open directory that has others: directories merge, files are replaced, and no name
    /// leads out of the directory or through a symbolic link.
    ///
    /// - Parameter owner: the owner of all of them; else each keeps its own.
    /// - Throws: `StoreError`, `SystemCallError`; some of the files may be there then.
    public func place(from descriptor: CInt, into directory: CInt, owner: (uid: UInt32, gid: UInt32)?) throws {
        let times = try place(from: descriptor, into: directory, for: .files(owner: owner), filters: .layers)
        try times.set(beneath: directory)
    }

    /// - Returns: the times that its directories are to have, which are not set.
    func place(
        from descriptor: CInt, into directory: CInt, for purpose: LayerTree.Purpose, filters: LayerReader.Filters,
        watch: (witness: any CallWitness, place: String)? = nil
    ) throws -> DirectoryTimes {
        let reader = try LayerReader(
            from: descriptor, limits: limits, what: "archive", filters: filters, asking: checkpoint)
        var tree = LayerTree(
            root: directory, parents: [], LayerConcessions(namespace), for: purpose, watch: watch)
        var entries = 0
        while let entry = try reader.next() {
            entries += 1
            if entries > limits.entries {
                throw StoreError.archive("archive refused: it has more than \(limits.entries) entries")
            }
            try tree.place(entry, reader)
        }
        _ = try reader.finish()
        return tree.directoryTimes
    }
}

/// What was unpacked, as the bytes told.
public struct AppliedLayer: Hashable, Sendable {
    public var diffID: DiffID
    /// The digest and size of the blob as it was stored.
    public var digest: Digest
    public var blobSize: Int64
    /// The logical bytes of its files, and of its symbolic links the lengths of their targets: as Docker counts.
    public var size: Int64
    public var entries: Int
    /// What could not be as the archive says: a sentence each.
    public var warnings: [String]
}
