internal import ContentStore
internal import Glibc
internal import LayerModel
internal import Linux

extension LocalEngine {
    /// Calls `body` with the container's root directory as a path: of one that runs, its own; of any other, its layers
    /// mounted where this thread alone sees them, and gone with it. Nobody starts or removes it meanwhile.
    ///
    /// - Throws: `EngineError` when another command is using it, `SystemCallError`; what `body` throws.
    func withTree<Value>(of container: ContainerRecord, _ body: (String) throws -> Value) throws -> Value {
        if case .running(let pid, let startTime, _) = container.state,
            ProcessIdentity.startTime(of: pid) == startTime
        {
            return try body("/proc/\(pid)/root")
        }
        let lock = try containers.lock(container)
        defer { withExtendedLifetime(lock) {} }
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
