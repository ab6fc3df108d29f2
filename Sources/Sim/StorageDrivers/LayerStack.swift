public import LayerModel

/// The read-only layers of a union in the making, from the bottom up.
///
/// What is made goes into the layer that was added last. Paths are taken as they are: no symbolic link is followed, and
/// parents must exist in the layer itself. Nothing checks permissions.
public struct LayerStack: Sendable {
    var names = NameTable()
    var layers: ContiguousArray<FileTree> = []
    /// Whether an attribute in a layer may be one of overlayfs's own.
    private(set) var holdsOverlayAttributes = false
    /// Whether what files hold is known. Else blocks that take space count as other than zeros, which no driver leaves out
    /// of a copy.
    public var contentsAreKnown = true

    public init() {}

    /// Begins the next layer above; its root is there, 755 and root's.
    public mutating func addLayer() { layers.append(FileTree()) }

    /// How many layers there are.
    public var count: Int { layers.count }

    /// A directory; one that exists gets the mode.
    ///
    /// - Throws: `Errno` as for mkdir(2): ENOENT, ENOTDIR, ENAMETOOLONG, EEXIST where something else has the name.
    public mutating func makeDirectory(_ path: Path, mode: UInt16) throws(Errno) {
        if let existing = try find(path) {
            guard top[existing].isDirectory else { throw .EEXIST }
            top[existing].attributes.permissions = mode & 0o7777
        } else {
            try make(path, .directory, mode: mode, .directory(0))
        }
    }

    /// A regular file that holds `bytes`.
    public mutating func makeFile(_ path: Path, mode: UInt16, bytes: [UInt8]) throws(Errno) {
        try make(path, .file, mode: mode, .file(FileData(bytes)))
    }

    /// A regular file of zeros, which take space only where the file is not sparse.
    ///
    /// - Throws: `Errno`, also EINVAL for a negative size and EFBIG for one that no filesystem takes.
    public mutating func makeFile(_ path: Path, mode: UInt16, zeros size: Int64, isSparse: Bool = true) throws(Errno) {
        guard size >= 0 else { throw .EINVAL }
        guard isSparse || size <= 1 << 60 else { throw .EFBIG }
        try make(path, .file, mode: mode, .file(FileData(zeros: size, isSparse: isSparse)))
    }

    public mutating func makeSymlink(_ path: Path, target: ByteString) throws(Errno) {
        guard !target.isEmpty else { throw .ENOENT }
        guard target.count < 4096 else { throw .ENAMETOOLONG }
        try make(path, .symlink, mode: 0o777, .symlink(target.text))
    }

    /// A further name of an object of the same layer.
    public mutating func makeHardLink(_ path: Path, to existing: Path) throws(Errno) {
        guard let id = try find(existing) else { throw .ENOENT }
        guard !top[id].isDirectory else { throw .EPERM }
        let (parent, name) = try freeName(path)
        top.attach(id, name, in: parent)
    }

    /// A device, FIFO or socket. A character device 0:0 is a whiteout.
    public mutating func makeNode(
        _ path: Path, _ kind: NodeKind, mode: UInt16, device: DeviceNumber? = nil
    ) throws(Errno) {
        let number = device ?? DeviceNumber(major: 0, minor: 0)
        switch kind {
        case .characterDevice where number == DeviceNumber(major: 0, minor: 0):
            try make(path, .whiteout, mode: mode, .device(number))
        case .characterDevice, .blockDevice: try make(path, kind, mode: mode, .device(number))
        case .fifo, .socket: try make(path, kind, mode: mode, .special)
        case .whiteout: try make(path, kind, mode: mode, .device(number))
        case .file: try makeFile(path, mode: mode, bytes: [])
        case .directory: try makeDirectory(path, mode: mode)
        case .symlink: throw .EINVAL
        }
    }

    /// A mark that hides the name in the layers beneath, in the form of the driver that mounts the stack.
    public mutating func makeWhiteout(_ path: Path) throws(Errno) {
        try make(path, .whiteout, mode: 0, .device(DeviceNumber(major: 0, minor: 0)))
    }

    /// Makes an existing directory hide everything of its name in the layers beneath.
    public mutating func makeOpaque(_ path: Path) throws(Errno) {
        guard let id = try find(path) else { throw .ENOENT }
        guard top[id].isDirectory else { throw .ENOTDIR }
        top[id].marks.insert(.opaque)
    }

    /// Set-ids stay.
    public mutating func setOwner(_ path: Path, uid: UInt32, gid: UInt32) throws(Errno) {
        guard let id = try find(path) else { throw .ENOENT }
        top[id].attributes.uid = uid
        top[id].attributes.gid = gid
    }

    /// - Throws: `Errno` as for lsetxattr(2): ENOENT, ERANGE, EOPNOTSUPP for a namespace that no filesystem has, E2BIG.
    public mutating func setAttribute(_ path: Path, name: String, value: [UInt8]) throws(Errno) {
        guard let id = try find(path) else { throw .ENOENT }
        guard !name.isEmpty, name.utf8.count <= 255 else { throw .ERANGE }
        guard value.count <= 65536 else { throw .E2BIG }
        let kind = top[id].attributes.kind
        if name.hasPrefix("user."), kind != .file, kind != .directory { throw .EPERM }
        guard ["user.", "trusted.", "security."].contains(where: { name.hasPrefix($0) && name != $0 }) else {
            throw .EOPNOTSUPP
        }
        if Self.isOverlayAttribute(name) { holdsOverlayAttributes = true }
        top[id][xattr: name] = value
    }
}

extension LayerStack {
    private var top: FileTree {
        _read { yield layers[layers.count - 1] }
        _modify { yield &layers[layers.count - 1] }
    }

    private func find(_ path: Path) throws(Errno) -> InodeID? {
        guard !layers.isEmpty else { throw .ENOENT }
        var here = FileTree.root
        for (index, component) in path.components.enumerated() {
            guard top[here].isDirectory else { throw .ENOTDIR }
            guard component.count <= 255 else { throw .ENAMETOOLONG }
            guard let next = top.child(names.find(component.text), of: here) else {
                if index == path.components.count - 1 { return nil }
                throw .ENOENT
            }
            here = next
        }
        return here
    }

    private mutating func freeName(_ path: Path) throws(Errno) -> (parent: InodeID, name: Name) {
        guard let text = path.name, try find(path) == nil else { throw .EEXIST }
        guard text != ".", text != "..", let parent = try find(path.parent) else { throw .EINVAL }
        return (parent, names.intern(text.text))
    }

    private mutating func make(
        _ path: Path, _ kind: NodeKind, mode: UInt16, _ body: Inode.Body
    ) throws(Errno) {
        let (parent, name) = try freeName(path)
        let attributes = InodeAttributes(kind: kind, permissions: mode & 0o7777, uid: 0, gid: 0)
        let id = top.make(Inode(attributes, body))
        top.attach(id, name, in: parent)
    }
}
