internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

/// What the removal of a name, or a clean-up, took away.
public struct Removal: Hashable, Sendable {
    public var untagged: [ImageReference] = []
    /// Whether the image went with its last name.
    public var isImageDeleted = false
    public var blobs: [Digest] = []
    public var layers: [ChainID] = []
    /// The names of things that a crash left unfinished.
    public var leftovers: [String] = []
}

extension ContentStore {
    /// Takes names from an image and, when it has none left then, the image itself; frees what no other image uses. The
    /// layers in `used`, those of containers, stay. While somebody adds content nothing is freed; the next removal or
    /// `sweep` does it. One change of the index: a crash leaves all of it or nothing.
    ///
    /// - Parameter deletes: whether the image goes with its last name; else it stays without one.
    /// - Throws: `StoreError.noSuchImage` when the image or a name is gone meanwhile, `SystemCallError`
    public func remove(
        _ names: [ImageReference], of id: Digest, deletes: Bool, keeping used: @autoclosure () throws -> Set<ChainID>
    ) throws -> Removal {
        let isDeleted = try index.update { index in
            let entries = index.manifests.filter { identity(of: $0) == id }
            let missing = names.first { name in !entries.contains { LayoutIndex.name(of: $0) == name } }
            if let missing { throw StoreError.noSuchImage("\(missing)") }
            guard let last = entries.last else { throw StoreError.noSuchImage("\(id)") }
            index.manifests.removeAll { entry in LayoutIndex.name(of: entry).map(names.contains) ?? false }
            let isNamed = entries.contains { LayoutIndex.name(of: $0).map { !names.contains($0) } ?? false }
            if isNamed { return false }
            if !deletes {
                LayoutIndex.keepWithoutName(last, in: &index)
                return false
            }
            index.manifests.removeAll { entry in entries.contains(entry) }
            return true
        }
        var removal = Removal()
        if isDeleted { removal = try sweep(keeping: try used()) ?? removal }
        removal.untagged = names
        removal.isImageDeleted = isDeleted
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
        for entry in try entriesOfAllScopes() { try mark(entry, &blobsInUse, &layersInUse) }
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
    private func mark(
        _ entry: ContentDescriptor, _ inUse: inout Set<Digest>, _ chains: inout Set<ChainID>, depth: Int = 0
    ) throws {
        inUse.insert(entry.digest)
        guard let bytes = try? blobs.read(entry.digest) else { return }
        if entry.mediaType.isIndex {
            let list = try JSONDocument.decode(Index.self, from: bytes, what: "image index \(entry.digest)")
            // What lies deeper is read by nobody.
            guard depth < Self.deepestIndex else { return }
            for manifest in list.manifests { try mark(manifest, &inUse, &chains, depth: depth + 1) }
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
