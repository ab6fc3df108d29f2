internal import ContentStore
public import OCI

/// One line of what docker rmi(1) did.
public enum ImageDeletion: Hashable, Sendable {
    case untagged(ImageReference)
    /// An image's id, or the ChainID of a layer that no other image and no container has.
    case deleted(Digest)
}

extension LocalEngine {
    /// Takes a name from an image, and with its last name the image and those that it was made of, as far as nothing else
    /// needs them; by id or digest, all its names at once. The rules are those of Docker's daemon (image_delete.go).
    ///
    /// - Parameters:
    ///   - force: also several names at once, and an image that a stopped container was made of.
    ///   - prunes: whether those that it was made of go, too.
    /// - Throws: `EngineError` in Docker's words when there is no such image (status 1) or a container stands in the way.
    public func removeImage(_ name: String, force: Bool = false, prunes: Bool = true) throws -> [ImageDeletion] {
        // Another command may have removed it at any moment until the index is changed.
        do { return try remove(store.indexedImage(named: name), name, force: force, prunes: prunes) } catch StoreError
            .noSuchImage
        {
            throw EngineError("No such image: \(name)", exitStatus: 1, kind: .notFound)
        }
    }

    private func remove(
        _ image: IndexedImage, _ name: String, force: Bool, prunes: Bool
    ) throws -> [ImageDeletion] {
        let users = try containers.all().filter { $0.imageID == "\(image.id)" }
        let hasChildren = try !store.lineage().children(of: image.id).isEmpty
        if let reference = try? ImageReference(name), image.names.contains(reference) {
            return try remove(reference, name, of: image, users, force: force, prunes: prunes)
        }
        let conflict = Conflict(image: image.id, users: users)
        if hasChildren { throw conflict.error("image has dependent child images", isHard: true) }
        try conflict.refuseRunning()
        if !force {
            if image.names.count > 1 { throw conflict.error("image is referenced in multiple repositories") }
            try conflict.refuseStopped()
        }
        return try delete(image.names, of: image, prunes: prunes)
    }

    private func remove(
        _ reference: ImageReference, _ name: String, of image: IndexedImage, _ users: [ContainerRecord], force: Bool,
        prunes: Bool
    ) throws -> [ImageDeletion] {
        let isLast = image.names.count == 1
        if !force, isLast, let user = users.first {
            throw EngineError(
                "conflict: unable to remove repository reference \"\(name)\" (must force) - container \(user.shortID) is "
                    + "using its referenced image \(image.id.short); `docker rm \(user.name)` removes the container",
                exitStatus: 1)
        }
        // The image of a container that runs stays without a name, and Docker says no more of it.
        let isRunning = users.contains { if case .running = $0.state { true } else { false } }
        guard isLast, !isRunning else {
            _ = try store.remove([reference], of: image.id, deletes: false, keeping: try home.usedLayers())
            return [.untagged(reference)]
        }
        return try delete([reference], of: image, prunes: prunes)
    }

    func delete(
        _ names: [ImageReference], of image: IndexedImage, prunes: Bool = true
    ) throws -> [ImageDeletion] {
        var needed = Set(try containers.all().compactMap { try? Digest($0.imageID) })
        if !prunes, let parent = try store.lineage().parent(of: image.id) { needed.insert(parent) }
        let removal = try store.remove(
            names, of: image.id, deletes: true, sparing: needed, keeping: try home.usedLayers())
        var lines = names.map(ImageDeletion.untagged)
        let freed = Set(removal.layers)
        for (place, gone) in removal.images.enumerated() {
            lines.append(.deleted(gone.id))
            // What the next one has goes with that.
            let beneath = removal.images.dropFirst(place + 1).first?.chain.count ?? 0
            lines += gone.chain.dropFirst(beneath).reversed().filter(freed.contains).map { .deleted($0.digest) }
        }
        return lines
    }
}

/// What stands in the way of an image's removal.
private struct Conflict {
    let image: Digest
    let users: [ContainerRecord]

    func error(_ reason: String, isHard: Bool = false) -> EngineError {
        EngineError(
            "conflict: unable to delete \(image.short) (\(isHard ? "cannot" : "must") be forced) - \(reason)",
            exitStatus: 1)
    }

    func refuseRunning() throws(EngineError) {
        for user in users {
            guard case .running = user.state else { continue }
            throw error("image is being used by running container \(user.shortID)", isHard: true)
        }
    }

    func refuseStopped() throws(EngineError) {
        guard let user = users.first else { return }
        throw error(
            "image is being used by stopped container \(user.shortID); `docker rm \(user.name)` removes the container")
    }
}
