/// One platform's image: its config and its layers. See image-spec, manifest.md.
public struct Manifest: Hashable, Sendable, Codable {
    public var schemaVersion = 2
    public var mediaType: MediaType?
    public var config: ContentDescriptor
    /// From the bottom up.
    public var layers: [ContentDescriptor]
    public var annotations: [String: String]?

    public init(config: ContentDescriptor, layers: [ContentDescriptor], annotations: [String: String]? = nil) {
        mediaType = .manifest
        self.config = config
        self.layers = layers
        self.annotations = annotations
    }
}

/// A list of manifests: an image's platforms, or what a layout holds. See image-spec, image-index.md.
public struct Index: Hashable, Sendable, Codable {
    public var schemaVersion = 2
    public var mediaType: MediaType?
    public var manifests: [ContentDescriptor]
    public var annotations: [String: String]?

    public init(manifests: [ContentDescriptor] = []) {
        mediaType = .index
        self.manifests = manifests
    }
}

/// The mark of a layout's directory, in the file `oci-layout`. See image-spec, image-layout.md.
public struct ImageLayout: Hashable, Sendable, Codable {
    public var imageLayoutVersion: String

    /// The only version that there is.
    public static let current = ImageLayout(imageLayoutVersion: "1.0.0")
}
