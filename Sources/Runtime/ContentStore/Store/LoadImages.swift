internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

/// An image that came out of an archive.
public struct LoadedImage: Hashable, Sendable {
    public var id: Digest
    public var names: [ImageReference]
    /// The names that another image had until now, and that image's id.
    public var taken: [ImageReference: Digest]
}

extension ContentStore {
    /// Takes the images of an archive into the store: what `docker save` writes in its newer and older forms, or a tar of
    /// an OCI image layout, plain or compressed with gzip or zstd. All blobs are verified and all layers unpacked before
    /// the first image is named; after an error, or a crash and `sweep`, the store is as it was.
    ///
    /// - Parameters:
    ///   - descriptor: is read from where it stands to its end; it may be a pipe.
    ///   - used: the layers of containers.
    /// - Throws: `StoreError` for an archive that is damaged or hostile, `FormatError`, `SystemCallError`
    public func load(
        from descriptor: CInt, limits: LayerLimits = LayerLimits(), keeping used: @autoclosure () throws -> Set<ChainID>
    ) throws -> [LoadedImage] {
        do {
            return try load(descriptor, limits)
        } catch {
            // Blobs and layers that came in before it failed, unless others are at work: then the next sweep does it.
            _ = try? sweep(keeping: try used())
            throw error
        }
    }

    private func load(_ descriptor: CInt, _ limits: LayerLimits) throws -> [LoadedImage] {
        let lease = try lease()
        defer { _ = lease }
        let folder = StorePaths.partial(in: paths.images)
        defer { try? removeTree(folder) }
        let archive = try ImageArchive(
            UnpackedArchive(from: descriptor, into: folder, limits: limits), blobs: blobs)
        var manifests: [Digest: ContentDescriptor] = [:]
        for image in archive.images {
            // The same image, however its layers came: those that are here stay.
            if let present = try present(image.id) {
                manifests[image.id] = present
                continue
            }
            for (digest, file) in image.needed { try blobs.adopt(file.path, as: digest) }
            try Files.syncDirectory(paths.blobs)
            if let document = image.made { try blobs.put(document) }
            _ = try self.image(at: image.manifest, limits: limits)
            manifests[image.id] = image.manifest
        }
        return try archive.images.map { image in
            let manifest = manifests[image.id] ?? image.manifest
            var taken: [ImageReference: Digest] = [:]
            for name in image.names {
                let before = try index.read().manifests.last { LayoutIndex.name(of: $0) == name }.map(identity)
                if let before, before != image.id { taken[name] = before }
                try index.tag(manifest, name)
            }
            if image.names.isEmpty {
                try index.update { LayoutIndex.keepWithoutName(manifest, in: &$0) }
            }
            return LoadedImage(id: image.id, names: image.names, taken: taken)
        }
    }

    /// The manifest of an image that is here, whole.
    private func present(_ id: Digest) throws -> ContentDescriptor? {
        guard let entry = try index.read().manifests.last(where: { identity(of: $0) == id }),
            let image = try? image(at: entry), image.manifest.layers.allSatisfy({ blobs.contains($0.digest) })
        else { return nil }
        return image.descriptor
    }
}
