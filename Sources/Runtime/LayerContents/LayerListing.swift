public import LayerModel

/// What one unpacked layer holds, name by name, as overlayfs keeps it: a deletion is a whiteout, and a directory that hides
/// what lies beneath it is opaque.
public struct LayerListing: Hashable, Sendable {
    /// One name in a layer.
    public struct Entry: Hashable, Sendable {
        public var name: ByteString
        /// The directory that holds the name, by its number in the listing; `nil` for the layer's root.
        public var parent: Int?
        public var kind: NodeKind
        /// The mode's twelve low bits.
        public var permissions: UInt16
        public var uid: UInt32
        public var gid: UInt32
        /// The logical size in bytes.
        public var size: Int64
        /// In nanoseconds since 1970.
        public var modified: Int64
        /// What a symbolic link points at.
        public var target: ByteString?
        public var device: DeviceNumber?
        /// Whether it is a directory that hides everything of its name in the layers beneath.
        public var isOpaque: Bool
        /// The first name in the listing that stands for the same inode; the entry's own number where it is the first.
        public var inode: Int

        public init(
            name: ByteString, parent: Int?, kind: NodeKind, permissions: UInt16, uid: UInt32 = 0, gid: UInt32 = 0,
            size: Int64 = 0, modified: Int64 = 0, target: ByteString? = nil, device: DeviceNumber? = nil,
            isOpaque: Bool = false, inode: Int
        ) {
            self.name = name
            self.parent = parent
            self.kind = kind
            self.permissions = permissions
            self.uid = uid
            self.gid = gid
            self.size = size
            self.modified = modified
            self.target = target
            self.device = device
            self.isOpaque = isOpaque
            self.inode = inode
        }

        /// When it was modified, in whole seconds since 1970, rounded down.
        public var seconds: Int64 { (modified - (modified < 0 ? 999_999_999 : 0)) / 1_000_000_000 }

        /// What the layer stores for it, as Docker counts (moby, pkg/directory): the bytes of a regular file's data, of a
        /// symbolic link those of its target; 0 for anything else.
        public var storedSize: Int64 { kind == .file || kind == .symlink ? size : 0 }

        /// Whether another entry says the same of its inode, but for what it holds. Of times the seconds count, because most
        /// tars have no more: an image that was saved and loaded is told as it was.
        func hasAttributes(of other: Entry) -> Bool {
            kind == other.kind && permissions == other.permissions && uid == other.uid && gid == other.gid
                && seconds == other.seconds
        }
    }

    /// A directory stands before what it holds; the names of one directory stand in the order of their bytes. The first
    /// is the root, whose name is empty.
    public private(set) var entries: [Entry]

    /// - Precondition: `entries` are in that order.
    public init(entries: [Entry]) {
        precondition(entries.first.map { $0.parent == nil } ?? false, "a listing begins with the layer's root")
        self.entries = entries
    }

    /// Where the entry stands in the layer.
    public func path(of number: Int) -> Path {
        var components: [ByteString] = []
        var next: Int? = number
        while let here = next, let parent = entries[here].parent {
            components.append(entries[here].name)
            next = parent
        }
        return Path(components: components.reversed())
    }
}
