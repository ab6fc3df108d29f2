/// The type of a filesystem object, as a union filesystem tells them apart (inode(7)).
public enum NodeKind: String, Hashable, Sendable, BitwiseCopyable, CaseIterable {
    case file, directory, symlink, socket, fifo
    case characterDevice = "character-device"
    case blockDevice = "block-device"
    /// A mark that hides a name of the layers beneath: for overlayfs a character device 0:0
    /// (Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories").
    case whiteout
}

/// A device's major and minor number (makedev(3)).
public struct DeviceNumber: Hashable, Sendable {
    public var major: UInt32
    public var minor: UInt32
    public init(major: UInt32, minor: UInt32) {
        self.major = major
        self.minor = minor
    }
}

/// What one layer holds under one name: an inode's attributes, and the marks that overlayfs left on it.
public struct LayerEntry: Hashable, Sendable {
    public var kind: NodeKind
    /// The mode's twelve low bits: permissions, set-ids and the sticky bit.
    public var permissions: UInt16
    public var uid: UInt32
    public var gid: UInt32
    /// The logical size in bytes.
    public var size: Int64
    /// How many names the inode has in its layer.
    public var links: UInt32
    /// The inode number in the layer's own filesystem: equal numbers in one layer are hard links.
    public var inode: UInt64
    /// What a symbolic link points at.
    public var target: ByteString?
    /// The device that a device node stands for.
    public var device: DeviceNumber?
    /// A directory that hides everything of its name in the layers beneath.
    public var isOpaque: Bool
    /// Where the layers beneath hold what this directory shows (`redirect_dir`).
    public var redirect: ByteString?
    /// Whether only the attributes were copied up and the data is still beneath (`metacopy`).
    public var isMetacopy: Bool
    /// The names of the extended attributes without overlayfs's own; `nil` where nobody looked.
    public var attributes: [ByteString]?

    public init(
        kind: NodeKind, permissions: UInt16, uid: UInt32 = 0, gid: UInt32 = 0, size: Int64 = 0, links: UInt32 = 1,
        inode: UInt64 = 0, target: ByteString? = nil, device: DeviceNumber? = nil, isOpaque: Bool = false,
        redirect: ByteString? = nil, isMetacopy: Bool = false, attributes: [ByteString]? = nil
    ) {
        self.kind = kind
        self.permissions = permissions
        self.uid = uid
        self.gid = gid
        self.size = size
        self.links = links
        self.inode = inode
        self.target = target
        self.device = device
        self.isOpaque = isOpaque
        self.redirect = redirect
        self.isMetacopy = isMetacopy
        self.attributes = attributes
    }

    /// What the value of overlayfs's attribute `redirect` says: the kernel reads a string that ends in NUL
    /// (ovl_get_redirect_xattr() of fs/overlayfs/namei.c).
    public static func redirect(_ value: [UInt8]) -> ByteString { ByteString(bytes: value.prefix { $0 != 0 }) }
}
