internal import Glibc
internal import Linux
internal import OCI

extension ContentStore {
    /// Makes an image from its recipe, gives it its name and unpacks it.
    ///
    /// - Throws: `StoreError`, `SystemCallError`
    public func build(_ recipe: ImageRecipe) throws -> Image { try build(recipe, fingerprint: nil) }

    func build(_ recipe: ImageRecipe, fingerprint: Digest?) throws -> Image {
        let lease = try lease()
        defer { _ = lease }
        var diffIDs = recipe.base?.config.rootfs.diffIDs ?? []
        var layers = recipe.base?.manifest.layers ?? []
        var history = recipe.base?.config.history ?? []
        for layer in recipe.layers {
            var written: WrittenLayer?
            try blobs.write { file in
                let result = try RecipeLayer(
                    recipe: layer, time: recipe.created, checkpoint: checkpoint
                ).write(to: file)
                written = result
                return (result.digest, result.size)
            }
            guard let written else { preconditionFailure("a blob was stored without having been written") }
            diffIDs.append(written.diffID)
            layers.append(ContentDescriptor(mediaType: .layerGzip, digest: written.digest, size: written.size))
            history.append(History(created: recipe.created, createdBy: layer.createdBy, comment: layer.comment))
        }
        let execution = recipe.config ?? recipe.base?.config.config
        var metadata = recipe.metadata ?? []
        if recipe.metadata == nil, recipe.config != nil, let cmd = execution?.cmd {
            metadata = ["CMD [\(cmd.map { "\"\($0)\"" }.joined(separator: ", "))]"]
        }
        for instruction in metadata {
            history.append(History(created: recipe.created, createdBy: instruction, emptyLayer: true))
        }
        let config = ImageConfig(
            created: recipe.created, platform: .host, config: execution, rootfs: RootFilesystem(diffIDs: diffIDs),
            history: history)
        return try store(config, layers, as: recipe.reference, fingerprint: fingerprint)
    }

    /// Stores config and manifest, and names the image when all that it needs is there.
    private func store(
        _ config: ImageConfig, _ layers: [ContentDescriptor], as reference: ImageReference, fingerprint: Digest?
    ) throws -> Image {
        let descriptor = try add(config, layers: layers)
        // Unpacked before it is named: who finds the name finds the whole image.
        var image = try image(at: descriptor)
        // What a run makes from a recipe is the user's too, so that the next run finds it.
        if paths.isScoped, fingerprint != nil {
            try layoutIndex.tag(descriptor, reference, recipe: fingerprint)
        }
        try index.tag(descriptor, reference, recipe: fingerprint)
        image.reference = reference
        return image
    }
}
