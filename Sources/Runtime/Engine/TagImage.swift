internal import ContentStore
public import OCI

extension LocalEngine {
    /// Gives an image one more name; an image that had it loses it.
    ///
    /// - Throws: `EngineError` when there is no such image; what the store throws.
    public func tag(_ source: String, as target: ImageReference) throws {
        // Nobody frees it between its being found and its being named.
        let lease = try store.lease()
        defer { _ = lease }
        try store.tag(try existingImage(source), target)
    }
}
