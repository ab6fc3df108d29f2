internal import Linux

/// Locks on the directories of cache mounts.
enum CacheLocks {
    /// Locks directories for one command. Everybody takes them in the same order, so that nobody waits for a lock while
    /// he holds one that the other waits for.
    ///
    /// - Parameter pause: is called again and again while somebody else holds one, and may end the wait by throwing.
    /// - Throws: `BuildError` where one is gone, `SystemCallError`; what `pause` throws.
    static func take(_ folders: Set<String>, _ pause: () throws -> Void) throws -> [PresenceLock] {
        try folders.sorted().map { folder in
            guard let lock = try PresenceLock.waiting(for: folder, pause) else {
                throw BuildError("the cache mount in \(folder) was removed meanwhile: build again")
            }
            return lock
        }
    }
}
