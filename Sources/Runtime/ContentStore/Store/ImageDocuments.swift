internal import OCI

/// What stands for an image in the layout: its config and its manifest, as bytes with their digests.
struct ImageDocuments {
    let config: [UInt8]
    let manifest: Manifest
    let manifestBytes: [UInt8]
    /// Where the manifest will be.
    let descriptor: ContentDescriptor

    /// - Throws: `FormatError`
    init(_ config: ImageConfig, layers: [ContentDescriptor]) throws(FormatError) {
        func descriptor(of bytes: [UInt8], _ type: MediaType) -> ContentDescriptor {
            ContentDescriptor(mediaType: type, digest: Digest(of: bytes), size: Int64(bytes.count))
        }
        self.config = try JSONDocument.encode(config)
        manifest = Manifest(config: descriptor(of: self.config, .config), layers: layers)
        manifestBytes = try JSONDocument.encode(manifest)
        var place = descriptor(of: manifestBytes, .manifest)
        place.platform = Platform(architecture: config.architecture, os: config.os, variant: config.variant)
        self.descriptor = place
    }
}
