internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

/// What the removal of a name, or a clean-up, took away.
public struct Removal: Hashable, Sendable {
    public var untagged: [ImageReference] = []
    /// The images that went: the one that was asked for, and those that it was made of and nothing else needs.
    public var images: [RemovedImage] = []
    public var blobs: [Digest] = []
    public var layers: [ChainID] = []
    /// The names of things that a crash left unfinished.
    public var leftovers: [String] = []
}

/// An image that is gone, and what its layers were, from the bottom up; none where it was damaged.
public struct RemovedImage: Hashable, Sendable {
    public var id: Digest
    public var chain: [ChainID]
}

extension ContentStore {
    /// Takes names from an image and, when it has none left then and no image was made of it, the image itself; with it go
    /// those that it was made of, as far as they have no name and nothing else needs them. Frees what no other image uses.
    /// The layers in `used`, those of containers, stay. While somebody adds content nothing is freed; the next
    /// `sweep` does it, at the latest when a build has ended (`sweepWhatWasLeft`). The names go in one change of the index, and the images one after the other behind it: what a
    /// crash leaves of them are whole images without a name.
    ///
    /// - Parameters:
    ///   - deletes: whether the image goes with its last name; else it stays without one.
    ///   - needed: the images of containers, which stay.
    /// - Throws: `StoreError.noSuchImage` when the image or a name is gone meanwhile, `SystemCallError`
    public func remove(
        _ names: [ImageReference], of id: Digest, deletes: Bool, sparing needed: Set<Digest> = [],
        keeping used: @autoclosure () throws -> Set<ChainID>
    ) throws -> Removal {
        let (gone, _) = try index.update { index -> ([RemovedImage], Lineage) in
            let lineage = try lineage()
            let ids = index.manifests.map(identity)
            let entries = zip(index.manifests, ids).filter { $1 == id }.map(\.0)
            let missing = names.first { name in !entries.contains { LayoutIndex.name(of: $0) == name } }
            if let missing { throw StoreError.noSuchImage("\(missing)") }
            let isBuilt = lineage.entries[id] != nil
            guard !entries.isEmpty || isBuilt else { throw StoreError.noSuchImage("\(id)") }
            let isNamed = entries.contains { LayoutIndex.name(of: $0).map { !names.contains($0) } ?? false }
            let goes = deletes && !isNamed && lineage.children(of: id).isEmpty
            let family = goes ? [id] + forebears(of: id, lineage, zip(index.manifests, ids), sparing: needed) : []
            let removed = family.map { id in
                RemovedImage(id: id, chain: (try? chain(of: IndexedImage(id: id, names: []))) ?? [])
            }
            let kept = zip(index.manifests, ids).filter { entry, owner in
                !family.contains(owner) && !(LayoutIndex.name(of: entry).map(names.contains) ?? false)
            }
            index.manifests = kept.map(\.0)
            if !goes, !isNamed, let last = entries.last { LayoutIndex.keepWithoutName(last, in: &index) }
            return (removed, lineage)
        } then: { gone, lineage in
            for image in gone { removeDocument(of: image.id, lineage) }
        }
        var removal = Removal()
        if !gone.isEmpty {
            removal = try sweep(keeping: try used()) ?? removal
        }
        removal.untagged = names
        removal.images = gone
        return removal
    }

    /// The images that an image was made of and that go with it: up to one that has a name, that another image was made
    /// of, or that a container needs.
    private func forebears(
        of id: Digest, _ lineage: Lineage, _ entries: some Sequence<(ContentDescriptor, Digest)>,
        sparing needed: Set<Digest>
    ) -> [Digest] {
        let indexed = Set(entries.map(\.1))
        let named = Set(entries.filter { LayoutIndex.name(of: $0.0) != nil }.map(\.1))
        var found: [Digest] = []
        var last = id
        while let parent = lineage.parent(of: last), lineage.entries[parent] != nil || indexed.contains(parent),
            !named.contains(parent), !needed.contains(parent), lineage.children(of: parent) == [last]
        {
            found.append(parent)
            last = parent
        }
        return found
    }

    /// Frees blobs and layers that no image names, and what crashes left unfinished; `nil` when somebody is adding
    /// content just now: then `sweepWhatWasLeft` does it.
    public func sweep(keeping used: @autoclosure () throws -> Set<ChainID>) throws -> Removal? {
        // Noted before the lease is asked for, so that who gives it back just then sees the note. A full disk takes none.
        try? noteDebt()
        guard let lease = try StoreLock.ifFree(paths.lock(.lease)) else { return nil }
        defer { _ = lease }
        // Whoever finds the lease taken from now on may have removed what is read here before: his note stays.
        unlink(paths.debt)
        do { return try free(keeping: try used()) } catch {
            try? noteDebt()
            throw error
        }
    }

    /// Does what removals had to leave while somebody was adding content; nothing where nothing was left.
    ///
    /// - Throws: what the disk or the store refuses.
    public func sweepWhatWasLeft(keeping used: @autoclosure () throws -> Set<ChainID>) throws {
        if access(paths.debt, F_OK) == 0 { _ = try sweep(keeping: try used()) }
    }

    private func noteDebt() throws(SystemCallError) {
        _ = try Descriptor(opening: paths.debt, O_WRONLY | O_CREAT, mode: 0o600)
    }

    /// Hold the lease.
    private func free(keeping used: @autoclosure () throws -> Set<ChainID>) throws -> Removal {
        var blobsInUse: Set<Digest> = []
        // Asked for under the lease: a container is recorded before its maker gives its own back.
        var layersInUse = try used()
        for entry in try entriesOfAllScopes() { try mark(entry, &blobsInUse, &layersInUse) }
        let unpacked = try layers.all()
        for scope in try [paths.layout] + paths.runScopes() {
            try ContentStore(opened: scope).markBuilt(unpacked: Set(unpacked), &blobsInUse, &layersInUse)
        }
        var removal = Removal()
        for directory in [paths.images, paths.layers, paths.cache] {
            let open = try Descriptor(opening: directory, O_RDONLY | O_DIRECTORY)
            for name in try Files.names(in: open.number) where name.hasPrefix(StorePaths.partialPrefix) {
                try removeTree(name, in: open.number)
                removal.leftovers.append("\(directory)/\(name)")
            }
        }
        for chainID in unpacked where !layersInUse.contains(chainID) {
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

    /// Notes what the images need that were made here, and removes the documents of those whose layers are gone or that were
    /// not whole when the power went.
    private func markBuilt(
        unpacked: Set<ChainID>, _ inUse: inout Set<Digest>, _ chains: inout Set<ChainID>
    ) throws {
        let lineage = try lineage()
        for entry in lineage.entries.values {
            let built = try load(entry)
            let chain = ChainID.chain(built?.image.rootfs.diffIDs ?? [])
            guard let built, unpacked.isSuperset(of: chain), built.layers.allSatisfy({ blobs.contains($0.digest) })
            else {
                removeDocument(of: entry.id, lineage)
                continue
            }
            inUse.formUnion(built.layers.map(\.digest))
            chains.formUnion(chain)
        }
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
