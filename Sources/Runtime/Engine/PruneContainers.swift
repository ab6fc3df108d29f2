extension LocalEngine {
    /// Removes the containers that do not run.
    ///
    /// - Parameter isWanted: which of them.
    /// - Returns: those that went, each with the bytes of its writable layer.
    /// - Throws: what the disk refuses. A container that runs or goes meanwhile is left to whoever did so.
    public func pruneContainers(
        where isWanted: (ContainerRecord) -> Bool
    ) throws -> [(container: ContainerRecord, size: Int64)] {
        var pruned: [(ContainerRecord, Int64)] = []
        for container in try containers.all() {
            if case .running = container.state { continue }
            guard isWanted(container), let size = try? writableSize(of: container) else { continue }
            do { try remove(container) } catch is EngineError { continue }
            pruned.append((container, size))
        }
        return pruned
    }
}
