internal import HashTreeCollections
internal import LayerModel

/// A filesystem as a value: objects by number, and the names of each directory. Nothing is checked here; a snapshot
/// costs nothing, and the first write after it a few pages.
struct FileTree: Sendable {
    private struct Directory: Sendable {
        var entries = DirectoryEntries()
        var parent: InodeID
        var name: Name
        var subdirectories: UInt32 = 0
    }

    static let root = InodeID(number: 0)

    private var inodes = PagedArray<Inode>()
    private var directories = PagedArray<Directory>()
    /// The heads of the lists of numbers that are free; the next one stands in `holds` and `subdirectories`.
    private var freeInode = UInt32.max
    private var freeDirectory = UInt32.max
    /// Which blocks a file shares with what it was cloned from, of those that share any.
    var clones: TreeDictionary<InodeID, ExtentMap> = [:]
    /// Whether a whiteout was ever made in it; where none was, none is looked for.
    var mayHoldWhiteouts = false
    /// What files had to themselves that are gone, in bytes.
    private var freed: Int64 = 0

    init(permissions: UInt16 = 0o755) {
        directories.append(Directory(parent: Self.root, name: .unknown))
        let attributes = InodeAttributes(kind: .directory, permissions: permissions, uid: 0, gid: 0)
        inodes.append(Inode(attributes, .directory(0)))
    }

    subscript(id: InodeID) -> Inode {
        @inline(__always) _read { yield inodes[Int(id.number)] }
        @inline(__always) _modify { yield &inodes[Int(id.number)] }
    }

    /// Looks at an object where it lies.
    @inline(__always)
    func withInode<Result>(_ id: InodeID, _ body: (borrowing Inode) -> Result) -> Result {
        inodes.withElement(Int(id.number), body)
    }

    @inline(__always) private func record(_ directory: InodeID) -> Int {
        inodes.withElement(Int(directory.number)) { inode in
            guard case .directory(let record) = inode.body else { preconditionFailure("not a directory") }
            return Int(record)
        }
    }

    /// How many numbers of objects are in use or were.
    var inodeCount: Int { inodes.count }

    // MARK: Looking

    func child(_ name: Name, of directory: InodeID) -> InodeID? {
        directories.withAddress(of: record(directory)) { $0.pointee.entries[name] }.map(InodeID.init(number:))
    }

    func parent(of directory: InodeID) -> InodeID { directories[record(directory)].parent }

    /// The name under which a directory stands in its parent; `Name.unknown` for the root.
    func name(of directory: InodeID) -> Name { directories[record(directory)].name }

    func isEmpty(_ directory: InodeID) -> Bool { directories[record(directory)].entries.isEmpty }

    func subdirectories(of directory: InodeID) -> UInt32 { directories[record(directory)].subdirectories }

    func forEachChild<Failure>(
        of directory: InodeID, _ body: (Name, InodeID) throws(Failure) -> Void
    ) throws(Failure) {
        try directories[record(directory)].entries.forEach { (name, number) throws(Failure) in
            try body(name, InodeID(number: number))
        }
    }

    // MARK: Changing

    /// A new object without a name; it is gone when nothing holds it.
    mutating func make(_ inode: consuming Inode) -> InodeID {
        inode.links = 0
        inode.holds = 0
        if inode.isDirectory { inode.body = .directory(makeRecord()) }
        if inode.isWhiteout { mayHoldWhiteouts = true }
        guard freeInode != .max else {
            inodes.append(inode)
            return InodeID(number: UInt32(inodes.count - 1))
        }
        let id = InodeID(number: freeInode)
        freeInode = self[id].holds
        self[id] = inode
        return id
    }

    private mutating func makeRecord() -> UInt32 {
        let directory = Directory(parent: .none, name: .unknown)
        guard freeDirectory != .max else {
            directories.append(directory)
            return UInt32(directories.count - 1)
        }
        let number = freeDirectory
        freeDirectory = directories[Int(number)].subdirectories
        directories[Int(number)] = directory
        return number
    }

    /// Gives the object a name, which must be free.
    mutating func attach(_ id: InodeID, _ name: Name, in parent: InodeID) {
        self[id].links += 1
        put(id, name, in: parent)
    }

    /// Takes the name away, and the object with it if that was its last one and nothing holds it. A directory's own
    /// names go too.
    mutating func detach(_ name: Name, in parent: InodeID) {
        guard let id = child(name, of: parent) else { return }
        take(id, name, from: parent)
        self[id].links -= 1
        if self[id].isDirectory {
            var names: [Name] = []
            forEachChild(of: id) { name, _ in names.append(name) }
            for name in names { detach(name, in: id) }
        }
        free(id)
    }

    /// Puts the object under another name, which must be free.
    mutating func move(_ name: Name, in parent: InodeID, to newName: Name, in newParent: InodeID) {
        guard let id = child(name, of: parent) else { return }
        take(id, name, from: parent)
        put(id, newName, in: newParent)
    }

    mutating func exchange(_ name: Name, in parent: InodeID, with newName: Name, in newParent: InodeID) {
        guard let one = child(name, of: parent), let other = child(newName, of: newParent) else { return }
        take(one, name, from: parent)
        take(other, newName, from: newParent)
        put(one, newName, in: newParent)
        put(other, name, in: parent)
    }

    private mutating func put(_ id: InodeID, _ name: Name, in parent: InodeID) {
        let record = record(parent)
        directories[record].entries[name] = id.number
        guard self[id].isDirectory else { return }
        directories[record].subdirectories += 1
        let own = self.record(id)
        directories[own].parent = parent
        directories[own].name = name
    }

    private mutating func take(_ id: InodeID, _ name: Name, from parent: InodeID) {
        let record = record(parent)
        directories[record].entries[name] = nil
        if self[id].isDirectory { directories[record].subdirectories -= 1 }
    }

    mutating func hold(_ id: InodeID) { self[id].holds += 1 }

    mutating func release(_ id: InodeID) {
        self[id].holds -= 1
        free(id)
    }

    /// The bytes that files gave back which went since this was asked last.
    @inline(__always) mutating func takeFreed() -> Int64 {
        guard freed != 0 else { return 0 }
        defer { freed = 0 }
        return freed
    }

    private mutating func free(_ id: InodeID) {
        guard self[id].links == 0, self[id].holds == 0 else { return }
        if withInode(id, { $0.attributes.kind == .file }) {
            freed &+= storedBytes(of: id)
            if !clones.isEmpty { clones[id] = nil }
        }
        if case .directory(let record) = self[id].body {
            directories[Int(record)] = Directory(parent: .none, name: .unknown, subdirectories: freeDirectory)
            freeDirectory = record
        }
        self[id] = Inode(InodeAttributes(kind: .file, permissions: 0, uid: 0, gid: 0), .special)
        self[id].holds = freeInode
        freeInode = id.number
    }
}
