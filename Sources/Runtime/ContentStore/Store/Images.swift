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
        try image(at: find(name, in: index.read()))
    }

    /// Finds an image by its name.
    public func image(_ reference: ImageReference) throws -> Image {
        guard let entry = try index.read().manifests.last(where: { LayoutIndex.name(of: $0) == reference }) else {
            throw StoreError.noSuchImage("\(reference)")
        }
        return try image(at: entry)
    }

    /// The images, newest name first.
    public func images() throws -> [ImageSummary] {
        try index.read().manifests.reversed().map { entry in
            let image = try image(at: entry)
            return ImageSummary(
                reference: image.reference, id: image.id, created: image.config.created, size: image.size,
                digest: image.descriptor.digest, labels: image.config.config?.labels ?? [:],
                standIn: StandInNotice(image.config))
        }
    }

    /// Gives an image one more name; an image that had it loses it.
    public func tag(_ image: Image, _ reference: ImageReference) throws {
        let lease = try lease()
        defer { _ = lease }
        try index.tag(image.descriptor, reference)
    }

    func find(_ name: String, in index: Index) throws -> ContentDescriptor {
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
            if let found { return found }
        } catch {
            malformed = error
        }
        if isID {
            var found: [Digest: ContentDescriptor] = [:]
            for entry in index.manifests {
                let id = identity(of: entry)
                if id.hex.hasPrefix(digits) { found[id] = entry }
            }
            if found.count > 1 { throw StoreError.ambiguousImage(name) }
            if let entry = found.values.first { return entry }
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
            reference: LayoutIndex.name(of: entry), descriptor: descriptor, manifest: manifest, config: config,
            layers: layers)
    }

    private func unpack(
        _ blob: ContentDescriptor, _ diffID: DiffID, _ chainID: ChainID, parents: [String], _ limits: LayerLimits
    ) throws -> UnpackedLayers.Found {
        let lease = try lease()
        defer { _ = lease }
        return try layers.unpack(blob, diffID, chainID, parents: parents, from: blobs, limits: limits)
    }
}
