public import LayerModel

extension LayerDirectories {
    /// Every name that the upper layer holds, whiteouts included, without the root.
    ///
    /// - Throws: `SystemCallError`
    public func upperNames() throws -> Set<Path> {
        var names: Set<Path> = []
        var pending: [Path] = [.root]
        while let directory = pending.popLast() {
            for (name, entry) in try children(of: directory, in: .upper) {
                let path = directory.appending(name)
                names.insert(path)
                if entry.kind == .directory { pending.append(path) }
            }
        }
        return names
    }
}
