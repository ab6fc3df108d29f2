public import ContentStore
internal import LayerModel
public import OCI

extension LocalEngine {
    /// Writes images as one tar, as docker save(1): by a name with its tag, by a name alone all its tags, by an id without
    /// a name.
    ///
    /// - Throws: `EngineError` when an image is not here; what the store throws.
    public func save(_ names: [String], to descriptor: CInt) throws {
        var images: [SavedImage] = []
        for found in try names.flatMap(found) {
            if let place = images.firstIndex(where: { $0.image.id == found.image.id }) {
                images[place].names += found.names.filter { !images[place].names.contains($0) }
            } else {
                images.append(found)
            }
        }
        try store.save(images, to: descriptor)
    }

    private func found(_ name: String) throws -> [SavedImage] {
        let reference = try? ImageReference(name)
        let last = name.split(separator: "/").last ?? ""
        if let reference, !last.contains(":"), !last.contains("@") {
            // All images of the repository, whichever has the tag `latest`.
            let all = try store.indexedImages().map { image in
                SavedImage(image: image, names: image.names.filter { $0.hasRepository(of: reference) })
            }.filter { !$0.names.isEmpty }
            if !all.isEmpty { return all }
        }
        do {
            let image = try store.indexedImage(named: name)
            return [SavedImage(image: image, names: image.names.filter { $0 == reference })]
        } catch StoreError.noSuchImage {
            throw EngineError("No such image: \(name)", exitStatus: 1, kind: .notFound)
        }
    }

    /// Takes the images of an archive into the store, as docker load(1).
    ///
    /// - Throws: what the store throws; then it is as it was.
    public func load(from descriptor: CInt) throws -> [LoadedImage] {
        try store.load(from: descriptor, keeping: try home.usedLayers())
    }

    /// Makes an image of one layer from a tar, as docker import(1).
    ///
    /// - Parameters:
    ///   - message: the comment of its history.
    ///   - change: sets the image's config.
    /// - Throws: what the store and `change` throw.
    public func importImage(
        from descriptor: CInt, message: String, as name: ImageReference?,
        change: (inout ExecutionConfig) throws -> Void
    ) throws -> Image {
        var config = ExecutionConfig()
        try change(&config)
        let now = Timestamp.now
        let new = NewImage(
            base: nil, created: now, author: nil, config: config, history: History(created: now, comment: message))
        return try store.importLayer(from: descriptor, new, as: name, keeping: try home.usedLayers())
    }
}
