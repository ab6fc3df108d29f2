public import OCI

/// An image as it is known without being read: from the layout's index, and from the names of the documents of what was
/// made here. It may be damaged.
public struct IndexedImage: Hashable, Sendable {
    /// The image's id.
    public var id: Digest
    /// Its names, the oldest first.
    public var names: [ImageReference]
}

extension ContentStore {
    /// The images by their ids, the newest first, then those that were made here and never had a name; each once, with all
    /// its names. Unpacks nothing.
    ///
    /// - Parameter all: also the images without a name that others were made of: the steps of builds.
    /// - Throws: `FormatError` when another tool left the index malformed.
    public func indexedImages(all: Bool = false) throws -> [IndexedImage] {
        var images: [IndexedImage] = []
        var places: [Digest: Int] = [:]
        for entry in try index.read().manifests {
            let id = identity(of: entry)
            let name = LayoutIndex.name(of: entry)
            if let place = places[id] {
                if let name { images[place].names.append(name) }
            } else {
                places[id] = images.count
                images.append(IndexedImage(id: id, names: name.map { [$0] } ?? []))
            }
        }
        let lineage = try lineage()
        let built = lineage.entries.keys.filter { places[$0] == nil }.map { IndexedImage(id: $0, names: []) }
        return (images.reversed() + built).filter { image in
            all || !image.names.isEmpty || lineage.children(of: image.id).isEmpty
        }
    }

    /// Whether an image has an entry in the layout's index.
    func isIndexed(_ id: Digest) throws -> Bool { try index.read().manifests.contains { identity(of: $0) == id } }

    /// Whether an image is here: its config, by whose digest it is named.
    public func holds(_ id: Digest) -> Bool { blobs.contains(id) || (try? lineage())?.entries[id] != nil }

    /// Finds an image as `image(named:)` does, also one that is damaged; unpacks nothing.
    ///
    /// - Throws: `FormatError` for a malformed name, `StoreError`
    public func indexedImage(named name: String) throws -> IndexedImage {
        let id = try id(named: name)
        guard let image = try indexedImages(all: true).first(where: { $0.id == id }) else {
            throw StoreError.noSuchImage(name)
        }
        return image
    }

    /// The id of the image that `image(named:)` would find; reads no more than it takes to tell.
    ///
    /// - Throws: `FormatError` for a malformed name, `StoreError`
    public func id(named name: String) throws -> Digest {
        switch try find(name, in: index.read()) {
        case .indexed(let entry): identity(of: entry)
        case .built(let entry): entry.id
        }
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
        if !blobs.contains(image.id), let built = try lineage().entries[image.id].flatMap(read) { return built.image }
        return try JSONDocument.decode(ImageConfig.self, from: blobs.read(image.id), what: "image config \(image.id)")
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
