public import OCI

/// An image as the layout's index knows it, whether or not the rest of it can be read.
public struct IndexedImage: Hashable, Sendable {
    /// The image's id.
    public var id: Digest
    /// The digest of its manifest, or of the index that leads to it.
    public var manifest: Digest
    /// Its names, the oldest first.
    public var names: [ImageReference]
}

extension ContentStore {
    /// The images by their ids, the newest first; each once, with all its names. Unpacks nothing.
    ///
    /// - Throws: `FormatError` when another tool left the index malformed.
    public func indexedImages() throws -> [IndexedImage] {
        var images: [IndexedImage] = []
        var places: [Digest: Int] = [:]
        for entry in try index.read().manifests {
            let id = identity(of: entry)
            let name = LayoutIndex.name(of: entry)
            if let place = places[id] {
                if let name { images[place].names.append(name) }
            } else {
                places[id] = images.count
                images.append(IndexedImage(id: id, manifest: entry.digest, names: name.map { [$0] } ?? []))
            }
        }
        return images.reversed()
    }

    /// Finds an image as `image(named:)` does, also one that is damaged; unpacks nothing.
    ///
    /// - Throws: `FormatError` for a malformed name, `StoreError`
    public func indexedImage(named name: String) throws -> IndexedImage {
        let id = identity(of: try find(name, in: index.read()))
        guard let image = try indexedImages().first(where: { $0.id == id }) else {
            throw StoreError.noSuchImage(name)
        }
        return image
    }

    /// The ChainIDs of an image's layers, from the bottom up.
    ///
    /// - Throws: `StoreError`, `FormatError` for an image that is damaged.
    public func chain(of image: IndexedImage) throws -> [ChainID] {
        ChainID.chain(try config(of: image).rootfs.diffIDs)
    }

    /// What the image runs and is made of.
    ///
    /// - Throws: `StoreError`, `FormatError` for an image that is damaged.
    public func config(of image: IndexedImage) throws -> ImageConfig {
        try JSONDocument.decode(ImageConfig.self, from: blobs.read(image.id), what: "image config \(image.id)")
    }

    /// The logical bytes of the files and symbolic links of each layer that is unpacked, by ChainID.
    ///
    /// - Throws: `StoreError`, `FormatError` for an image that is damaged.
    public func layerSizes(of image: IndexedImage) throws -> [Digest: Int64] {
        var sizes: [Digest: Int64] = [:]
        for chainID in try chain(of: image) { sizes[chainID.digest] = try layers.find(chainID)?.size ?? 0 }
        return sizes
    }
}
