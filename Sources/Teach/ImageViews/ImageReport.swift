public import ContentStore
public import LayerContents
internal import OCI

/// What there is to see of an image: its layers, what each holds and hides, and how much of it all is seen.
public struct ImageReport: Sendable {
    public struct Layer: Sendable {
        /// Counted from 1 at the bottom, as in a record.
        public var number: Int
        /// The digest of its tar, without compression.
        public var diffID: String
        public var chainID: String
        /// The instruction that made it; empty where the history does not tell.
        public var createdBy: String
        public var account: ImageContents.LayerAccount
        /// The other images that stand on it, by their names.
        public var sharedWith: [String]
    }

    /// The name that it was asked for by.
    public var name: String
    /// The digest of its config.
    public var id: String
    /// From the bottom up.
    public var layers: [Layer]
    /// Instructions that made no layer, in their order.
    public var configOnly: [String]
    public var contents: ImageContents
    public var efficiency: Efficiency

    /// Reads what the image's layers hold.
    ///
    /// - Parameter others: The other images of the store, and their names.
    /// - Throws: `SystemCallError`
    public init(_ image: Image, named name: String, besides others: [(name: String, image: Image)] = []) throws {
        self.name = name
        id = "\(image.id)"
        contents = ImageContents(layers: try image.layers.map { try LayerListing($0) })
        configOnly = (image.config.history ?? []).filter { $0.emptyLayer == true }.compactMap(\.createdBy)
        let accounts = contents.accounts
        layers = image.layers.enumerated().map { index, layer in
            Layer(
                number: index + 1, diffID: "\(layer.diffID)", chainID: "\(layer.chainID)", createdBy: layer.createdBy,
                account: accounts[index],
                sharedWith: others.filter { other in
                    other.image.id != image.id && other.image.layers.contains { $0.chainID == layer.chainID }
                }.map(\.name))
        }
        efficiency = contents.efficiency
    }
}

extension ImageContents.Change {
    /// The sign before a name, as the layer matrix has it.
    public var mark: String {
        switch self {
        case .added: "+"
        case .changed: "M"
        case .unchanged: " "
        case .removed: "✕"
        }
    }
}
