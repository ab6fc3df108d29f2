internal import ContentStore

extension LocalEngine {
    /// Writes a container's whole filesystem as a tar, as docker export(1). What is mounted in it stays out.
    ///
    /// - Throws: `EngineError`, `StoreError`, `SystemCallError`
    public func export(_ container: ContainerRecord, to descriptor: CInt) throws {
        try withTree(of: container, hasVolumes: false) { root in
            _ = try LayerWriter(compression: .none, isTree: true).write(root, to: descriptor)
        }
    }
}
