internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

/// What the removal of a name, or a clean-up, took away.
public struct Removal: Hashable, Sendable {
    public var untagged: [ImageReference] = []
    public var blobs: [Digest] = []
    public var layers: [ChainID] = []
    /// The names of things that a crash left unfinished.
    public var leftovers: [String] = []
}

extension ContentStore {
    /// Takes a name from its image and frees what no other image uses. The layers in `used`, those of containers,
    /// stay. While somebody adds content nothing is freed; the next removal or `sweep` does it.
    ///
    /// - Throws: `StoreError.noSuchImage`, `SystemCallError`
    public func remove(_ reference: ImageReference, keeping used: @autoclosure () throws -> Set<ChainID>) throws
        -> Removal
    {
        try index.update { index in
            let before = index.manifests.count
            index.manifests.removeAll { LayoutIndex.name(of: $0) == reference }
            if index.manifests.count == before { throw StoreError.noSuchImage("\(reference)") }
        }
        var removal = try sweep(keeping: try used()) ?? Removal()
        removal.untagged = [reference]
        return removal
    }

    /// Frees blobs and layers that no image names, and what crashes left unfinished; `nil` when somebody is adding
    /// content just now.
    public func sweep(keeping used: @autoclosure () throws -> Set<ChainID>) throws -> Removal? {
        guard let lease = try StoreLock.ifFree(paths.lock(.lease)) else { return nil }
        defer { _ = lease }
        var blobsInUse: Set<Digest> = []
        // Asked for under the lease: a container is recorded before its maker gives its own back.
        var layersInUse = try used()
        for entry in try index.read().manifests { try mark(entry, &blobsInUse, &layersInUse) }
        var removal = Removal()
        for directory in [paths.images, paths.layers, paths.cache] {
            let open = try Descriptor(opening: directory, O_RDONLY | O_DIRECTORY)
            for name in try Files.names(in: open.number) where name.hasPrefix(StorePaths.partialPrefix) {
                try removeTree(name, in: open.number)
                removal.leftovers.append("\(directory)/\(name)")
            }
        }
        for chainID in try layers.all() where !layersInUse.contains(chainID) {
            try layers.remove(chainID)
            removal.layers.append(chainID)
        }
        let directory = try Descriptor(opening: paths.blobs, O_RDONLY | O_DIRECTORY)
        for name in try Files.names(in: directory.number) {
            guard let digest = Digest(hex: name), !blobsInUse.contains(digest) else { continue }
            try removeTree(name, in: directory.number)
            removal.blobs.append(digest)
        }
        return removal
    }

    /// The names of things that a crash left unfinished in the store beneath `home`: none when there is no store, or
    /// while somebody adds content, because they may be theirs.
    public static func unfinished(beneath home: String) -> [String] {
        let paths = StorePaths(home: home)
        let found = [paths.images, paths.layers, paths.cache].flatMap { directory -> [String] in
            guard let open = try? Descriptor(opening: directory, O_RDONLY | O_DIRECTORY) else { return [] }
            let names = (try? Files.names(in: open.number)) ?? []
            return names.filter { $0.hasPrefix(StorePaths.partialPrefix) }.map { "\(directory)/\($0)" }
        }
        if found.isEmpty { return [] }
        guard let lease = try? StoreLock.ifFree(paths.lock(.lease)) else { return [] }
        _ = consume lease
        return found.filter { access($0, F_OK) == 0 }
    }

    /// Notes what an entry of the index needs. A damaged image keeps nothing but what can still be read of it.
    private func mark(_ entry: ContentDescriptor, _ inUse: inout Set<Digest>, _ chains: inout Set<ChainID>) throws {
        inUse.insert(entry.digest)
        guard let bytes = try? blobs.read(entry.digest) else { return }
        if entry.mediaType.isIndex {
            let list = try JSONDocument.decode(Index.self, from: bytes, what: "image index \(entry.digest)")
            for manifest in list.manifests { try mark(manifest, &inUse, &chains) }
            return
        }
        let manifest = try JSONDocument.decode(Manifest.self, from: bytes, what: "manifest \(entry.digest)")
        inUse.insert(manifest.config.digest)
        inUse.formUnion(manifest.layers.map(\.digest))
        guard let config = try? blobs.read(manifest.config.digest) else { return }
        let image = try JSONDocument.decode(
            ImageConfig.self, from: config, what: "image config \(manifest.config.digest)")
        chains.formUnion(ChainID.chain(image.rootfs.diffIDs))
    }
}
