internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

/// A folder beside the unpacked layers in which a new one is made. It goes with this value; what a crash leaves of it has
/// a name that says so.
public final class LayerWorkspace: Sendable {
    public let path: String
    /// What the new layer holds.
    public var upper: String { path + "/upper" }
    /// For overlayfs's own use.
    public var work: String { path + "/work" }
    /// An empty directory to mount the union on.
    public var root: String { path + "/root" }
    /// What a container needs beneath the new layer and no image has: its mount points.
    public var mountPoints: String { path + "/mounts" }

    fileprivate init(path: String) throws {
        self.path = path
        try call("mkdir", path) { mkdir(path, 0o700) }
        do {
            for part in [upper, work, root, mountPoints] {
                try call("mkdir", part) { mkdir(part, 0o755) }
                // Whatever the caller's umask takes from it.
                try call("chmod", part) { chmod(part, 0o755) }
            }
        } catch {
            try? removeTree(path)
            throw error
        }
    }

    deinit { try? removeTree(path) }
}

/// A layer in the store, packed and unpacked.
public struct StoredLayer: Hashable, Sendable {
    public var blob: ContentDescriptor
    public var diffID: DiffID
    public var chainID: ChainID
    public var directory: String

    public init(blob: ContentDescriptor, diffID: DiffID, chainID: ChainID, directory: String) {
        self.blob = blob
        self.diffID = diffID
        self.chainID = chainID
        self.directory = directory
    }
}

extension ContentStore {
    /// A place to make a layer in. Hold a lease as long as it lives.
    ///
    /// - Throws: `SystemCallError`
    public func workspace() throws -> LayerWorkspace { try LayerWorkspace(path: StorePaths.partial(in: paths.layers)) }

    /// Packs what the workspace's writable layer holds, and makes it an unpacked layer without copying it.
    ///
    /// - Parameter parent: the chain beneath.
    /// - Returns: `nil` where it holds nothing.
    /// - Throws: `StoreError` for what a layer cannot express, `SystemCallError`; what the checkpoint throws.
    public func keep(
        _ workspace: LayerWorkspace, on parent: ChainID?, times: ModificationTimes = .kept
    ) throws -> StoredLayer? {
        let upper = try Descriptor(opening: workspace.upper, O_RDONLY | O_DIRECTORY)
        guard try !Files.names(in: upper.number).isEmpty else { return nil }
        var written: WrittenLayer?
        try blobs.write { file in
            var writer = LayerWriter(times: times)
            writer.checkpoint = checkpoint
            let result = try writer.write(workspace.upper, to: file)
            written = result
            return (result.digest, result.size)
        }
        guard let written else { preconditionFailure("a blob was stored without having been written") }
        let chainID = ChainID(written.diffID, on: parent)
        try layers.adopt(workspace.upper, written.diffID, chainID, LayerCount(of: upper.number))
        return StoredLayer(
            blob: ContentDescriptor(mediaType: .layerGzip, digest: written.digest, size: written.size),
            diffID: written.diffID, chainID: chainID, directory: layers.directory(chainID))
    }

    /// Stores an image's config and manifest. Nothing names the image yet.
    ///
    /// - Returns: where the manifest is.
    /// - Throws: `SystemCallError`
    public func add(_ config: ImageConfig, layers: [ContentDescriptor]) throws -> ContentDescriptor {
        let documents = try ImageDocuments(config, layers: layers)
        for bytes in [documents.config, documents.manifestBytes] { try blobs.put(bytes) }
        return documents.descriptor
    }

    /// Where the manifest of an image is, which is written now where it was made here and never had a name. Hold a lease
    /// from finding the image on.
    ///
    /// - Throws: `SystemCallError`
    public func manifest(of image: Image) throws -> ContentDescriptor {
        if blobs.contains(image.descriptor.digest), blobs.contains(image.id) { return image.descriptor }
        return try add(image.config, layers: image.manifest.layers)
    }

    /// Gives an image that was added a name; an image that had it loses it. Without a name it is only kept.
    ///
    /// - Throws: `SystemCallError`
    public func list(_ manifest: ContentDescriptor, as reference: ImageReference?) throws {
        if let reference { try index.tag(manifest, reference) }
        try index.update { index in
            let isNamed = index.manifests.contains { $0.digest == manifest.digest && LayoutIndex.name(of: $0) != nil }
            if isNamed {
                index.manifests.removeAll { $0.digest == manifest.digest && LayoutIndex.name(of: $0) == nil }
            } else if !index.manifests.contains(where: { $0.digest == manifest.digest }) {
                index.manifests.append(manifest)
            }
        }
    }
}

/// How many entries a layer's directory has, and the logical bytes of its files; of a symbolic link those of its target, as
/// Docker counts (moby, pkg/directory).
struct LayerCount {
    private(set) var entries = 0
    private(set) var size: Int64 = 0
    private var seen: Set<UInt64> = []

    init(of directory: CInt) throws { try add(directory) }

    private mutating func add(_ directory: CInt) throws {
        for name in try Files.names(in: directory) {
            guard let status = try Files.status(in: directory, name) else { continue }
            entries += 1
            switch status.st_mode & S_IFMT {
            case S_IFREG, S_IFLNK:
                if status.st_nlink == 1 || seen.insert(UInt64(status.st_ino)).inserted { size += Int64(status.st_size) }
            case S_IFDIR:
                let child = try Descriptor(opening: name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: directory)
                try add(child.number)
            default: break
            }
        }
    }
}
