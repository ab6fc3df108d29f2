internal import Glibc

extension LocalEngine {
    /// Removes a container and its writable layer; the image stays.
    ///
    /// - Parameter force: also ends one that runs.
    /// - Throws: `EngineError` when it runs and `force` is not given.
    public func remove(_ container: ContainerRecord, force: Bool = false) throws {
        if case .running(let pid, _, _) = container.state {
            guard force else {
                throw EngineError(
                    "You cannot remove a running container \(container.id). "
                        + "Stop the container before attempting removal or force remove", exitStatus: 1)
            }
            // Process 1 takes all others of its pid namespace with it (pid_namespaces(7)).
            kill(pid, SIGKILL)
        }
        try containers.remove(container.id)
    }
}
