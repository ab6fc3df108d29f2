internal import LayerModel

/// AUFS: branches, of which the topmost can be written, as Docker's `aufs` driver mounted them (aufs(5) and the sources
/// of aufs-standalone; no kernel of ours has it).
///
/// Its lookups are those of overlayfs over the same marks, so they are asked of one; what it does to its upper branch is
/// its own:
/// - the first *write* copies up, not the open; the whole file is read, and a truncation copies what it leaves alone;
/// - names of one lower file stay joined while the mount lasts (pseudo-links): the upper branch gets a name when that name
///   is copied up, as a hard link if another has been;
/// - link(2) of a lower file copies it under the new name, and leaves the old one where it is;
/// - a directory is renamed unless it has children on two branches, which is EXDEV; an empty one of a lower branch is
///   copied up and renamed;
/// - a name that begins with `.wh.` is EPERM, one of more than 242 bytes ENAMETOOLONG (AUFS_MAX_NAMELEN).
///
/// Effects are told as overlay2's are; `link-broken` never happens.
struct AufsFilesystem: StorageDriver {
    /// The lookups of the union, its nodes and its upper branch.
    var union: OverlayFilesystem
    /// Whether zeros can be told from other contents.
    let contentsAreKnown: Bool

    /// AUFS_BRANCH_MAX_127, the default: the writable branch counts.
    static let mostBranches = 127
    /// AUFS_MAX_NAMELEN: twice a whiteout's prefix, a dot and a suffix are kept free.
    static let longestName = 242
    static let whiteoutPrefix = ".wh."

    init(_ stack: LayerStack, upper: FileTree, backing: BackingFilesystem) {
        var options = OverlayOptions()
        options.redirect = .nofollow
        options.ownsAttributes = false
        // Names of one lower object are one node.
        options.index = true
        contentsAreKnown = stack.contentsAreKnown
        union = OverlayFilesystem(stack, upper: upper, options, backing: backing)
    }

    var names: NameTable {
        _read { yield union.names }
        _modify { yield &union.names }
    }

    var root: NodeID { union.root }
    var largestFile: Int64 { union.largestFile }
    /// aufs_rename() refuses RENAME_WHITEOUT with EINVAL.
    var makesWhiteouts: Bool { false }

    /// au_test_shwh(), aufs_lookup()
    func check(_ name: ByteString) throws(Errno) {
        if name.isLonger(than: Self.longestName) { throw .ENAMETOOLONG }
        if name.hasPrefix(Self.whiteoutPrefix) { throw .EPERM }
    }

    // MARK: Looking, which is the union's

    func name(for text: ByteString) -> Name { union.name(for: text) }
    func attributes(of node: NodeID) -> InodeAttributes { union.attributes(of: node) }
    func parent(of directory: NodeID) -> NodeID { union.parent(of: directory) }
    func name(of directory: NodeID) -> Name { union.name(of: directory) }
    mutating func lookup(_ name: Name, in directory: NodeID) throws(Errno) -> NodeID? {
        try union.lookup(name, in: directory)
    }
    func size(of node: NodeID) -> Int64 { union.size(of: node) }
    func target(of link: NodeID) -> String { union.target(of: link) }
    func device(of node: NodeID) -> DeviceNumber? { union.device(of: node) }
    func data(of file: NodeID) -> FileData { union.data(of: file) }
    func xattr(_ name: String, of node: NodeID) -> [UInt8]? { union.xattr(name, of: node) }
    mutating func names(in directory: NodeID) throws(Errno) -> [Name] { try union.names(in: directory) }
    /// A file that was not copied up is opened on its own branch.
    func sharesPageCache(_ file: NodeID) -> Bool { union.sharesPageCache(file) }
    mutating func hold(_ node: NodeID) { union.hold(node) }
    mutating func release(_ node: NodeID) { union.release(node) }

    func entry(of node: NodeID) -> LayerEntry {
        var entry = union.entry(of: node)
        if entry.kind != .directory { entry.links = linkCount(of: node) }
        return entry
    }

    /// A pseudo-link counts the names of both branches.
    func linkCount(of node: NodeID) -> UInt32 {
        let held = union[node]
        guard held.directory == .max, held.lower != .none else { return union.withReal(node) { $0.links } }
        let lower = union.layers[Int(held.lower.layer)][held.lower.inode].links
        let above = held.upper == .none ? 0 : union.upper[held.upper].links
        // What was copied up has a name on both branches.
        return lower + above >= held.lost + held.copied ? lower + above - held.lost - held.copied : 0
    }

    @inline(__always) mutating func finish(_ account: inout Account) { union.finish(&account) }

    // MARK: Objects

    /// Nothing is copied before the first write; O_TRUNC is a truncation, which comes as one.
    func open(_ node: NodeID, at dentry: Dentry, _ flags: OpenFlags, _ account: inout Account) throws(Errno) {}

    mutating func change(
        _ node: NodeID, at dentry: Dentry, _ change: AttributeChange, _ account: inout Account
    ) throws(Errno) {
        if let size = change.size, size > largestFile { throw .EFBIG }
        let id = copyUp(node, at: dentry, length: change.size, told: change.size, &account)
        union.apply(change, to: id, &account)
        union[node].attributes = union.upper[id].attributes
        account.cost.metadata += 1
    }

    mutating func setXattr(
        _ name: String, _ value: [UInt8]?, _ flags: XattrFlags, of node: NodeID, at dentry: Dentry,
        _ account: inout Account
    ) throws(Errno) {
        copyUp(node, at: dentry, &account)
        try union.setXattr(name, value, flags, of: node, at: dentry, &account)
    }

    /// au_write_pre(): the copy is made before the first byte is written.
    mutating func changeData(
        of file: NodeID, at dentry: Dentry, touching range: Range<Int64>, _ account: inout Account,
        _ change: (inout FileData) -> Void
    ) {
        copyUp(file, at: dentry, &account)
        union.changeData(of: file, at: dentry, touching: range, &account, change)
    }
}
