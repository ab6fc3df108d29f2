internal import LayerModel
internal import OCI

/// One entry of a layer's tar, as image-spec, layer.md lays it down.
struct ArchiveEntry: Sendable {
    enum Kind: Hashable, Sendable {
        case file(size: Int64)
        case directory
        case symlink(target: String)
        /// Another name of a file that stands earlier in the same tar.
        case hardLink(target: String)
        case fifo
        case characterDevice(DeviceNumber)
        case blockDevice(DeviceNumber)
    }

    /// From the root, without a leading slash.
    var path: String
    var kind: Kind
    /// The mode's twelve low bits.
    var permissions: UInt16
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    var modified: Timestamp
    var attributes: [(name: String, value: [UInt8])] = []
    /// Where a sparse file has data; `nil` for one without holes.
    var dataExtents: [Range<Int64>]?
}

/// The names that an OCI layer gives to deletions. See image-spec, layer.md, "Whiteouts".
enum WhiteoutName {
    static let prefix = ".wh."
    static let opaque = ".wh..wh..opq"
    /// AUFS kept its own files under such names; they mean nothing to anyone else.
    static let metadataPrefix = ".wh..wh."
}
