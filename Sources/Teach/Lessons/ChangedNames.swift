import LayerModel

/// The names that calls changed, and whether each is in the upper layer now.
///
/// A package's installation renames each of its files, so that a rename must cost what it moves and not what there is.
struct ChangedNames: ~Copyable {
    /// In the order in which they were changed first.
    private(set) var inOrder: [(path: Path, isHere: Bool)] = []
    private var positions: [Path: Int] = [:]
    private let tree = Directory()

    /// A name, and the names beneath it, of those that are here.
    private final class Directory {
        /// Its place in the order; `nil` where it is only on the way to others.
        var position: Int?
        private var children: [ByteString: Directory] = [:]

        func insert(_ names: ArraySlice<ByteString>, at position: Int) {
            guard let name = names.first else {
                self.position = position
                return
            }
            let child = children[name] ?? Directory()
            children[name] = child
            child.insert(names.dropFirst(), at: position)
        }

        /// What leads nowhere any longer goes too: else a directory that moves often would be looked through for the dead.
        func remove(_ names: ArraySlice<ByteString>) {
            guard let name = names.first else {
                position = nil
                return
            }
            guard let child = children[name] else { return }
            child.remove(names.dropFirst())
            if child.position == nil, child.children.isEmpty { children[name] = nil }
        }

        func find(_ names: ArraySlice<ByteString>) -> Directory? {
            guard let name = names.first else { return self }
            return children[name]?.find(names.dropFirst())
        }

        var positionsBeneath: [Int] {
            children.values.flatMap { child in (child.position.map { [$0] } ?? []) + child.positionsBeneath }
        }
    }

    mutating func set(_ path: Path, isHere: Bool) {
        let position = positions[path] ?? inOrder.count
        if position == inOrder.count {
            positions[path] = position
            inOrder.append((path, isHere))
        } else {
            inOrder[position].isHere = isHere
        }
        if isHere { tree.insert(path.components[...], at: position) } else { tree.remove(path.components[...]) }
    }

    /// The names beneath `old` are beneath `new` instead; `old` itself is not touched.
    mutating func moveWhatLiesBeneath(_ old: Path, to new: Path) {
        guard let directory = tree.find(old.components[...]) else { return }
        for position in directory.positionsBeneath.sorted() {
            let path = inOrder[position].path
            set(path, isHere: false)
            set(Path(components: new.components + path.components.dropFirst(old.components.count)), isHere: true)
        }
    }
}
