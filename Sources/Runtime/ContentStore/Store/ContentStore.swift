internal import Glibc
internal import LayerModel
public import Linux
public import OCI

/// The images of one home directory: an OCI image layout in `images/`, readable by any tool, and beside it the
/// unpacked layers. Safe to use by several processes and threads at once.
public struct ContentStore: Sendable {
    let paths: StorePaths
    var blobs: BlobStore { BlobStore(paths: paths) }
    var layers: UnpackedLayers { UnpackedLayers(paths: paths, checkpoint: checkpoint) }
    var index: LayoutIndex { LayoutIndex(paths: paths, checkpoint: checkpoint) }
    /// The names that the user's images have, whoever asks.
    var layoutIndex: LayoutIndex { LayoutIndex(paths: paths.layout, checkpoint: checkpoint) }

    /// Is asked while a layer is packed or unpacked, while an image is made, and while another process holds a lock;
    /// `nil`: nothing ends these before they are done.
    public var checkpoint: Checkpoint?

    /// The store that has these places, which is there.
    init(opened paths: StorePaths) { self.paths = paths }

    /// Opens the store beneath `home` and makes it where it is missing.
    ///
    /// - Parameter scope: the folder of a run with names of its own (`makeScope`), which are then read and changed instead of
    ///   the user's.
    /// - Throws: `SystemCallError`, also when `home` cannot be written.
    public init(home: String, scope: String? = nil) throws {
        paths = StorePaths(home: home, scope: scope)
        // The layout's mark is written last: where it is, all is.
        let mark = paths.layout.index
        if access(mark, R_OK) == 0 { return }
        for directory in [paths.blobs, paths.cache, home + "/locks"] { try Files.makeDirectories(directory) }
        // Unpacked layers hold set-id programs: no business of the host's other users.
        try Files.makeDirectories(paths.layers, mode: 0o700)
        // What is half written here is no leftover.
        let lease = try StoreLock(paths.lock(.lease), exclusive: false)
        defer { _ = lease }
        let lock = try StoreLock(paths.lock(.index), exclusive: true)
        defer { _ = lock }
        if access(mark, R_OK) == 0 { return }
        try LayoutIndex.replace(paths.images + "/oci-layout", with: JSONDocument.encode(ImageLayout.current))
        try LayoutIndex.replace(mark, with: JSONDocument.encode(Index()))
    }

    /// Keeps everything in the store from being removed as long as the answer lives. Hold it from finding an image
    /// to recording the container that uses its layers.
    public func lease() throws -> StoreLock {
        try StoreLock(paths.lock(.lease), exclusive: false, asking: checkpoint)
    }

    /// The path of the image layout, for other tools.
    public var layout: String { paths.images }

    /// The directory of an unpacked layer, whether or not it is there.
    public func layerDirectory(_ chainID: ChainID) -> String { layers.directory(chainID) }

    /// A file without a name on the store's disk, to read and write, gone with its descriptor.
    ///
    /// - Throws: `SystemCallError`
    public func unnamedFile() throws(SystemCallError) -> Descriptor {
        try Descriptor(opening: paths.cache, O_RDWR | Self.unnamed, mode: 0o600)
    }

    /// O_TMPFILE of open(2), for which Swift's Glibc shows no name.
    private static let unnamed: CInt = 0o20_000_000 | O_DIRECTORY

    /// The logical bytes of the regular files of an unpacked layer; 0 where it is not unpacked.
    ///
    /// - Throws: `StoreError`
    public func unpackedSize(of chainID: ChainID) throws -> Int64 { try layers.find(chainID)?.size ?? 0 }
}
