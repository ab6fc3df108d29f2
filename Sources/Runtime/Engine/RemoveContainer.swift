internal import Glibc
public import Linux
internal import ContentStore
internal import OCI

extension LocalEngine {
    /// Removes a container and its writable layer; the image stays.
    ///
    /// - Parameters:
    ///   - force: also ends one that runs.
    ///   - lock: the container's, where the caller has it already.
    /// - Throws: `EngineError` when it runs and `force` is not given.
    public func remove(_ container: ContainerRecord, force: Bool = false, lock: PresenceLock? = nil) throws {
        var lock = lock
        if case .running(let pid, _, _) = container.state {
            guard force else {
                throw EngineError(
                    "You cannot remove a running container \(container.id). "
                        + "Stop the container before attempting removal or force remove", exitStatus: 1)
            }
            // Process 1 takes all others of its pid namespace with it (pid_namespaces(7)).
            kill(pid, SIGKILL)
            // Whoever ran it writes its end first, and takes it away itself after `--rm`.
            if lock == nil {
                guard let free = try PresenceLock.waiting(for: containers.folder(of: container.id).path) else { return }
                lock = free
            }
        }
        let held = try lock ?? containers.lock(container)
        defer { withExtendedLifetime(held) {} }
        try containers.remove(container.id)
        // The image went before: what it left for this container's sake is nobody's now.
        if let image = try? Digest(container.imageID), !store.holds(image) {
            _ = try store.sweep(keeping: try home.usedLayers())
        }
    }
}
