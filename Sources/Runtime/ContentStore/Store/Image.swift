public import OCI

/// An image whose layers are unpacked: all that a container needs.
public struct Image: Hashable, Sendable {
    /// The name by which it was found; `nil` when it was found by its id and has none.
    public var reference: ImageReference?
    /// Where the manifest is.
    public var descriptor: ContentDescriptor
    public var manifest: Manifest
    public var config: ImageConfig
    /// From the bottom up: the first is `LayerID.lower(1)`.
    public var layers: [ImageLayer]

    /// The image's id: the digest of its config.
    public var id: Digest { manifest.config.digest }
    /// The layers' directories from the top down: the order of overlayfs's `lowerdir`.
    public var lowerDirectories: [String] { layers.reversed().map(\.directory) }
    /// The logical bytes of all layers' files and symbolic links: the SIZE of `docker images`.
    public var size: Int64 { layers.reduce(0) { $0 + $1.size } }
}

/// One unpacked layer of an image.
public struct ImageLayer: Hashable, Sendable {
    public var blob: ContentDescriptor
    public var diffID: DiffID
    public var chainID: ChainID
    public var directory: String
    /// The logical bytes of its files, and of its symbolic links the lengths of their targets: as Docker counts.
    public var size: Int64
    /// How many entries its tar has.
    public var entries: Int
    /// The instruction that made it, as the history tells it; empty when it does not.
    public var createdBy: String
    /// What could not be as its archive says when it was unpacked: a sentence each.
    public var warnings: [String]
}

/// One row of `docker images`.
public struct ImageSummary: Hashable, Sendable {
    /// `nil` for an image without a name.
    public var reference: ImageReference?
    public var id: Digest
    public var created: Timestamp?
    /// The logical bytes of all layers' files and symbolic links.
    public var size: Int64
    /// The digest of the manifest.
    public var digest: Digest
    /// Those of its config.
    public var labels: [String: String]
    /// What it says of itself where it stands in for an image of Docker Hub, or was built on one that does.
    public var standIn: StandInNotice?

    init(_ image: Image) {
        reference = image.reference
        id = image.id
        created = image.config.created
        size = image.size
        digest = image.descriptor.digest
        labels = image.config.config?.labels ?? [:]
        standIn = StandInNotice(image.config)
    }

    /// The first column.
    public var repository: String { reference?.familiarName ?? "<none>" }
    /// The second column.
    public var tag: String { reference?.tag ?? "<none>" }
}

/// One row of `docker history`.
public struct HistoryRow: Hashable, Sendable {
    /// The id of the image that the row ends: that of the whole in the newest one; that of a step where it was built here;
    /// `nil` where no image is known.
    public var id: Digest?
    public var created: Timestamp?
    public var createdBy: String
    public var comment: String
    /// The logical bytes of the layer's files and symbolic links; 0 where the instruction made none.
    public var size: Int64
    /// The layer that the instruction made.
    public var layer: ImageLayer?
}
