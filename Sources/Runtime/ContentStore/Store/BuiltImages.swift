internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

/// An image that a step of a build, or a commit, has made here: its config, and where its layers are.
public struct BuiltImage: Codable, Hashable, Sendable {
    public var image: ImageConfig
    /// From the bottom up.
    public var layers: [ContentDescriptor]

    public init(image: ImageConfig, layers: [ContentDescriptor]) {
        self.image = image
        self.layers = layers
    }
}

/// Images that were made here, in `built/`: a document for each, whose name is its entry in the `Lineage`. An image is here
/// as long as it has a document there or an entry in the layout's index: a step of a build has only the former, what came
/// from elsewhere only the latter, and the image that a build ends with has both.
///
/// Documents come under the shared lease and by rename, so that a step costs no wait for the disk. They go under the lock of
/// the index, so that of two commands one sees what the other has removed. Where a build finds an image that is being
/// removed just then, its next one has a parent that is gone: its own layers are kept by its own document.
extension ContentStore {
    /// Keeps an image that was made here. Hold a lease from making its first layer on.
    ///
    /// - Parameters:
    ///   - parent: the image that it was made of.
    ///   - inputs: what `builtImage(from:)` finds it by.
    /// - Throws: `SystemCallError`
    public func keep(_ built: BuiltImage, as id: Digest, of parent: Digest?, from inputs: Digest?) throws {
        try makeFolder()
        let entry = Lineage.Entry(id: id, parent: parent, inputs: inputs)
        try keepDocument(try JSONDocument.encode(built), at: path(of: entry))
    }

    /// Which image stands on which.
    ///
    /// - Throws: `SystemCallError`
    public func lineage() throws -> Lineage { Lineage(try builtNames().compactMap(Lineage.Entry.init)) }

    /// The newest image that was made from these inputs and whose layers are here.
    public func builtImage(from inputs: Digest) -> (id: Digest, image: BuiltImage)? {
        let names = (try? builtNames()) ?? []
        let entries = names.filter { $0.hasSuffix(inputs.hex) }.compactMap(Lineage.Entry.init)
        // Builds without the cache make many of the same: only as many are read as need be.
        let newestFirst = entries.map { (entry: $0, made: timeOfMaking($0)) }.sorted { $0.made > $1.made }
        for (entry, _) in newestFirst {
            if let built = read(entry), holds(built) { return (entry.id, built) }
        }
        return nil
    }

    /// Removes the documents of images that nothing names and nothing was made of, and of those that this makes so: what
    /// a build has left that is not to have been. Their layers go with the next `sweep`.
    ///
    /// - Throws: `SystemCallError`
    public func forget(_ ids: Set<Digest>) throws {
        try index.update { index in
            let indexed = Set(index.manifests.map(identity))
            var rest = ids.subtracting(indexed)
            while true {
                let lineage = try lineage()
                let leaves = rest.filter { lineage.entries[$0] != nil && lineage.children(of: $0).isEmpty }
                if leaves.isEmpty { return }
                for leaf in leaves { removeDocument(of: leaf, lineage) }
                rest.subtract(leaves)
            }
        }
    }

    /// Takes over images of another scope, without what they were made from.
    func adopt(_ lineage: Lineage, of other: ContentStore) throws(SystemCallError) {
        guard !lineage.entries.isEmpty else { return }
        try makeFolder()
        for entry in lineage.entries.values {
            var own = entry
            own.inputs = nil
            let (old, new) = (other.path(of: entry), path(of: own))
            do throws(SystemCallError) {
                try call("link", old) { link(old, new) }
            } catch {
                // It was removed just now, or two builds have made the same.
                if ![.ENOENT, .EEXIST].contains(error.errno) { throw error }
            }
        }
    }

    /// In a run's folder that is there: a command that outlives its run makes none anew.
    private func makeFolder() throws(SystemCallError) {
        let folder = paths.built
        do throws(SystemCallError) { try call("mkdir", folder) { mkdir(folder, 0o755) } } catch {
            if error.errno != .EEXIST { throw error }
        }
    }

    /// Reads a document; `nil` for one that cannot be read.
    func read(_ entry: Lineage.Entry) -> BuiltImage? { (try? load(entry)) ?? nil }

    /// Reads a document.
    ///
    /// - Returns: `nil` for one that was not whole when the power went, or is gone.
    /// - Throws: `SystemCallError` where nothing can be said of it.
    func load(_ entry: Lineage.Entry) throws -> BuiltImage? {
        let file: Descriptor
        do throws(SystemCallError) { file = try Descriptor(opening: path(of: entry), O_RDONLY) } catch {
            guard error.errno == .ENOENT else { throw error }
            return nil
        }
        let bytes = try Files.readAll(file.number)
        guard let built = try? JSONDocument.decode(BuiltImage.self, from: bytes, what: "built image \(entry.id)"),
            let config = try? JSONDocument.encode(built.image), Digest(of: config) == entry.id
        else { return nil }
        return built
    }

    func removeDocument(of id: Digest, _ lineage: Lineage) {
        if let entry = lineage.entries[id] { unlink(path(of: entry)) }
    }

    /// When the document was written, in nanoseconds.
    private func timeOfMaking(_ entry: Lineage.Entry) -> Int {
        var status = stat()
        guard stat(path(of: entry), &status) == 0 else { return 0 }
        return status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    }

    /// Whether all layers of an image are here, packed and unpacked.
    private func holds(_ built: BuiltImage) -> Bool {
        let chain = ChainID.chain(built.image.rootfs.diffIDs)
        return chain.count == built.layers.count
            && zip(built.layers, chain).allSatisfy { blob, chainID in
                blobs.contains(blob.digest) && ((try? layers.find(chainID)) ?? nil) != nil
            }
    }

    private func builtNames() throws(SystemCallError) -> [String] { try directoryNames(atOrNone: paths.built) }

    private func path(of entry: Lineage.Entry) -> String { "\(paths.built)/\(entry.name)" }
}
