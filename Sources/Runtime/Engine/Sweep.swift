public import ContentStore
internal import Glibc
internal import Linux
internal import OCI

extension LocalEngine {
    /// Frees the layers and blobs that neither an image nor a container of this home needs.
    ///
    /// - Returns: `nil` when somebody is adding content just now; nothing is freed then.
    /// - Throws: what the disk or the store refuses.
    @discardableResult
    public func sweep() throws -> Removal? {
        let runs = ((try? directoryNames(at: home.runs, ofType: DT_DIR)) ?? []).map { "\(home.runs)/\($0)/containers" }
        return try store.sweep(
            keeping: Set(try ([home.containers] + runs).flatMap { try ContainerShelf(path: $0).usedLayers() }))
    }
}
