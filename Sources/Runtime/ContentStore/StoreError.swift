public import OCI

/// What the store could not do: one sentence that names the thing and, where there is one, the cure.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No image has this name or id.
    case noSuchImage(String)
    /// Several images' ids begin with these digits.
    case ambiguousImage(String)
    /// The layout names a blob that is not there.
    case blobMissing(Digest)
    /// A blob's bytes are not those that its name promises.
    case blobCorrupt(Digest, found: Digest, size: Int64)
    /// A layer's uncompressed bytes are not those that the config promises.
    case layerCorrupt(DiffID, found: DiffID)
    /// A layer holds an entry that no honest image has.
    case layerRefused(entry: String, reason: String)
    /// An archive of images holds an entry that no honest one has.
    case archiveRefused(entry: String, reason: String)
    /// A directory cannot become a layer, or a layer cannot be read.
    case archive(String)
    /// A document of the layout is malformed.
    case format(String)
    /// No static busybox can be had here.
    case noBusybox(reason: String)
    /// The disk has no room for an image that takes so many bytes.
    case noSpace(image: String, needed: Int64)
    /// A recipe contradicts itself, or what it is made from cannot be had.
    case recipe(String)
    /// A stand-in cannot be made here.
    case unpreparable(image: String, reason: String)

    public var description: String {
        switch self {
        case .noSuchImage(let name):
            "no such image: \(name) (`images` lists those that are here)"
        case .ambiguousImage(let prefix):
            "several images have an id that begins with \(prefix): give more of its digits"
        case .blobMissing(let digest):
            "blob \(digest) is missing from the store: remove the image and make it again"
        case .blobCorrupt(let digest, let found, let size):
            "blob \(digest) is damaged: its \(size) bytes have the digest \(found); remove the image and make it again"
        case .layerCorrupt(let diffID, let found):
            "a layer's content has the DiffID \(found), but its image promises \(diffID): the image is not to be trusted"
        case .layerRefused(let entry, let reason):
            "layer refused: entry \"\(entry)\" \(reason)"
        case .archiveRefused(let entry, let reason):
            "archive refused: entry \"\(entry)\" \(reason)"
        case .archive(let sentence), .format(let sentence), .recipe(let sentence):
            sentence
        case .unpreparable(let image, let reason):
            "the stand-in for \(image) cannot be made: \(reason); make it where Debian's archive can be reached, or load "
                + "one that was saved (`docker load -i FILE`)"
        case .noSpace(let image, let needed):
            "there is no space for the image \(image), which takes \(needed) bytes: free some"
        case .noBusybox(let reason):
            "no static busybox for the base image: \(reason); install the package busybox-static, "
                + "or put a static busybox at /bin/busybox"
        }
    }
}
