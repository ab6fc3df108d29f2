/// What points at a blob: its kind, its digest and its size. The specification's word is "descriptor";
/// the longer form of its title keeps it apart from a file's. See image-spec, descriptor.md.
public struct ContentDescriptor: Hashable, Sendable, Codable {
    public var mediaType: MediaType
    public var digest: Digest
    /// The blob's bytes as stored.
    public var size: Int64
    public var annotations: [String: String]?
    /// Which machines the image is for; only in an index.
    public var platform: Platform?

    public init(
        mediaType: MediaType, digest: Digest, size: Int64, annotations: [String: String]? = nil,
        platform: Platform? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.annotations = annotations
        self.platform = platform
    }
}

/// A kind of machine, in Go's names: `linux`, `amd64`. See image-spec, image-index.md, "platform".
public struct Platform: Hashable, Sendable, Codable {
    public var architecture: String
    public var os: String
    public var variant: String?

    public init(architecture: String, os: String, variant: String? = nil) {
        self.architecture = architecture
        self.os = os
        self.variant = variant
    }

    /// The machine that this was compiled for.
    public static let host: Platform = {
        #if arch(arm64)
            Platform(architecture: "arm64", os: "linux", variant: "v8")
        #elseif arch(x86_64)
            Platform(architecture: "amd64", os: "linux")
        #else
            #error("add this architecture's name in Go's GOARCH list")
        #endif
    }()

    /// Whether an image for `self` runs on `machine`; a variant matters only when both name one.
    public func runs(on machine: Platform) -> Bool {
        os == machine.os && architecture == machine.architecture
            && (variant == nil || machine.variant == nil || variant == machine.variant)
    }
}

/// The keys of annotations that the store writes. See image-spec, annotations.md.
public enum AnnotationKey {
    /// The reference by which other tools find an image in a layout.
    public static let refName = "org.opencontainers.image.ref.name"
    /// The full name with registry and tag, as containerd and `docker save` write it.
    public static let imageName = "io.containerd.image.name"
    /// The digest of the recipe that an image was made by: another one means that it must be made again.
    public static let recipe = "teach.recipe"
}
