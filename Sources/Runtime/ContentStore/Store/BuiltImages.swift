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
        if access(paths.built, F_OK) != 0 { try Files.makeDirectories(paths.built) }
        let entry = Lineage.Entry(id: id, parent: parent, inputs: inputs)
        try keepDocument(try JSONDocument.encode(built), at: path(of: entry))
    }

    /// Which image stands on which.
    public func lineage() -> Lineage { Lineage(builtNames().compactMap(Lineage.Entry.init)) }

    /// The newest image that was made from these inputs and whose layers are here.
    public func builtImage(from inputs: Digest) -> (id: Digest, image: BuiltImage)? {
        let entries = builtNames().filter { $0.hasSuffix(inputs.hex) }.compactMap(Lineage.Entry.init)
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
                let lineage = lineage()
                let leaves = rest.filter { lineage.entries[$0] != nil && lineage.children(of: $0).isEmpty }
                if leaves.isEmpty { return }
                for leaf in leaves { removeDocument(of: leaf, lineage) }
                rest.subtract(leaves)
            }
        }
    }

    /// Reads a document; `nil` for one that was not whole when the power went, or is gone.
    func read(_ entry: Lineage.Entry) -> BuiltImage? {
        guard let file = try? Descriptor(opening: path(of: entry), O_RDONLY),
            let bytes = try? Files.readAll(file.number),
            let built = try? JSONDocument.decode(BuiltImage.self, from: bytes, what: "built image \(entry.id)"),
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

    private func builtNames() -> [String] { (try? directoryNames(at: paths.built)) ?? [] }

    private func path(of entry: Lineage.Entry) -> String { "\(paths.built)/\(entry.name)" }
}
