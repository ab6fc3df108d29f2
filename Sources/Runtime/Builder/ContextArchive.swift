public import ContentStore
internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// A context that comes as one tar, plain or compressed, as `docker build - < context.tar.gz` reads it. It is unpacked where
/// nobody else looks, and gone with this value; what a crash leaves of it has a name that says so.
public final class ContextArchive: Sendable {
    /// The directory that holds its files.
    public var path: String { workspace.upper }
    /// The bytes of the archive as it came: so many Docker's client would send.
    public let size: Int64
    private let workspace: LayerWorkspace
    /// Nobody sweeps away what looks unfinished.
    private let lease: StoreLock

    /// Unpacks what a descriptor, which stays the caller's, is open on.
    ///
    /// - Returns: `nil` where it is no archive.
    /// - Throws: `BuildError` for one that is damaged or would leave its directory; `SystemCallError`; what the checkpoint
    ///   of the store throws.
    public init?(_ descriptor: CInt, size: Int64, in store: ContentStore) throws {
        switch try ArchiveExtraction.content(of: descriptor) {
        case .other: return nil
        case .damaged(let reason): throw BuildError("Error response from daemon: the context is damaged: \(reason)")
        case .archive: break
        }
        self.size = size
        lease = try store.lease()
        workspace = try store.workspace()
        let directory = try Linux.Descriptor(opening: workspace.upper, O_RDONLY | O_DIRECTORY)
        do {
            try ArchiveExtraction.unpack(descriptor, into: directory.number, asking: store.checkpoint)
        } catch let error as StoreError { throw BuildError("Error response from daemon: \(error)") }
    }

    /// The bytes of a Dockerfile in it. No link leads out, and what is no file is not opened.
    ///
    /// - Returns: `nil` where no file has the name.
    /// - Throws: `BuildError` for one that is too large, `SystemCallError`
    public func dockerfile(_ name: String) throws -> [UInt8]? {
        let directory = try Linux.Descriptor(opening: path, O_RDONLY | O_DIRECTORY)
        do {
            let place = try openInRoot(directory.number, name)
            let number = place.number
            var status = stat()
            try call("fstat", name) { fstat(number, &status) }
            guard status.st_mode & S_IFMT == S_IFREG else { return nil }
            guard status.st_size <= SentContext.largestDockerfile else { throw SentContext.tooLarge }
            let file = try Linux.Descriptor(opening: "/proc/self/fd/\(number)", O_RDONLY)
            var bytes: [UInt8] = []
            try file.forEachChunk { bytes += $0 }
            return bytes
        } catch let error as SystemCallError where [.ENOENT, .ENOTDIR, .EISDIR, .ELOOP].contains(error.errno) {
            return nil
        }
    }
}
