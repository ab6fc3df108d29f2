/// What an image runs and what it is made of; its digest is the image's id. See image-spec, config.md.
public struct ImageConfig: Hashable, Sendable {
    public var created: Timestamp?
    public var author: String?
    public var architecture: String
    public var os: String
    public var variant: String?
    public var config: ExecutionConfig?
    public var rootfs: RootFilesystem
    /// From the bottom up; an entry without `emptyLayer` stands for the next DiffID.
    public var history: [History]?

    public init(
        created: Timestamp? = nil, author: String? = nil, platform: Platform, config: ExecutionConfig? = nil,
        rootfs: RootFilesystem, history: [History]? = nil
    ) {
        self.created = created
        self.author = author
        architecture = platform.architecture
        os = platform.os
        variant = platform.variant
        self.config = config
        self.rootfs = rootfs
        self.history = history
    }
}

/// The layers by their DiffIDs, from the bottom up.
public struct RootFilesystem: Hashable, Sendable {
    public var type = "layers"
    public var diffIDs: [DiffID]
    public init(diffIDs: [DiffID]) { self.diffIDs = diffIDs }
}

/// One instruction of those that made an image.
public struct History: Hashable, Sendable {
    public var created: Timestamp?
    public var createdBy: String?
    public var author: String?
    public var comment: String?
    /// Whether the instruction changed the config alone and made no layer.
    public var emptyLayer: Bool?

    public init(
        created: Timestamp? = nil, createdBy: String? = nil, author: String? = nil, comment: String? = nil,
        emptyLayer: Bool? = nil
    ) {
        self.created = created
        self.createdBy = createdBy
        self.author = author
        self.comment = comment
        self.emptyLayer = emptyLayer
    }
}

extension ImageConfig: Codable {}

extension RootFilesystem: Codable {
    enum CodingKeys: String, CodingKey {
        case type
        case diffIDs = "diff_ids"
    }
}

extension History: Codable {
    enum CodingKeys: String, CodingKey {
        case created, author, comment
        case createdBy = "created_by"
        case emptyLayer = "empty_layer"
    }
}

extension ImageConfig {
    /// The history with the layer that each entry made.
    ///
    /// - Throws: `FormatError` when the entries that make layers are not as many as the layers.
    public func historyWithLayers() throws(FormatError) -> [(entry: History, diffID: DiffID?)] {
        let entries = history ?? rootfs.diffIDs.map { _ in History() }
        var rest = rootfs.diffIDs[...]
        var rows: [(entry: History, diffID: DiffID?)] = []
        for entry in entries {
            if entry.emptyLayer == true {
                rows.append((entry, nil))
            } else {
                guard let diffID = rest.popFirst() else {
                    throw FormatError(
                        "the image's history speaks of more layers than its rootfs has (\(rootfs.diffIDs.count))")
                }
                rows.append((entry, diffID))
            }
        }
        guard rest.isEmpty else {
            throw FormatError("the image's history leaves \(rest.count) of its layers unexplained")
        }
        return rows
    }
}
