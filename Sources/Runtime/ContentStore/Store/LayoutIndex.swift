internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// The layout's table of contents, index.json, or a run's copy of it: which names stand for which images.
/// See image-spec, image-layout.md, "index.json File".
struct LayoutIndex: Sendable {
    let paths: StorePaths
    /// Is asked while another process holds a lock.
    var checkpoint: Checkpoint?

    /// Reads the index; it is replaced by rename, so a reader sees a whole one.
    ///
    /// - Throws: `FormatError` when another tool left it malformed.
    func read() throws -> Index {
        let file = try Descriptor(opening: paths.index, O_RDONLY)
        return try JSONDocument.decode(Index.self, from: Files.readAll(file.number), what: paths.index)
    }

    /// Changes the index; nobody else does so meanwhile.
    ///
    /// - Parameter then: what is to be done when the change is on the disk, before somebody else makes one.
    /// - Throws: what `body` and the checkpoint throw; `FormatError`, `SystemCallError`
    func update<Result>(
        _ body: (inout Index) throws -> Result, then: (Result) -> Void = { _ in }
    ) throws -> Result {
        // Else the file that is written before it is renamed would count as a crash's leftover.
        let lease = try StoreLock(paths.lock(.lease), exclusive: false, asking: checkpoint)
        defer { _ = lease }
        let lock = try StoreLock(paths.lock(.index), exclusive: true, asking: checkpoint)
        defer { _ = lock }
        var index = try read()
        let before = index
        let result = try body(&index)
        if index != before { try Self.replace(paths.index, with: JSONDocument.encode(index)) }
        then(result)
        return result
    }

    /// Makes `name` stand for the image that `manifest` points at. An image that had the name loses it, and stays without
    /// one if it was its last (Docker's dangling image).
    ///
    /// - Parameter recipe: what the image was made from. An outdated one of a recipe goes; the user's keeps the name, and
    ///   the image has none.
    func tag(_ manifest: ContentDescriptor, _ name: ImageReference, recipe: Digest? = nil) throws {
        var entry = manifest
        entry.annotations = [AnnotationKey.refName: "\(name)", AnnotationKey.imageName: name.canonical]
        if let recipe { entry.annotations?[AnnotationKey.recipe] = "\(recipe)" }
        let store = ContentStore(opened: paths)
        try update { index in
            let id = store.identity(of: entry)
            let before = index.manifests.filter { Self.name(of: $0) == name }
            let isUsers = before.contains {
                $0.annotations?[AnnotationKey.recipe] == nil && store.identity(of: $0) != id
            }
            if recipe != nil, isUsers { return }
            index.manifests.removeAll { other in
                let otherName = Self.name(of: other)
                return otherName == name || (otherName == nil && store.identity(of: other) == id)
            }
            index.manifests.append(entry)
            for old in before where recipe == nil {
                let oldID = store.identity(of: old)
                guard !index.manifests.contains(where: { store.identity(of: $0) == oldID }) else { continue }
                // The newest stays the last.
                var nameless = old
                nameless.annotations = nil
                index.manifests.insert(nameless, at: index.manifests.count - 1)
            }
        }
    }

    /// Keeps an image whose name was taken away, unless it has another.
    static func keepWithoutName(_ entry: ContentDescriptor, in index: inout Index) {
        guard !index.manifests.contains(where: { $0.digest == entry.digest }) else { return }
        var nameless = entry
        nameless.annotations = nil
        index.manifests.append(nameless)
    }

    /// The name of an entry; `nil` for one that another tool wrote without, or with a name that is none.
    static func name(of entry: ContentDescriptor) -> ImageReference? {
        let text = entry.annotations?[AnnotationKey.imageName] ?? entry.annotations?[AnnotationKey.refName]
        return text.flatMap { try? ImageReference($0) }
    }

    /// Replaces a file so that every reader sees the old or the new one, also after a power cut.
    static func replace(_ path: String, with bytes: [UInt8]) throws {
        let directory = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let partial = StorePaths.partial(in: directory)
        let file = try Descriptor(opening: partial, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
        do {
            try bytes.withUnsafeBytes { try Files.write($0, to: file.number) }
            let number = file.number
            try call("fsync", partial) { fsync(number) }
            try call("rename", path) { rename(partial, path) }
        } catch {
            unlink(partial)
            throw error
        }
        try Files.syncDirectory(directory)
    }
}
