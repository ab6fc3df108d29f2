internal import Glibc

/// The containers that a prune took.
public struct PrunedContainers: Sendable {
    /// Those that went, each with the bytes of its writable layer, as far as these could be counted.
    public var removed: [(container: ContainerRecord, size: Int64)] = []
    /// What the disk refused first; the containers behind it were tried all the same.
    public var failure: (any Error)?

    public init() {}
}

extension LocalEngine {
    /// Removes the containers that do not run.
    ///
    /// - Parameter isWanted: which of them.
    /// - Throws: `EngineError` where the containers cannot be listed: then none went. A container that runs or goes
    ///   meanwhile is left to whoever did so.
    public func pruneContainers(where isWanted: (ContainerRecord) -> Bool) throws -> PrunedContainers {
        var pruned = PrunedContainers()
        for container in try containers.all() {
            if case .running = container.state { continue }
            guard isWanted(container) else { continue }
            let size = (try? writableSize(of: container)) ?? 0
            do {
                try remove(container)
            } catch is EngineError { continue } catch {
                pruned.failure = pruned.failure ?? error
                // What fails behind its last step, as the sweep does, has taken it all the same.
                if access(containers.folder(of: container.id).path, F_OK) == 0 { continue }
            }
            pruned.removed.append((container, size))
        }
        return pruned
    }
}
