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

/// The steps that earlier builds have made. A step is found as long as the store holds its layers.
struct BuildCache {
    let store: ContentStore

    /// The stage as the step left it before.
    ///
    /// - Returns: `nil` where no earlier build had these inputs, or its layers are gone.
    func find(_ inputs: StepInputs, after state: StageState) throws -> StageState? {
        let key = try inputs.key
        guard let bytes = store.buildRecord(key),
            let record = try? JSONDocument.decode(BuiltStep.self, from: bytes, what: "build record")
        else { return nil }
        guard store.holds(record) else {
            store.removeBuildRecord(key)
            return nil
        }
        let diffIDs = record.image.rootfs.diffIDs
        let chain = ChainID.chain(diffIDs)
        var found = state
        found.layers = zip(zip(record.layers, diffIDs), chain).map { pair, chainID in
            StoredLayer(
                blob: pair.0, diffID: pair.1, chainID: chainID, directory: store.layerDirectory(chainID))
        }
        found.history = record.image.history ?? []
        found.author = record.image.author
        found.image = record.image
        found.id = Digest(of: try JSONDocument.encode(record.image))
        return found
    }

    func keep(_ inputs: StepInputs, _ state: StageState) throws {
        guard let image = state.image else { return }
        let record = BuiltStep(image: image, layers: state.layers.map(\.blob))
        try store.keepBuildRecord(try JSONDocument.encode(record), as: try inputs.key)
    }
}
