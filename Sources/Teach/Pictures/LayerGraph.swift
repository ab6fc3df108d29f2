/// Images, the layers that they are made of, and the containers that stand on them. A layer that several images
/// share is one node.
public struct LayerGraph: Hashable, Sendable {
    public var title: String
    /// Every layer once, parents before children.
    public var layers: [Layer]
    public var images: [Image]
    public var containers: [Container]

    public init(title: String, layers: [Layer], images: [Image], containers: [Container] = []) {
        self.title = title
        self.layers = layers
        self.images = images
        self.containers = containers
    }

    /// A read-only layer in its place: named by its ChainID, because the same bytes on another parent are another
    /// layer (OCI image specification, config.md, "Layer ChainID").
    public struct Layer: Hashable, Sendable {
        public var chainID: String
        /// The ChainID of the layer beneath; `nil` for a lowest one.
        public var parent: String?
        /// The digest to show; the ChainID itself where there is no better one.
        public var digest: String
        /// The instruction that made it, as `history` shows it.
        public var createdBy: String
        /// What `docker history` tells as its size.
        public var size: Int64

        public init(chainID: String, parent: String?, digest: String, createdBy: String, size: Int64) {
            self.chainID = chainID
            self.parent = parent
            self.digest = digest
            self.createdBy = createdBy
            self.size = size
        }
    }

    /// An image: its names, its top layer, and the instructions that changed only its config.
    public struct Image: Hashable, Sendable {
        /// The digest of its config.
        public var id: String
        /// References such as `app:1`; empty for a dangling image.
        public var tags: [String]
        /// The ChainID of the top layer; `nil` for an image without layers.
        public var top: String?
        /// Instructions that made no layer, in their order.
        public var configOnly: [String]

        public init(id: String, tags: [String], top: String?, configOnly: [String] = []) {
            self.id = id
            self.tags = tags
            self.top = top
            self.configOnly = configOnly
        }
    }

    /// A container: a writable layer on an image's layers.
    public struct Container: Hashable, Sendable {
        public var id: String
        public var name: String
        /// The id of the image that it was made from.
        public var image: String
        /// The bytes of its writable layer's regular files, where known.
        public var size: Int64?

        public init(id: String, name: String, image: String, size: Int64? = nil) {
            self.id = id
            self.name = name
            self.image = image
            self.size = size
        }
    }

    /// How many images stand on each layer, by ChainID: `×3 images`.
    public var imagesPerLayer: [String: Int] {
        let parents = Dictionary(layers.map { ($0.chainID, $0.parent) }, uniquingKeysWith: { first, _ in first })
        var counts: [String: Int] = [:]
        for image in images {
            var visited: Set<String> = []
            var next = image.top
            while let layer = next, parents[layer] != nil, visited.insert(layer).inserted {
                counts[layer, default: 0] += 1
                next = parents[layer] ?? nil
            }
        }
        return counts
    }
}

/// A digest cut to the twelve hexadecimal digits that Docker's tables show, without its algorithm.
public func shortDigest(_ digest: String) -> String {
    String((digest.split(separator: ":", maxSplits: 1).last ?? "").prefix(12))
}
