internal import LayerModel

/// An object as a mounted filesystem shows it, by the number that its driver gives it: what the kernel calls an inode.
struct NodeID: Hashable, Sendable {
    let number: UInt32
    /// No object.
    static let none = NodeID(number: .max)
}

/// A name in a directory, whether something stands there or not.
struct Dentry: Hashable, Sendable {
    var parent: NodeID
    var name: Name
}

/// What setattr is asked to change; `nil` leaves as it is.
struct AttributeChange: Sendable {
    var permissions: UInt16?
    /// The set-id bits that go, where the object has them (ATTR_KILL_SUID, ATTR_KILL_SGID).
    var droppedSetIDs: UInt16 = 0
    var uid: UInt32?
    var gid: UInt32?
    var size: Int64?
    /// In nanoseconds since 1970.
    var accessed: Int64?
    var modified: Int64?
    /// Whether `security.capability` goes.
    var dropsCapability = false
}

/// What a storage driver answers the kernel's virtual filesystem: the operations on inodes of
/// Documentation/filesystems/vfs.rst. Permissions, path walks, flags and descriptors are the kernel's own business, and
/// written once for all drivers.
///
/// What a call does to the layers and what that costs is added to the account that is handed along.
protocol StorageDriver: Sendable {
    var names: NameTable { get set }
    var root: NodeID { get }
    /// s_maxbytes: what is longer is EFBIG.
    var largestFile: Int64 { get }
    /// Whether RENAME_WHITEOUT is taken.
    var makesWhiteouts: Bool { get }

    // Looking.
    /// The number of a name that is in use, or `Name.unknown`.
    func name(for text: ByteString) -> Name
    func attributes(of node: NodeID) -> InodeAttributes
    func parent(of directory: NodeID) -> NodeID
    /// The name of a directory in its parent.
    func name(of directory: NodeID) -> Name
    mutating func lookup(_ name: Name, in directory: NodeID) throws(Errno) -> NodeID?
    /// What stat tells.
    func entry(of node: NodeID) -> LayerEntry
    /// How many names the kernel counts, which is 0 for an open file that lost its last one.
    func linkCount(of node: NodeID) -> UInt32
    func size(of node: NodeID) -> Int64
    func target(of link: NodeID) -> String
    func device(of node: NodeID) -> DeviceNumber?
    func data(of file: NodeID) -> FileData
    func xattr(_ name: String, of node: NodeID) -> [UInt8]?
    mutating func names(in directory: NodeID) throws(Errno) -> [Name]

    // Names.
    mutating func create(_ inode: Inode, at dentry: Dentry, _ account: inout Account) throws(Errno) -> NodeID
    /// A file without a name, held for its opener.
    mutating func makeTemporary(_ inode: Inode, in directory: NodeID, _ account: inout Account) throws(Errno) -> NodeID
    /// - Parameter source: A name that the node has, or had when it was opened.
    mutating func link(
        _ node: NodeID, _ source: Dentry, at dentry: Dentry, _ account: inout Account
    ) throws(Errno)
    mutating func unlink(_ node: NodeID, at dentry: Dentry, _ account: inout Account) throws(Errno)
    mutating func removeDirectory(_ node: NodeID, at dentry: Dentry, _ account: inout Account) throws(Errno)
    /// - Parameter mark: The whiteout that takes the old name.
    mutating func rename(
        _ node: NodeID, _ source: Dentry, to target: Dentry, over other: NodeID?, exchanging: Bool,
        leaving mark: Inode?, _ account: inout Account
    ) throws(Errno)

    // Objects. `dentry` is the name through which the call came.
    mutating func open(
        _ node: NodeID, at dentry: Dentry, _ flags: OpenFlags, _ account: inout Account
    ) throws(Errno)
    mutating func change(
        _ node: NodeID, at dentry: Dentry, _ change: AttributeChange, _ account: inout Account
    ) throws(Errno)
    /// - Parameter value: `nil` removes.
    mutating func setXattr(
        _ name: String, _ value: [UInt8]?, _ flags: XattrFlags, of node: NodeID, at dentry: Dentry,
        _ account: inout Account
    ) throws(Errno)
    /// Changes the contents of a file that is open for writing.
    mutating func changeData(
        of file: NodeID, at dentry: Dentry, touching range: Range<Int64>, _ account: inout Account,
        _ change: (inout FileData) -> Void
    )
    func sharesPageCache(_ file: NodeID) -> Bool

    /// Goes down the first names of a path, but not the last, as far as each is that of a directory which is remembered and
    /// which the caller may search: where nothing else is to be looked at, a walk comes to nothing else.
    ///
    /// - Returns: How many names are behind; `directory` is where the last of them led.
    func pass(_ path: [ByteString], from directory: inout NodeID, _ caller: Credentials) -> Int

    /// A call has ended, whether it succeeded or not.
    mutating func finish(_ account: inout Account)
    /// What a name may not be, whatever stands under it.
    func check(_ name: ByteString) throws(Errno)
    /// What the driver itself answers about an extended attribute of that name, whether it exists or not.
    func error(forAttribute name: String) -> Errno?

    // Open files keep their nodes.
    mutating func hold(_ node: NodeID)
    mutating func release(_ node: NodeID)
}

extension StorageDriver {
    @inline(__always) mutating func finish(_ account: inout Account) {}
    @inline(__always) func check(_ name: ByteString) throws(Errno) {}
    func error(forAttribute name: String) -> Errno? { nil }
    @inline(__always) func pass(_ path: [ByteString], from directory: inout NodeID, _ caller: Credentials) -> Int { 0 }

    /// The resolved path of a name.
    func path(of dentry: Dentry) -> Path {
        var components: [ByteString] = dentry.name == .unknown ? [] : [ByteString(names[dentry.name])]
        var directory = dentry.parent
        while directory != root {
            components.append(ByteString(names[name(of: directory)]))
            directory = parent(of: directory)
        }
        components.reverse()
        return Path(components: components)
    }

    func path(of directory: NodeID) -> Path {
        directory == root ? .root : path(of: Dentry(parent: parent(of: directory), name: name(of: directory)))
    }

    /// Whether a directory is another one or lies beneath it.
    func isAtOrBeneath(_ directory: NodeID, _ other: NodeID) -> Bool {
        var here = directory
        while here != other {
            if here == root { return false }
            here = parent(of: here)
        }
        return true
    }
}

/// What one call did and cost, as its answer will tell.
struct Account {
    private(set) var effects: [LayerEffect] = []
    var cost = Cost()
    /// Whether the change of a file's contents that follows only makes room for them (fallocate(2)).
    var isAllocation = false
    /// Names of which the path is known, because the call spelled it out.
    private var spelled: (one: (Dentry, Path)?, other: (Dentry, Path)?) = (nil, nil)

    mutating func know(_ dentry: Dentry, _ path: Path) {
        if spelled.one == nil { spelled.one = (dentry, path) } else { spelled.other = (dentry, path) }
    }

    @inline(__always) mutating func add(
        _ kind: LayerEffect.Kind, _ dentry: Dentry, layer: LayerID = .upper, size: Int64? = nil,
        in driver: borrowing some StorageDriver
    ) {
        // Inlined up to here, as most names are spelled: a driver that is handed on is copied.
        if let path = spelling(of: dentry) {
            add(kind, path, layer: layer, size: size)
        } else {
            add(kind, driver.path(of: dentry), layer: layer, size: size)
        }
    }

    private func spelling(of dentry: Dentry) -> Path? {
        if let (known, spelling) = spelled.one, known == dentry { return spelling }
        if let (known, spelling) = spelled.other, known == dentry { return spelling }
        return nil
    }

    private mutating func add(_ kind: LayerEffect.Kind, _ path: Path, layer: LayerID, size: Int64?) {
        // Most calls leave up to three, and one piece of memory.
        if effects.isEmpty { effects.reserveCapacity(3) }
        effects.append(LayerEffect(kind, path, layer: layer, size: size))
    }

    /// The effects in canonical order.
    mutating func sortedEffects() -> [LayerEffect] {
        if effects.count > 1 { effects.sort() }
        return effects
    }
}
