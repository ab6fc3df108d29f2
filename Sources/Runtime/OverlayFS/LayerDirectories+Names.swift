internal import LayerModel

extension LayerDirectories {
    /// Every name that the upper layer holds, whiteouts included, without the root, and what stands there with the names
    /// of its extended attributes. Each directory is opened once.
    ///
    /// - Throws: `SystemCallError`
    func upperEntries() throws -> [Path: LayerEntry] {
        var entries: [Path: LayerEntry] = [:]
        var pending: [Path] = [.root]
        while let directory = pending.popLast() {
            try forEachUpperEntry(in: directory) { name, entry in
                let path = directory.appending(name)
                entries[path] = entry
                if entry.kind == .directory { pending.append(path) }
            }
        }
        return entries
    }
}
