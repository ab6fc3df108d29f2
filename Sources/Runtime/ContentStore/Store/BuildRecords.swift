internal import CContentStore
internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

extension ContentStore {
    /// What a builder remembers from build to build: small documents by name, in `cache/build`. They may be gone at any
    /// time, and what is half written has no name.
    ///
    /// - Returns: `nil` where there is none of that name.
    public func buildRecord(_ name: Digest) -> [UInt8]? {
        guard let file = try? Descriptor(opening: recordPath(name), O_RDONLY) else { return nil }
        return try? Files.readAll(file.number)
    }

    /// Keeps a document; another of the same name goes.
    ///
    /// - Throws: `SystemCallError`
    public func keepBuildRecord(_ bytes: [UInt8], as name: Digest) throws {
        try Files.makeDirectories(recordFolder)
        let partial = StorePaths.partial(in: paths.cache)
        do {
            let file = try Descriptor(opening: partial, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            try bytes.withUnsafeBytes { try Files.write($0, to: file.number) }
            let path = recordPath(name)
            try call("rename", path) { rename(partial, path) }
        } catch {
            unlink(partial)
            throw error
        }
    }

    /// The steps that are remembered, by the names of their documents.
    func builtSteps() -> [(name: Digest, step: BuiltStep)] {
        let files = (try? directoryNames(at: recordFolder, ofType: Int(DT_REG))) ?? []
        return files.compactMap { file in
            guard let name = Digest(hex: file.prefix { $0 != "." }), let bytes = buildRecord(name),
                let step = try? JSONDocument.decode(BuiltStep.self, from: bytes, what: file)
            else { return nil }
            return (name, step)
        }
    }

    /// Forgets the documents of steps whose layers are gone.
    public func removeStaleBuildRecords() {
        for (name, step) in builtSteps() where !holds(step) { removeBuildRecord(name) }
    }

    /// Whether all layers of a step are here, packed and unpacked.
    public func holds(_ step: BuiltStep) -> Bool {
        let chain = ChainID.chain(step.image.rootfs.diffIDs)
        return chain.count == step.layers.count
            && zip(step.layers, chain).allSatisfy { blob, chainID in
                blobs.contains(blob.digest) && ((try? layers.find(chainID)) ?? nil) != nil
            }
    }

    /// Forgets a document.
    public func removeBuildRecord(_ name: Digest) { unlink(recordPath(name)) }

    /// A directory that stays from build to build: `RUN --mount=type=cache`.
    ///
    /// - Parameter prepare: is given a directory that is new.
    /// - Throws: `SystemCallError`; what `prepare` throws.
    public func buildCacheFolder(_ name: Digest, _ prepare: (String) throws -> Void) throws -> String {
        let folder = paths.cache + "/mounts"
        try Files.makeDirectories(folder, mode: 0o700)
        let path = folder + "/" + name.hex
        if access(path, F_OK) == 0 { return path }
        let partial = StorePaths.partial(in: paths.cache)
        try call("mkdir", partial) { mkdir(partial, 0o755) }
        do {
            try prepare(partial)
            // Somebody may have made it meanwhile, and may use it already.
            try call("renameat2", path) { teach_rename_new(partial, path) }
        } catch {
            rmdir(partial)
            guard access(path, F_OK) == 0 else { throw error }
        }
        return path
    }

    private var recordFolder: String { paths.cache + "/build" }
    private func recordPath(_ name: Digest) -> String { "\(recordFolder)/\(name.hex).json" }
}

/// The image that a step of a build has made, which nothing need name.
public struct BuiltStep: Codable, Hashable, Sendable {
    public var image: ImageConfig
    /// From the bottom up.
    public var layers: [ContentDescriptor]

    public init(image: ImageConfig, layers: [ContentDescriptor]) {
        self.image = image
        self.layers = layers
    }
}
