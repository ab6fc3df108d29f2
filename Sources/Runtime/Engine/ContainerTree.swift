internal import ContentStore
internal import Glibc
internal import LayerModel
internal import Linux

extension LocalEngine {
    /// Calls `body` with the container's root directory as a path: of one that runs, its own; of any other, its layers
    /// mounted where this thread alone sees them, and gone with it. Nobody starts or removes it meanwhile.
    ///
    /// - Parameter hasVolumes: whether its volumes are seen, as they are when it runs, or what they are mounted over.
    /// - Throws: `EngineError` when another command is using it, `SystemCallError`; what `body` throws.
    func withTree<Value>(
        of container: ContainerRecord, hasVolumes: Bool, _ body: (String) throws -> Value
    ) throws -> Value {
        if case .running(let pid, let startTime, _) = container.state,
            ProcessIdentity.startTime(of: pid) == startTime
        {
            if hasVolumes { return try body("/proc/\(pid)/root") }
            // Who is root in a user namespace of its own has no power over the mounts of another's.
            guard let root = try? rootMount(of: pid) else { return try body("/proc/\(pid)/root") }
            return try body("/proc/self/fd/\(root.number)")
        }
        let lock = try containers.lock(container)
        defer { withExtendedLifetime(lock) {} }
        guard hasVolumes else { return try withLayers(of: container, body) }
        try fillVolumes(of: container)
        return try withLayers(of: container) { root in
            try mountVolumes(of: container, in: root)
            return try body(root)
        }
    }

    /// The directories that are a container's though they are mounted in its tree: its volumes, and what it has of the host.
    func mounted(in container: ContainerRecord) -> Set<LayerWriter.FileIdentity> {
        let folder = containers.folder(of: container.id)
        let sources = (container.volumes ?? []).map(folder.path) + (container.host?.binds ?? []).map(\.source)
        return Set(sources.compactMap { try? LayerWriter.FileIdentity(of: $0) })
    }

    /// The tree of the container's layers alone. Whoever calls holds its lock.
    ///
    /// - Throws: `SystemCallError`; what `body` throws.
    func withLayers<Value>(of container: ContainerRecord, _ body: (String) throws -> Value) throws -> Value {
        let folder = containers.folder(of: container.id)
        let mount = OverlayMount(
            lower: container.chainIDs.reversed().map(store.layerDirectory), upper: folder.upper, work: folder.work,
            target: folder.root)
        return try withPrivateMounts {
            try mountOverlay(mount)
            defer { try? unmountFilesystem(folder.root, lazily: true) }
            return try body(folder.root)
        }
    }
}
