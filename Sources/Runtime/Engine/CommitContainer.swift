public import ContentStore
internal import LayerModel
internal import Linux
public import OCI

extension LocalEngine {
    /// Makes an image of a container: its image's layers and its writable layer, as docker commit(1). One that runs goes
    /// on meanwhile: nothing here can pause it, so what it is writing just then may be half in the layer.
    ///
    /// - Parameters:
    ///   - change: changes the container's config for the image.
    /// - Throws: `EngineError` when its image's layers are known no more; what the store and `change` throw.
    public func commit(
        _ container: ContainerRecord, author: String?, message: String?, as name: ImageReference?,
        change: (inout ExecutionConfig) throws -> Void
    ) throws -> Image {
        let lease = try store.lease()
        defer { _ = lease }
        var config = container.config ?? ExecutionConfig(env: container.environment, cmd: container.command)
        try change(&config)
        let base: Image
        do { base = try store.image(named: container.imageID) } catch StoreError.noSuchImage {
            throw EngineError(
                "the image of the container \(container.name) was removed, and with it what its layers were made of: "
                    + "save the files with `docker export`", exitStatus: 1)
        }
        let now = Timestamp.now
        let new = NewImage(
            base: base, created: now, author: author ?? base.config.author, config: config,
            history: History(
                created: now, createdBy: container.command.joined(separator: " "), author: author, comment: message))
        let upper = containers.folder(of: container.id).upper
        // As Docker has it: what changed nothing is an entry of the history without a layer.
        if try directoryNames(at: upper).isEmpty { return try store.add(new, as: name) }
        return try store.add(new, as: name) { try LayerWriter().write(upper, to: $0) }
    }
}
