internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// The table of contents of Docker's own archives, manifest.json (moby, image/spec/v1.2.md).
struct DockerArchiveEntry: Codable {
    /// Where the config lies in the archive.
    var config: String
    var repoTags: [String]?
    /// Where the layers lie, from the bottom up.
    var layers: [String]

    enum CodingKeys: String, CodingKey {
        case config = "Config"
        case repoTags = "RepoTags"
        case layers = "Layers"
    }
}

/// An image in an archive: what is needed of it, and under which digests.
struct ArchivedImage {
    var manifest: ContentDescriptor
    var id: Digest
    var names: [ImageReference]
    /// What it needs, by digest: checked, but not yet in the store.
    var needed: [Digest: UnpackedArchive.File]
    /// The manifest, where the archive holds none: that of the older form is made of what it says.
    var made: [UInt8]?
}

/// The images of an archive, in either form: an OCI image layout, as `docker save` writes it since version 25, or the
/// older one, which manifest.json alone describes.
struct ImageArchive {
    private let archive: UnpackedArchive
    private let blobs: BlobStore
    private(set) var images: [ArchivedImage] = []

    init(_ archive: UnpackedArchive, blobs: BlobStore) throws {
        self.archive = archive
        self.blobs = blobs
        let contents = archive.file("manifest.json")
        let entries = try contents.map {
            try JSONDocument.decode(
                [DockerArchiveEntry].self, from: archive.document($0, what: "manifest.json"), what: "manifest.json")
        }
        if archive.file("oci-layout") != nil, let index = archive.file("index.json") {
            try readLayout(index, entries ?? [])
        } else if let entries {
            for entry in entries { try read(entry) }
        } else {
            throw StoreError.archive("the archive holds no images: it has neither an index.json nor a manifest.json")
        }
    }

    // MARK: - OCI image layout

    private mutating func readLayout(_ file: UnpackedArchive.File, _ entries: [DockerArchiveEntry]) throws {
        let index = try JSONDocument.decode(
            Index.self, from: archive.document(file, what: "index.json"), what: "index.json")
        for entry in index.manifests {
            guard var image = try read(entry, depth: 0) else { continue }
            // A name with a digest is no tag.
            var names = [LayoutIndex.name(of: entry)].compactMap { $0?.digest == nil ? $0 : nil }
            for other in entries where other.config.hasSuffix(image.id.hex) {
                names += try Self.names(other).filter { !names.contains($0) }
            }
            image.names = names
            // One image under several names has an entry for each.
            if let place = images.firstIndex(where: { $0.id == image.id }) {
                images[place].names += names.filter { !images[place].names.contains($0) }
            } else {
                images.append(image)
            }
        }
    }

    /// The image for this machine that a descriptor leads to; `nil` for what is no image.
    private func read(_ entry: ContentDescriptor, depth: Int) throws -> ArchivedImage? {
        guard entry.mediaType.isIndex || entry.mediaType.isManifest else { return nil }
        let bytes = try document(entry)
        if entry.mediaType.isIndex {
            guard depth < ContentStore.deepestIndex else {
                throw StoreError.format(
                    "image indexes are nested deeper than \(ContentStore.deepestIndex): this image is refused")
            }
            let list = try JSONDocument.decode(Index.self, from: bytes, what: "image index \(entry.digest)")
            let host = Platform.host
            // An index that names no platforms leads on to others.
            let match = list.manifests.first { $0.platform.map { $0.runs(on: host) } ?? $0.mediaType.isIndex }
            guard let match else {
                throw StoreError.format("image \(entry.digest) has no manifest for \(host.os)/\(host.architecture)")
            }
            return try read(match, depth: depth + 1)
        }
        let manifest = try JSONDocument.decode(Manifest.self, from: bytes, what: "manifest \(entry.digest)")
        var needed: [Digest: UnpackedArchive.File] = [:]
        for blob in [entry, manifest.config] + manifest.layers { needed[blob.digest] = try find(blob) }
        var descriptor = entry
        descriptor.annotations = nil
        return ArchivedImage(manifest: descriptor, id: manifest.config.digest, names: [], needed: needed)
    }

    private func document(_ descriptor: ContentDescriptor) throws -> [UInt8] {
        guard let file = try find(descriptor) else { return try blobs.read(descriptor.digest) }
        return try archive.document(file, what: "blob \(descriptor.digest)")
    }

    /// The archive's blob, checked; `nil` where the archive leaves it out because the store has it.
    private func find(_ descriptor: ContentDescriptor) throws -> UnpackedArchive.File? {
        guard let file = archive.file("blobs/sha256/\(descriptor.digest.hex)") else {
            guard blobs.contains(descriptor.digest) else {
                throw StoreError.archive("the archive names the blob \(descriptor.digest), but does not hold it")
            }
            return nil
        }
        guard file.digest == descriptor.digest else {
            throw StoreError.archive(
                "the archive's blob \(descriptor.digest) is damaged: its \(file.size) bytes have the digest "
                    + "\(file.digest)")
        }
        guard file.size == descriptor.size else {
            throw StoreError.archive(
                "the archive's blob \(descriptor.digest) has \(file.size) bytes, but \(descriptor.size) were promised")
        }
        return file
    }

    // MARK: - manifest.json

    private static func names(_ entry: DockerArchiveEntry) throws -> [ImageReference] {
        try (entry.repoTags ?? []).map { text in
            let name = try ImageReference(text)
            guard name.digest == nil else { throw StoreError.archive("invalid tag \"\(text)\"") }
            return name
        }
    }

    private mutating func read(_ entry: DockerArchiveEntry) throws {
        func file(_ name: String) throws -> UnpackedArchive.File {
            guard let file = archive.file(name) else {
                throw StoreError.archive("the archive names the file \(name), but does not hold it")
            }
            return file
        }
        let configFile = try file(entry.config)
        // Docker names the config by its digest.
        let stem = entry.config.split(separator: "/").last.map { $0.hasSuffix(".json") ? $0.dropLast(5) : $0 } ?? ""
        if let promised = Digest(hex: stem), promised != configFile.digest {
            throw StoreError.archive(
                "the archive's config \(entry.config) is damaged: its bytes have the digest \(configFile.digest)")
        }
        let bytes = try archive.document(configFile, what: entry.config)
        let config = try JSONDocument.decode(ImageConfig.self, from: bytes, what: entry.config)
        guard config.rootfs.diffIDs.count == entry.layers.count else {
            throw StoreError.archive(
                "the archive lists \(entry.layers.count) layers for an image whose config names "
                    + "\(config.rootfs.diffIDs.count)")
        }
        var needed = [configFile.digest: configFile]
        var layers: [ContentDescriptor] = []
        for name in entry.layers {
            let layer = try file(name)
            needed[layer.digest] = layer
            layers.append(
                ContentDescriptor(
                    mediaType: try LayerCompression.mediaType(of: layer.path), digest: layer.digest, size: layer.size))
        }
        let manifest = Manifest(
            config: ContentDescriptor(mediaType: .config, digest: configFile.digest, size: configFile.size),
            layers: layers)
        let document = try JSONDocument.encode(manifest)
        images.append(
            ArchivedImage(
                manifest: ContentDescriptor(
                    mediaType: .manifest, digest: Digest(of: document), size: Int64(document.count),
                    platform: Platform(
                        architecture: config.architecture, os: config.os, variant: config.variant)),
                id: configFile.digest, names: try Self.names(entry), needed: needed,
                made: document))
    }
}

/// How a layer's bytes tell their compression.
enum LayerCompression {
    /// Whether a file that begins so is compressed in a way that no layer may be: by xz or bzip2.
    static func isForeign(_ head: [UInt8]) -> Bool {
        head.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) || head.starts(with: Array("BZh".utf8))
    }

    /// - Throws: `SystemCallError`
    static func mediaType(of path: String) throws -> MediaType {
        let file = try Descriptor(opening: path, O_RDONLY)
        var head = [UInt8](repeating: 0, count: 4)
        let number = file.number
        let count = try call("read", path) { read(number, &head, head.count) }
        switch head.prefix(count) {
        case let head where head.starts(with: [0x1F, 0x8B]): return .layerGzip
        case let head where head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]): return .layerZstd
        default: return .layer
        }
    }
}
