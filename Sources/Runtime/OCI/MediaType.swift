/// The kind of a blob's content. See image-spec, media-types.md; Docker's names mean the same things.
public struct MediaType: RawRepresentable, Hashable, Sendable, Codable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let index = MediaType(rawValue: "application/vnd.oci.image.index.v1+json")
    public static let manifest = MediaType(rawValue: "application/vnd.oci.image.manifest.v1+json")
    public static let config = MediaType(rawValue: "application/vnd.oci.image.config.v1+json")
    public static let layer = MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar")
    public static let layerGzip = MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar+gzip")
    public static let layerZstd = MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar+zstd")

    public static let dockerIndex = MediaType(rawValue: "application/vnd.docker.distribution.manifest.list.v2+json")
    public static let dockerManifest = MediaType(rawValue: "application/vnd.docker.distribution.manifest.v2+json")
    public static let dockerConfig = MediaType(rawValue: "application/vnd.docker.container.image.v1+json")
    public static let dockerLayer = MediaType(rawValue: "application/vnd.docker.image.rootfs.diff.tar.gzip")

    /// Whether the blob is one platform's image.
    public var isManifest: Bool { self == .manifest || self == .dockerManifest }

    /// Whether the blob lists images, one a platform.
    public var isIndex: Bool { self == .index || self == .dockerIndex }

    /// Whether the blob is a layer's tar, compressed or not.
    public var isLayer: Bool { [.layer, .layerGzip, .layerZstd, .dockerLayer].contains(self) }
}

extension MediaType: CustomStringConvertible {
    public var description: String { rawValue }
}
