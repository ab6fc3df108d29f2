import Glibc
import OCI

/// An image in the forms that loaders read: an OCI image layout, and an archive as `docker save` of version 20.10 writes it
/// but for its layers, which are compressed. Made by tar(1) and gzip(1), as no party's own.
struct SampleImage {
    let name: String
    /// The folders with the layers' files, from the bottom up.
    let folders: [String]
    let layout: String
    let archive: String

    /// Packs folders as layers.
    ///
    /// - Throws: `BenchmarkError`
    init(_ name: String, of folders: [String], compressed: Bool = true, in place: String) throws {
        self.name = name
        self.folders = folders
        (layout, archive) = (place + "/layout", place + "/archive.tar")
        let blobs = layout + "/blobs/sha256"
        let staging = place + "/staging"
        try spawn(["mkdir", "-p", blobs, staging])
        func put(_ bytes: [UInt8], _ type: MediaType) throws -> ContentDescriptor {
            let digest = Digest(of: bytes)
            try SampleFiles.write(bytes, to: "\(blobs)/\(digest.hex)")
            return ContentDescriptor(mediaType: type, digest: digest, size: Int64(bytes.count))
        }
        var layers: [ContentDescriptor] = []
        var diffIDs: [DiffID] = []
        var names: [String] = []
        for (index, folder) in folders.enumerated() {
            let tar = "\(place)/\(index).tar"
            try spawn([
                "tar", "-C", folder, "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@1700000000",
                "-cf", tar, ".",
            ])
            diffIDs.append(DiffID(try Self.digest(of: tar).digest))
            if compressed { try spawn(["gzip", "-n", "-6", tar]) }
            let blob = compressed ? tar + ".gz" : tar
            let (digest, size) = try Self.digest(of: blob)
            try spawn(["mv", blob, "\(blobs)/\(digest.hex)"])
            layers.append(ContentDescriptor(mediaType: compressed ? .layerGzip : .layer, digest: digest, size: size))
            names.append("\(digest.hex).tar")
            try spawn(["ln", "\(blobs)/\(digest.hex)", "\(staging)/\(names[index])"])
        }
        let config = try put(
            JSONDocument.encode(
                ImageConfig(
                    created: Timestamp(seconds: 1_700_000_000), platform: .host,
                    rootfs: RootFilesystem(diffIDs: diffIDs),
                    history: layers.indices.map { History(createdBy: "layer \($0 + 1)") })), .config)
        var manifest = try put(JSONDocument.encode(Manifest(config: config, layers: layers)), .manifest)
        manifest.annotations = [AnnotationKey.refName: name]
        try SampleFiles.write(JSONDocument.encode(ImageLayout.current), to: layout + "/oci-layout")
        try SampleFiles.write(JSONDocument.encode(Index(manifests: [manifest])), to: layout + "/index.json")
        try spawn(["ln", "\(blobs)/\(config.digest.hex)", "\(staging)/\(config.digest.hex).json"])
        let contents = [ArchiveContents(config: "\(config.digest.hex).json", tags: ["\(name):latest"], layers: names)]
        try SampleFiles.write(JSONDocument.encode(contents), to: staging + "/manifest.json")
        try spawn(["sh", "-c", "cd \"$1\" && tar -cf \"$2\" *", "sh", staging, archive])
        try spawn(["rm", "-rf", staging])
    }

    private static func digest(of path: String) throws -> (digest: Digest, count: Int64) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw BenchmarkError("\(path) cannot be read: errno \(errno)") }
        defer { close(file) }
        var digester = Digester()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = read(file, &buffer, buffer.count), count > 0 {
            buffer.withUnsafeBytes { digester.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return (digester.digest, digester.count)
    }
}

/// One image in manifest.json of Docker's archives (moby, image/spec/v1.2.md).
private struct ArchiveContents: Encodable {
    var config: String
    var tags: [String]
    var layers: [String]

    enum CodingKeys: String, CodingKey {
        case config = "Config"
        case tags = "RepoTags"
        case layers = "Layers"
    }
}
