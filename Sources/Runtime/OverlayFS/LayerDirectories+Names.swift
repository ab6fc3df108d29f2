public import LayerModel

extension LayerDirectories {
    /// Every name that the upper layer holds, whiteouts included, without the root.
    ///
    /// - Throws: `SystemCallError`
    public func upperNames() throws -> Set<Path> { Set(try upperEntries().keys) }

    /// Every name that the upper layer holds, whiteouts included, without the root, and what stands there.
    ///
    /// - Throws: `SystemCallError`
    public func upperEntries() throws -> [Path: LayerEntry] {
        var entries: [Path: LayerEntry] = [:]
        var pending: [Path] = [.root]
        while let directory = pending.popLast() {
            for (name, entry) in try children(of: directory, in: .upper) {
                let path = directory.appending(name)
                entries[path] = entry
                if entry.kind == .directory { pending.append(path) }
            }
        }
        return entries
    }
}
