import Glibc
import LayerModel
import Linux
import OCI

@testable import ContentStore

/// The files of an image archive in the making, honest until a test changes them.
struct ImageArchiveFiles {
    var files: [(name: String, bytes: [UInt8])] = []
    /// Entries that are no files, placed before them.
    var others: [TarItem] = []

    mutating func add(_ bytes: [UInt8], _ type: MediaType) -> ContentDescriptor {
        let digest = Digest(of: bytes)
        files.append(("blobs/sha256/\(digest.hex)", bytes))
        return ContentDescriptor(mediaType: type, digest: digest, size: Int64(bytes.count))
    }

    mutating func add(document: some Encodable, _ type: MediaType) throws -> ContentDescriptor {
        add(try JSONDocument.encode(document), type)
    }

    /// An image of one layer, which is a tar that lies in `scratch` under this name.
    static func image(_ layer: String, _ written: WrittenLayer, _ scratch: Scratch, named name: String = "x:1") throws
        -> (ImageArchiveFiles, manifest: ContentDescriptor)
    {
        var archive = ImageArchiveFiles()
        let file = try Descriptor(opening: "\(scratch.path)/\(layer)", O_RDONLY)
        let bytes = try Files.readAll(file.number)
        let blob = archive.add(bytes, try LayerCompression.mediaType(of: "\(scratch.path)/\(layer)"))
        let config = ImageConfig(platform: .host, rootfs: RootFilesystem(diffIDs: [written.diffID]))
        let manifest = try archive.add(
            document: Manifest(config: try archive.add(document: config, .config), layers: [blob]), .manifest)
        try archive.seal([manifest], named: name)
        return (archive, manifest)
    }

    /// Writes the layout's own documents, in the place of earlier ones.
    mutating func seal(_ manifests: [ContentDescriptor], named name: String = "x:1") throws {
        files.removeAll { ["index.json", "oci-layout"].contains($0.name) }
        let entries = manifests.map { manifest in
            var entry = manifest
            entry.annotations = [AnnotationKey.refName: name]
            return entry
        }
        files.append(("index.json", try JSONDocument.encode(Index(manifests: entries))))
        files.append(("oci-layout", try JSONDocument.encode(ImageLayout.current)))
    }

    /// Changes the bytes of a file whose name ends so.
    mutating func change(_ name: String, _ body: (inout [UInt8]) -> Void) {
        for index in files.indices where files[index].name.hasSuffix(name) { body(&files[index].bytes) }
    }

    func write(_ name: String, to scratch: Scratch, _ compression: Compression = .none) throws {
        let file = try Descriptor(opening: "\(scratch.path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        let writer = try TarWriter(to: file.number, compression)
        for other in others { try writer.add(other.entry) }
        for (name, bytes) in files {
            try writer.add(
                ArchiveEntry(
                    path: name, kind: .file(size: Int64(bytes.count)), permissions: 0o644, modified: TarItem.epoch))
            try bytes.withUnsafeBytes { try writer.write($0) }
        }
        _ = try writer.finish()
    }
}
