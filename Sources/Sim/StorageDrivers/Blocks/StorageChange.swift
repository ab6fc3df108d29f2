public import LayerModel

/// The number of an object in one filesystem, as its `StorageChange`s name it. Numbers may be used again after
/// `StorageChange.free`.
public typealias ObjectNumber = UInt32

/// One change that a filesystem makes to what it stores: what a driver that works on blocks needs to know of a call.
///
/// A call is a list of them, in the order in which they happen.
public enum StorageChange: Hashable, Sendable {
    /// A new object, which has no name yet. `targetLength` is that of a symbolic link's target, in bytes.
    case make(ObjectNumber, NodeKind, near: ObjectNumber, targetLength: Int)
    /// The object gets a name of `length` bytes in a directory.
    case name(ObjectNumber, in: ObjectNumber, length: Int)
    /// A name goes.
    case unname(ObjectNumber, in: ObjectNumber, length: Int)
    /// The object goes, and what it stored.
    case free(ObjectNumber)
    /// The object's mode, owner or times are written.
    case attributes(ObjectNumber)
    /// An extended attribute is written that is now `size` bytes long with its name, and was `old`; 0 where it is not
    /// there.
    case xattr(ObjectNumber, old: Int, size: Int)
    /// Bytes are written into a file, which grows where they reach beyond its end.
    case write(ObjectNumber, Range<Int64>)
    /// fallocate(2) with mode 0.
    case allocate(ObjectNumber, Range<Int64>)
    case truncate(ObjectNumber, size: Int64)
    /// A regular file was opened. Ext4 writes down where it is mounted at the first one (ext4_sample_last_mounted()).
    case open(ObjectNumber)
}

extension StorageChange {
    /// Whether a file holds other bytes than before; one that only grows by zeros counts.
    func changesContents(of file: ObjectNumber) -> Bool {
        switch self {
        case .make(file, _, _, _), .write(file, _), .truncate(file, _): true
        default: false
        }
    }
}

/// What the writable layer's storage comes to, in bytes.
public struct StorageUsage: Hashable, Sendable {
    /// Stored for this layer alone: freed when the layer is removed.
    public var exclusive: Int64 = 0
    /// Stored once, and used by the layers beneath as well.
    public var shared: Int64 = 0
    /// Of the exclusive ones, those that hold the filesystem's own records, where the driver tells them apart.
    public var exclusiveMetadata: Int64 = 0

    public init(exclusive: Int64 = 0, shared: Int64 = 0, exclusiveMetadata: Int64 = 0) {
        self.exclusive = exclusive
        self.shared = shared
        self.exclusiveMetadata = exclusiveMetadata
    }
}

/// Storage that keeps layers apart by blocks: a snapshot shares every block, and a write to a shared one makes another
/// in its place.
public protocol BlockStorage: Sendable {
    /// The unit of copy-on-write, in bytes.
    var granularity: Int64 { get }

    /// The number of the layer that is written now, from 0.
    var layer: Int { get }

    /// Begins the next layer: a snapshot, mounted.
    ///
    /// - Returns: What it cost to make.
    mutating func beginLayer() -> Cost

    /// Makes the changes of one call, as if they reached the disk before the next.
    mutating func apply(_ changes: [StorageChange]) -> Cost

    /// What the layer that is written now comes to.
    var usage: StorageUsage { get }

    /// Where a file's contents are stored, in units of `granularity`; empty for what is no file or lies among the
    /// filesystem's own records.
    func extents(of file: ObjectNumber) -> [Extent]

    /// Whether all of a file is read through a cache that the other containers of the image use too.
    func sharesPageCache(_ file: ObjectNumber) -> Bool
}

extension BlockStorage {
    /// Two snapshots are two filesystems, or two inodes at least, and each inode has its own page cache.
    public func sharesPageCache(_ file: ObjectNumber) -> Bool { false }
}
