public import LayerModel

/// The read-only layers of a union in the making, from the bottom up.
///
/// What is made goes into the layer that was added last. Paths are taken as they are: no symbolic link is followed, and
/// parents must exist in the layer itself. Nothing checks permissions.
public struct LayerStack: Sendable {
    public init() {}

    /// Begins the next layer above; its root is there, 755 and root's.
    public mutating func addLayer() {}

    /// How many layers there are.
    public var count: Int { 0 }

    /// A directory; one that exists gets the mode.
    ///
    /// - Throws: `Errno` as for mkdir(2): ENOENT, ENOTDIR, EEXIST where something else has the name.
    public mutating func makeDirectory(_ path: Path, mode: UInt16) throws(Errno) {}

    /// A regular file that holds `bytes`.
    public mutating func makeFile(_ path: Path, mode: UInt16, bytes: [UInt8]) throws(Errno) {}

    /// A regular file of zeros, which take space only where the file is not sparse.
    public mutating func makeFile(_ path: Path, mode: UInt16, zeros size: Int64, isSparse: Bool = true) throws(Errno) {}

    public mutating func makeSymlink(_ path: Path, target: String) throws(Errno) {}

    /// A further name of an object of the same layer.
    public mutating func makeHardLink(_ path: Path, to existing: Path) throws(Errno) {}

    /// A device, FIFO or socket. A character device 0:0 is a whiteout.
    public mutating func makeNode(
        _ path: Path, _ kind: NodeKind, mode: UInt16, device: DeviceNumber? = nil
    ) throws(Errno) {}

    /// A mark that hides the name in the layers beneath, in the form of the driver that mounts the stack.
    public mutating func makeWhiteout(_ path: Path) throws(Errno) {}

    /// Makes an existing directory hide everything of its name in the layers beneath.
    public mutating func makeOpaque(_ path: Path) throws(Errno) {}

    public mutating func setOwner(_ path: Path, uid: UInt32, gid: UInt32) throws(Errno) {}

    public mutating func setAttribute(_ path: Path, name: String, value: [UInt8]) throws(Errno) {}
}
