public import ContentStore
public import LayerContents
internal import Pictures
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

    /// What an instruction made.
    public enum Made: Hashable, Sendable {
        /// The layer of that number.
        case layer(Int)
        /// No layer: it changed the config alone, or nothing.
        case config(instruction: String)
    }

    /// The name that it was asked for by.
    public var name: String
    /// The digest of its config.
    public var id: String
    /// From the bottom up.
    public var layers: [Layer]
    /// What each instruction of the image's history made, from the bottom up.
    public var history: [Made]
    public var contents: ImageContents
    public var efficiency: Efficiency
}

extension ImageReport {
    /// Reads what the image's layers hold.
    ///
    /// - Parameter store: Where other images are looked for that stand on the same layers; `nil` where nobody asks.
    /// - Throws: `SystemCallError`; `FormatError` where the store's index is malformed.
    public init(_ image: Image, named name: String, in store: ContentStore? = nil) throws {
        self.name = name
        id = "\(image.id)"
        contents = ImageContents(layers: try image.layers.map { try LayerListing($0) })
        history = Self.history(of: image)
        let accounts = contents.accounts
        let neighbours = try store?.neighbours(of: image) ?? []
        layers = image.layers.enumerated().map { index, layer in
            Layer(
                number: index + 1, diffID: "\(layer.diffID)", chainID: "\(layer.chainID)", createdBy: layer.createdBy,
                account: accounts[index],
                sharedWith: neighbours.filter { $0.chain.contains(layer.chainID) }.map(\.name))
        }
        efficiency = contents.efficiency
    }

    private static func history(of image: Image) -> [Made] {
        // A history that does not fit the layers tells nothing of them.
        guard let rows = try? image.config.historyWithLayers() else {
            return image.layers.indices.map { .layer($0 + 1) }
        }
        var number = 0
        return rows.map { entry, diffID in
            if diffID == nil { return .config(instruction: entry.createdBy ?? "") }
            number += 1
            return .layer(number)
        }
    }
}

extension ContentStore {
    /// The other images by each of their names, and by their short ids where they have none; without those that are
    /// damaged. Unpacks nothing.
    fileprivate func neighbours(of image: Image) throws -> [(name: String, chain: Set<ChainID>)] {
        try indexedImages().filter { $0.id != image.id }.flatMap { other in
            guard let chain = try? chain(of: other) else { return [] as [(name: String, chain: Set<ChainID>)] }
            let names = other.names.isEmpty ? [shortDigest("\(other.id)")] : other.names.map { "\($0)" }
            return names.map { ($0, Set(chain)) }
        }
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
