import LayerModel

/// The names that one layer holds so far, as far as the next line depends on them.
struct LayerNames {
    private var kinds: [Path: NodeKind] = [.root: .directory]

    /// What stands under a name that must exist.
    func kind(of path: Path, at offset: Int) throws(Misfit) -> NodeKind {
        guard let kind = kinds[path] else {
            throw Misfit(at: offset, "this layer holds no \(path.shown) so far; expected a name that it holds")
        }
        return kind
    }

    /// Adds a name that must be new.
    mutating func add(_ path: Path, _ kind: NodeKind, at offset: Int) throws(Misfit) {
        if path == .root {
            let article = kind == .whiteout ? "whited out" : "made anew"
            throw Misfit(at: offset, "the root is a directory in each layer and cannot be \(article)")
        }
        if kinds[path] != nil {
            throw Misfit(at: offset, "\(path.shown) is given twice in this layer; expected another name")
        }
        try checkParent(of: path, at: offset)
        kinds[path] = kind
    }

    /// Adds a directory, which may be there already.
    mutating func addDirectory(_ path: Path, at offset: Int) throws(Misfit) {
        if kinds[path] != .directory { try add(path, .directory, at: offset) }
    }

    /// Adds another name of something that is there.
    mutating func addLink(_ path: Path, at offset: Int, to other: Path, at place: Int) throws(Misfit) {
        let kind = try kind(of: other, at: place)
        if kind == .directory { throw Misfit(at: place, "\(other.shown) is a directory, which can have no hard link") }
        if kind == .whiteout { throw Misfit(at: place, "\(other.shown) is a whiteout, which can have no hard link") }
        try add(path, kind, at: offset)
    }

    private func checkParent(of path: Path, at offset: Int) throws(Misfit) {
        let parent = path.parent
        guard let kind = kinds[parent] else {
            throw Misfit(
                at: offset,
                "\(parent.shown) is not in this layer, and parents are not made by themselves; expected `dir "
                    + "\(parent.shown)` on a line before")
        }
        if kind != .directory { throw Misfit(at: offset, "\(parent.shown) is no directory in this layer") }
    }
}
