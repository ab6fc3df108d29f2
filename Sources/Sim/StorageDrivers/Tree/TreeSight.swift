internal import LayerModel

/// The snapshots or copies that a container's own filesystem was made of, for who draws them.
extension VirtualFilesystem<TreeFilesystem> {
    mutating func sights(of paths: [Path], over stack: LayerStack, by caller: Credentials) -> [PathSight] {
        // Layers are applied in the same order with the same numbers, so an object of the image keeps its number.
        var trees: [FileTree] = []
        var tree = FileTree()
        for layer in stack.layers {
            var changes: [StorageChange] = []
            tree.apply(layer, stack.names, &changes)
            trees.append(tree)
        }
        return paths.map { path in
            let (resolved, merged) = look(at: path, by: caller)
            let seen = merged.map { entry in
                // A snapshot has no whiteouts: a device 0:0 is a device.
                var entry = entry
                if entry.kind == .whiteout { entry.kind = .characterDevice }
                return entry
            }
            var sight = PathSight(path: resolved, merged: seen, places: [], held: [:], descents: [:])
            var source: Int?
            for (index, tree) in trees.enumerated() {
                let layer = LayerID.lower(index + 1)
                let object = tree.find(resolved, stack.names)
                sight.held[layer] = object.map { LayerEntry(snapshot: tree[$0]) }
                let isOwn = stack.layers[index].find(resolved, stack.names) != nil
                sight.descents[layer] = PathSight.Descent(object != nil, isOwn: isOwn, source)
                source = object == nil ? nil : isOwn ? index + 1 : source
            }
            let object = driver.tree.find(resolved, driver.names)
            sight.held[.upper] = object.map { LayerEntry(snapshot: driver.tree[$0]) }
            let before = source == nil ? nil : trees.last?.find(resolved, stack.names)
            let isOwn = object.map { $0 != before || driver.made.contains($0.number) } ?? false
            sight.descents[.upper] = PathSight.Descent(object != nil, isOwn: isOwn, source)
            if let object, !isOwn, let source, driver.changed.contains(object.number) {
                sight.descents[.upper] = .changed(from: source)
            }
            if let entry = sight.held[.upper] {
                sight.places = [LayerPlace(layer: .upper, path: resolved, entry: entry)]
            }
            return sight
        }
    }
}

extension PathSight.Descent {
    /// - Parameter source: The layer that brought what the snapshot beneath has, if it has anything.
    fileprivate init?(_ isThere: Bool, isOwn: Bool, _ source: Int?) {
        switch (isThere, source) {
        case (true, let source?): self = isOwn ? .own : .kept(from: source)
        case (true, nil): self = .own
        case (false, .some): self = .deleted
        case (false, nil): return nil
        }
    }
}

extension LayerEntry {
    /// A snapshot has no whiteouts: a device 0:0 is a device.
    fileprivate init(snapshot inode: Inode) {
        self.init(inode)
        guard kind == .whiteout else { return }
        kind = .characterDevice
        device = inode.device
    }
}
