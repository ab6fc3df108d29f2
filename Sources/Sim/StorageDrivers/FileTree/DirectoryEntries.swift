internal import HashTreeCollections

/// The names of one directory, each with the number of what it stands for.
///
/// A few names are a plain list; many are a hash tree, so that neither a lookup nor the first write after a copy grows
/// with the directory.
struct DirectoryEntries: Sendable {
    struct Entry: Sendable {
        var name: Name
        var number: UInt32
    }

    private static var longestList: Int { 24 }
    private var list: ContiguousArray<Entry> = []
    private var tree: TreeDictionary<Name, UInt32> = [:]

    init() {}

    var count: Int { list.count + tree.count }
    var isEmpty: Bool { count == 0 }

    subscript(name: Name) -> UInt32? {
        get {
            if let index = index(of: name) { return list[index].number }
            return tree.isEmpty ? nil : tree[name]
        }
        set {
            if let newValue { set(name, newValue) } else { remove(name) }
        }
    }

    private func index(of name: Name) -> Int? {
        list.withUnsafeBufferPointer { entries in
            for index in entries.indices where entries[index].name == name { return index }
            return nil
        }
    }

    private mutating func set(_ name: Name, _ number: UInt32) {
        if let index = index(of: name) {
            list[index].number = number
        } else if !tree.isEmpty {
            tree[name] = number
        } else if list.count < Self.longestList {
            list.append(Entry(name: name, number: number))
        } else {
            for entry in list { tree[entry.name] = entry.number }
            list = []
            tree[name] = number
        }
    }

    private mutating func remove(_ name: Name) {
        if let index = index(of: name) {
            list.swapAt(index, list.count - 1)
            list.removeLast()
        } else if !tree.isEmpty {
            tree[name] = nil
        }
    }

    /// Every name, in no order that means anything.
    func forEach<Failure>(_ body: (Name, UInt32) throws(Failure) -> Void) throws(Failure) {
        for entry in list { try body(entry.name, entry.number) }
        for (name, number) in tree { try body(name, number) }
    }
}
