internal import ContentStore
public import OCI

/// What `docker image prune` took away.
public struct PrunedImages: Hashable, Sendable {
    public var deletions: [ImageDeletion] = []
    /// The logical bytes of the layers that went.
    public var reclaimed: Int64 = 0

    public init() {}
}

extension LocalEngine {
    /// Removes the images that have no name or, with `all`, those that no container was made of. What others were made of
    /// goes with the last of these.
    ///
    /// - Parameter isWanted: is given the config of each; one that cannot be read is never asked for.
    /// - Throws: what the disk or the store refuses. An image that comes into use meanwhile stays.
    public func pruneImages(all: Bool, where isWanted: ((ImageConfig) -> Bool)? = nil) throws -> PrunedImages {
        var pruned = PrunedImages()
        try sweepWhatWasLeft()
        for image in try store.indexedImages() where all || image.names.isEmpty {
            if try containers.all().contains(where: { $0.imageID == "\(image.id)" }) { continue }
            if let isWanted {
                guard let config = try? store.config(of: image), isWanted(config) else { continue }
            }
            let sizes = (try? store.layerSizes(of: image)) ?? [:]
            do {
                let names = image.names
                // One that got a name meanwhile stays.
                let removed = try names.isEmpty ? delete([], of: image) : names.flatMap { try removeImage("\($0)") }
                pruned.deletions += removed
                for case .deleted(let digest) in removed { pruned.reclaimed += sizes[digest] ?? 0 }
            } catch let error as EngineError where error.exitStatus == 1 {
                continue
            } catch StoreError.noSuchImage {
                continue
            }
        }
        return pruned
    }
}
