internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

/// An image that is to be saved, and the names that it keeps in the archive.
public struct SavedImage: Hashable, Sendable {
    public var image: IndexedImage
    public var names: [ImageReference]

    public init(image: IndexedImage, names: [ImageReference]) {
        self.image = image
        self.names = names
    }
}

extension ContentStore {
    /// Writes images as one tar: an OCI image layout, with Docker's manifest.json beside it, so that Docker since
    /// version 1.10, containerd, skopeo and this store read it. Blobs stay as they are stored, each once, verified as they
    /// are read. Equal images give equal archives.
    ///
    /// - Throws: `StoreError` for a damaged image, `SystemCallError` also of the descriptor that is written to.
    public func save(_ images: [SavedImage], to descriptor: CInt) throws {
        let lease = try lease()
        defer { _ = lease }
        var index = Index()
        var contents: [DockerArchiveEntry] = []
        var written: [ContentDescriptor] = []
        var seen: Set<Digest> = []
        func add(_ blob: ContentDescriptor) { if seen.insert(blob.digest).inserted { written.append(blob) } }
        for saved in images {
            var (entry, manifest) = try manifest(of: saved.image)
            entry.annotations = nil
            for blob in [entry, manifest.config] + manifest.layers { add(blob) }
            for name in saved.names {
                var named = entry
                named.annotations = [AnnotationKey.refName: "\(name)", AnnotationKey.imageName: name.canonical]
                index.manifests.append(named)
            }
            if saved.names.isEmpty { index.manifests.append(entry) }
            contents.append(
                DockerArchiveEntry(
                    config: Self.place(manifest.config.digest), repoTags: saved.names.map { "\($0)" },
                    layers: manifest.layers.map { Self.place($0.digest) }))
        }
        let writer = try TarWriter(to: descriptor, .none)
        for directory in ["blobs", "blobs/sha256"] { try writer.add(Self.entry(directory, .directory)) }
        for blob in written.sorted(by: { $0.digest.hex < $1.digest.hex }) { try write(blob, to: writer) }
        try Self.write(JSONDocument.encode(index), as: "index.json", to: writer)
        try Self.write(JSONDocument.encode(contents), as: "manifest.json", to: writer)
        try Self.write(JSONDocument.encode(ImageLayout.current), as: "oci-layout", to: writer)
        _ = try writer.finish()
    }

    private func manifest(of image: IndexedImage) throws -> (ContentDescriptor, Manifest) {
        if let entry = try index.read().manifests.last(where: { identity(of: $0) == image.id }) {
            return try manifest(at: entry)
        }
        // Its documents are written for the archive's sake, and go with the next sweep.
        guard let built = try lineage().entries[image.id].flatMap(read) else {
            throw StoreError.noSuchImage("\(image.id)")
        }
        return try manifest(at: add(built.image, layers: built.layers))
    }

    private static func place(_ digest: Digest) -> String { "blobs/sha256/\(digest.hex)" }

    private static func entry(_ path: String, _ kind: ArchiveEntry.Kind) -> ArchiveEntry {
        ArchiveEntry(
            path: path, kind: kind, permissions: kind == .directory ? 0o755 : 0o644, modified: Timestamp(seconds: 0))
    }

    private static func write(_ bytes: [UInt8], as name: String, to writer: borrowing TarWriter) throws {
        try writer.add(entry(name, .file(size: Int64(bytes.count))))
        try bytes.withUnsafeBytes { try writer.write($0) }
    }

    private func write(_ blob: ContentDescriptor, to writer: borrowing TarWriter) throws {
        let file = try blobs.open(blob.digest)
        var digester = Digester()
        try writer.add(Self.entry(Self.place(blob.digest), .file(size: blob.size)))
        try Files.forEachChunk(of: file.number) { bytes in
            digester.update(bytes)
            // What is longer than it should be would break the tar before it is found out.
            guard digester.count <= blob.size else { return false }
            try writer.write(bytes)
            return true
        }
        guard digester.digest == blob.digest, digester.count == blob.size else {
            throw StoreError.blobCorrupt(blob.digest, found: digester.digest, size: digester.count)
        }
    }
}
