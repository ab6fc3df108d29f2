internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

extension ContentStore {
    /// Finds an image by its name, its id or the first digits of its id, and unpacks those of its layers that are
    /// not yet.
    ///
    /// - Throws: `FormatError` for a malformed name, `StoreError`
    public func image(named name: String) throws -> Image {
        switch try find(name, in: index.read()) {
        case .indexed(let entry): return try image(at: entry)
        case .built(let entry):
            guard let image = try image(of: entry) else { throw StoreError.noSuchImage(name) }
            return image
        }
    }

    /// Finds an image by its name.
    public func image(_ reference: ImageReference) throws -> Image {
        guard let entry = try index.read().manifests.last(where: { LayoutIndex.name(of: $0) == reference }) else {
            throw StoreError.noSuchImage("\(reference)")
        }
        return try image(at: entry)
    }

    /// The images, newest name first; then those that were made here and never had a name.
    ///
    /// - Parameter all: also the images without a name that others were made of: the steps of builds.
    public func images(all: Bool = false) throws -> [ImageSummary] {
        let entries = try index.read().manifests
        let ids = entries.map(identity)
        let lineage = try lineage()
        func isListed(_ id: Digest) -> Bool { all || lineage.children(of: id).isEmpty }
        let indexed = try zip(entries, ids).reversed().compactMap { entry, id in
            LayoutIndex.name(of: entry) != nil || isListed(id) ? ImageSummary(try image(at: entry)) : nil
        }
        let known = Set(ids)
        let built = try lineage.entries.values.filter { !known.contains($0.id) && isListed($0.id) }.compactMap {
            try image(of: $0).map(ImageSummary.init)
        }
        return indexed + built
    }

    /// Gives an image one more name; an image that had it loses it.
    public func tag(_ image: Image, _ reference: ImageReference) throws {
        let lease = try lease()
        defer { _ = lease }
        try index.tag(manifest(of: image), reference)
    }

    /// How an image is kept.
    enum Place {
        /// In the layout, under an entry of its index.
        case indexed(ContentDescriptor)
        /// As a document of what was made here, alone.
        case built(Lineage.Entry)
    }

    func find(_ name: String, in index: Index) throws -> Place {
        let digits = name.hasPrefix("sha256:") ? name.dropFirst(7) : name[...]
        let isID = !digits.isEmpty && digits.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        var malformed: (any Error)?
        do {
            let reference = try ImageReference(name)
            let found = index.manifests.last { entry in
                if let digest = reference.digest {
                    let own = LayoutIndex.name(of: entry)
                    return entry.digest == digest && (own.map { $0.hasRepository(of: reference) } ?? true)
                }
                return LayoutIndex.name(of: entry) == reference
            }
            if let found { return .indexed(found) }
        } catch {
            malformed = error
        }
        if isID {
            var found = try lineage().entries.filter { $0.key.hex.hasPrefix(digits) }.mapValues(Place.built)
            for entry in index.manifests {
                let id = identity(of: entry)
                if id.hex.hasPrefix(digits) { found[id] = .indexed(entry) }
            }
            if found.count > 1 { throw StoreError.ambiguousImage(name) }
            if let place = found.values.first { return place }
        } else if let malformed {
            throw malformed
        }
        throw StoreError.noSuchImage(name)
    }

    /// The image's id; of one whose manifest cannot be read, that manifest's own digest.
    func identity(of entry: ContentDescriptor) -> Digest {
        (try? manifest(at: entry))?.manifest.config.digest ?? entry.digest
    }

    /// The manifest for this machine, through an index if there is one.
    func manifest(at entry: ContentDescriptor, depth: Int = 0) throws -> (
        descriptor: ContentDescriptor, manifest: Manifest
    ) {
        let bytes = try blobs.read(entry.digest)
        if entry.mediaType.isIndex {
            guard depth < Self.deepestIndex else {
                throw StoreError.format(
                    "image indexes are nested deeper than \(Self.deepestIndex): this image is refused")
            }
            let list = try JSONDocument.decode(Index.self, from: bytes, what: "image index \(entry.digest)")
            guard let match = list.manifests.first(where: { $0.platform?.runs(on: .host) ?? false }) else {
                let host = Platform.host
                throw StoreError.format("image \(entry.digest) has no manifest for \(host.os)/\(host.architecture)")
            }
            return try manifest(at: match, depth: depth + 1)
        }
        return (entry, try JSONDocument.decode(Manifest.self, from: bytes, what: "manifest \(entry.digest)"))
    }

    /// How deep indexes may point at indexes.
    static let deepestIndex = 4

    /// The config of a manifest, and each layer with its identity and its instruction.
    func image(at entry: ContentDescriptor, limits: LayerLimits = LayerLimits()) throws -> Image {
        var (descriptor, manifest) = try manifest(at: entry)
        // The name that it was found by is no part of what it is.
        descriptor.annotations = nil
        let config = try JSONDocument.decode(
            ImageConfig.self, from: blobs.read(manifest.config.digest), what: "image config \(manifest.config.digest)")
        return try image(LayoutIndex.name(of: entry), descriptor, manifest, config, limits)
    }

    /// An image that was made here; `nil` where its document is not whole, or is gone.
    func image(of entry: Lineage.Entry) throws -> Image? {
        guard let built = read(entry) else { return nil }
        let documents = try ImageDocuments(built.image, layers: built.layers)
        return try image(nil, documents.descriptor, documents.manifest, built.image, LayerLimits())
    }

    private func image(
        _ reference: ImageReference?, _ descriptor: ContentDescriptor, _ manifest: Manifest, _ config: ImageConfig,
        _ limits: LayerLimits
    ) throws -> Image {
        let diffIDs = config.rootfs.diffIDs
        guard diffIDs.count == manifest.layers.count else {
            throw StoreError.format(
                "image \(manifest.config.digest) has \(manifest.layers.count) layers, but its config names "
                    + "\(diffIDs.count)")
        }
        var instructions = (try? config.historyWithLayers().filter { $0.diffID != nil }.map(\.entry.createdBy)) ?? []
        if instructions.isEmpty { instructions = Array(repeating: nil, count: diffIDs.count) }
        var layers: [ImageLayer] = []
        for (index, chainID) in ChainID.chain(diffIDs).enumerated() {
            let blob = manifest.layers[index]
            let unpacked =
                try self.layers.find(chainID)
                ?? unpack(blob, diffIDs[index], chainID, parents: layers.reversed().map(\.directory), limits)
            layers.append(
                ImageLayer(
                    blob: blob, diffID: diffIDs[index], chainID: chainID, directory: self.layers.directory(chainID),
                    size: unpacked.size, entries: unpacked.entries, createdBy: instructions[index] ?? "",
                    warnings: unpacked.warnings))
        }
        return Image(
            reference: reference, descriptor: descriptor, manifest: manifest, config: config, layers: layers)
    }

    private func unpack(
        _ blob: ContentDescriptor, _ diffID: DiffID, _ chainID: ChainID, parents: [String], _ limits: LayerLimits
    ) throws -> UnpackedLayers.Found {
        let lease = try lease()
        defer { _ = lease }
        return try layers.unpack(blob, diffID, chainID, parents: parents, from: blobs, limits: limits)
    }
}
