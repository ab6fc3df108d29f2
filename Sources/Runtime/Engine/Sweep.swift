public import ContentStore

extension LocalEngine {
    /// Frees the layers and blobs that neither an image nor a container of this home needs.
    ///
    /// - Returns: `nil` when somebody is adding content just now; nothing is freed then.
    /// - Throws: what the disk or the store refuses.
    @discardableResult
    public func sweep() throws -> Removal? {
        try store.sweep(keeping: home.usedLayers())
    }

    /// Frees what images used that were removed while somebody was adding content.
    ///
    /// - Throws: what the disk or the store refuses.
    public func sweepWhatWasLeft() throws { try store.sweepWhatWasLeft(keeping: home.usedLayers()) }
}
