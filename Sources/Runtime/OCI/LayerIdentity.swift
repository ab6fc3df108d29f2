/// The digest of a layer's tar before compression: who the layer is, however it was shipped.
/// See image-spec, config.md, "Layer DiffID".
public struct DiffID: Hashable, Sendable {
    public var digest: Digest
    public init(_ digest: Digest) { self.digest = digest }
}

/// The identity of a stack of layers: of one layer *on top of* those beneath it.
/// See image-spec, config.md, "Layer ChainID".
public struct ChainID: Hashable, Sendable {
    public let digest: Digest

    /// Takes over a digest that is known to be a chain's, such as the name of an unpacked layer's directory.
    public init(_ digest: Digest) { self.digest = digest }

    /// The chain of `diffID` on `parent`: the DiffID itself for the lowest layer, else the digest of
    /// the parent's chain, a space and the DiffID.
    public init(_ diffID: DiffID, on parent: ChainID?) {
        digest = parent.map { Digest(of: "\($0.digest) \(diffID.digest)".utf8) } ?? diffID.digest
    }

    /// The chain of each layer of a stack, in the order of `diffIDs`: from the bottom up.
    public static func chain(_ diffIDs: [DiffID]) -> [ChainID] {
        var chain: [ChainID] = []
        for diffID in diffIDs { chain.append(ChainID(diffID, on: chain.last)) }
        return chain
    }
}

extension DiffID: CustomStringConvertible, Codable {
    public var description: String { digest.description }
    public init(from decoder: any Decoder) throws { try self.init(Digest(from: decoder)) }
    public func encode(to encoder: any Encoder) throws { try digest.encode(to: encoder) }
}

extension ChainID: CustomStringConvertible, Codable {
    public var description: String { digest.description }
    public init(from decoder: any Decoder) throws { try self.init(Digest(from: decoder)) }
    public func encode(to encoder: any Encoder) throws { try digest.encode(to: encoder) }
}
