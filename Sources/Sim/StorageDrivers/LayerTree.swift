public import LayerModel

/// What one layer holds, as a value.
public struct LayerTree: Hashable, Sendable {
    /// Every name, the root's empty one included.
    public private(set) var entries: [Path: LayerEntry]
    private var names: [Path: Set<ByteString>] = [:]

    /// - Parameter root: The attributes of the layer's own root directory.
    public init(root: LayerEntry = LayerEntry(kind: .directory, permissions: 0o755)) { entries = [.root: root] }

    /// Reads or sets one name and nothing else: link counts and what is beneath stay as they are.
    public subscript(path: Path) -> LayerEntry? {
        get { entries[path] }
        set {
            entries[path] = newValue
            guard let name = path.name else { return }
            if newValue == nil {
                names[path.parent]?.remove(name)
            } else {
                names[path.parent, default: []].insert(name)
            }
        }
    }

    /// The names directly beneath a directory.
    public func children(of path: Path) -> Set<ByteString> { names[path] ?? [] }

    /// How many directories lie directly beneath one.
    public func subdirectoryCount(of path: Path) -> Int {
        children(of: path).count { entries[path.appending($0)]?.kind == .directory }
    }
}

extension LayerTree {
    /// Takes a name away, with all that is beneath it. An object of several names has one less.
    mutating func remove(_ path: Path) {
        for name in children(of: path) { remove(path.appending(name)) }
        guard let entry = self[path] else { return }
        self[path] = nil
        guard entry.kind != .directory, entry.links > 1 else { return }
        for other in names(of: entry) { entries[other]?.links -= 1 }
    }

    /// Gives one object a further name.
    mutating func link(_ old: Path, _ new: Path) {
        remove(new)
        guard var entry = self[old] else { return }
        for name in names(of: entry) { entries[name]?.links += 1 }
        entry.links += 1
        self[new] = entry
    }

    mutating func move(_ old: Path, _ new: Path) {
        remove(new)
        for (path, entry) in taken(old) { self[Path(components: new.components + path)] = entry }
    }

    mutating func exchange(_ one: Path, _ other: Path) {
        let (first, second) = (taken(one), taken(other))
        for (path, entry) in first { self[Path(components: other.components + path)] = entry }
        for (path, entry) in second { self[Path(components: one.components + path)] = entry }
    }

    /// Sets the attributes of an object under all its names.
    mutating func set(_ path: Path, _ attributes: LayerEntry) {
        guard let old = self[path] else { return }
        for name in old.kind == .directory || old.links < 2 ? [path] : names(of: old) {
            entries[name]?.permissions = attributes.permissions
            entries[name]?.uid = attributes.uid
            entries[name]?.gid = attributes.gid
            entries[name]?.size = attributes.size
            entries[name]?.attributes = attributes.attributes
        }
    }

    private func names(of entry: LayerEntry) -> [Path] {
        entries.compactMap { $0.value.inode == entry.inode && $0.value.kind == entry.kind ? $0.key : nil }
    }

    /// Takes a subtree out: its names, without those that lead to it.
    private mutating func taken(_ path: Path) -> [([ByteString], LayerEntry)] {
        guard let entry = self[path] else { return [] }
        var subtree: [([ByteString], LayerEntry)] = [([], entry)]
        for name in children(of: path) {
            subtree += taken(path.appending(name)).map { ([name] + $0.0, $0.1) }
        }
        self[path] = nil
        return subtree
    }
}
