internal import LayerModel

/// What the union is made of, for who draws it.
extension OverlayFilesystem {
    /// What each layer holds under a name, whatever the union makes of it.
    func held(at path: Path) -> [LayerID: LayerEntry] {
        var held: [LayerID: LayerEntry] = [:]
        if let id = upper.find(path, names) { held[.upper] = LayerEntry(upper[id]) }
        for (index, layer) in layers.enumerated() {
            if let id = layer.find(path, names) { held[.lower(index + 1)] = LayerEntry(layer[id]) }
        }
        return held
    }

    /// The objects that the union shows under a resolved path, topmost first; none where there is nothing. A redirect
    /// makes a lower object lie under another name.
    mutating func places(of path: Path) -> [LayerPlace] {
        var (directory, node) = (root, root)
        for text in path.components {
            directory = node
            guard self[directory].directory != .max,
                let next = (try? lookup(names.find(text.text), in: directory)) ?? nil
            else { return [] }
            node = next
        }
        let found = self[node]
        var places: [LayerPlace] = []
        if found.upper != .none {
            let isHere = upper.find(path, names) == found.upper
            places.append(
                LayerPlace(
                    layer: .upper, path: isHere ? path : upper.path(of: found.upper, names),
                    entry: LayerEntry(upper[found.upper])))
        }
        var lowers = Array(self.lowers(of: node))
        if found.directory == .max {
            lowers = found.upper == .none ? [found.lower] : []
            if let data = lowerData(of: node), data != lowers.first { lowers.append(data) }
        }
        return places
            + lowers.map { object in
                LayerPlace(
                    layer: layerID(object), path: name(of: object, like: path, in: directory),
                    entry: LayerEntry(layers[Int(object.layer)][object.inode]))
            }
    }

    /// A name of a lower object: where the directory's own part in that layer holds the name, it is that one.
    private func name(of object: LowerObject, like path: Path, in directory: NodeID) -> Path? {
        let tree = layers[Int(object.layer)]
        let parent = lowers(of: directory).first { $0.layer == object.layer }
        if let parent, let name = path.name, tree.child(names.find(name.text), of: parent.inode) == object.inode {
            return tree.path(of: parent.inode, names)?.appending(name)
        }
        if tree.find(path, names) == object.inode { return path }
        return tree.path(of: object.inode, names)
    }
}
