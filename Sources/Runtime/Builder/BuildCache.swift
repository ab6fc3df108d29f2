internal import ContentStore
internal import OCI

/// What a step depends on: equal inputs give an equal image. See Docker's "Optimizing builds with cache".
struct StepInputs: Codable, Hashable {
    /// The image beneath; empty for none.
    var parent: String
    /// The instruction as the history tells it: with the values of ARGs, and the digest of what is copied.
    var createdBy: String
    /// What the config becomes.
    var config: String
    /// What else makes a difference.
    var options: [String] = []

    var key: Digest {
        get throws(FormatError) { Digest(of: try JSONDocument.encode(self)) }
    }
}

/// The steps that earlier builds have made. A step is found as long as its image is here.
struct BuildCache {
    let store: ContentStore

    /// The stage as the step left it before.
    ///
    /// - Returns: `nil` where no earlier build had these inputs, or its image is gone.
    func find(_ inputs: StepInputs, after state: StageState) throws -> StageState? {
        guard let (id, built) = store.builtImage(from: try inputs.key) else { return nil }
        let diffIDs = built.image.rootfs.diffIDs
        let chain = ChainID.chain(diffIDs)
        var found = state
        found.layers = zip(zip(built.layers, diffIDs), chain).map { pair, chainID in
            StoredLayer(
                blob: pair.0, diffID: pair.1, chainID: chainID, directory: store.layerDirectory(chainID))
        }
        found.history = built.image.history ?? []
        found.author = built.image.author
        found.image = built.image
        found.id = id
        return found
    }

    /// Keeps the image that a step has made of `parent`.
    func keep(_ inputs: StepInputs, _ state: StageState, of parent: Digest?) throws {
        guard let image = state.image, let id = state.id else { return }
        try store.keep(
            BuiltImage(image: image, layers: state.layers.map(\.blob)), as: id, of: parent, from: try inputs.key)
    }
}
