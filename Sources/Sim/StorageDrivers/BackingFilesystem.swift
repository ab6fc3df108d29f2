internal import LayerModel

/// A filesystem that layers can lie on.
public enum BackingFilesystem: String, Hashable, Sendable, CaseIterable {
    case ext4, tmpfs, xfs, btrfs

    /// Whether a copy can share its data with its source (FICLONE, ioctl_ficlone(2)).
    public var reflinks: Bool { self == .xfs || self == .btrfs }
}

/// What a filesystem has room for.
extension BackingFilesystem {
    /// s_maxbytes, with blocks of 4 KiB.
    var largestFile: Int64 {
        switch self {
        // The highest block number that an extent can hold (Documentation/filesystems/ext4).
        case .ext4: 0xffff_ffff * 4096
        case .tmpfs, .xfs, .btrfs: .max
        }
    }

    /// How many names an inode can have (EXT4_LINK_MAX, BTRFS_LINK_MAX; XFS_MAXLINK is beyond any script).
    var mostLinks: UInt32 {
        switch self {
        case .ext4: 65000
        case .btrfs: 65535
        case .tmpfs, .xfs: .max
        }
    }

    /// How many bytes a symbolic link's target can have (XFS_SYMLINK_MAXLEN less one); the kernel takes 4095.
    var longestTarget: Int { self == .xfs ? 1023 : 4095 }

    /// Whether an inode has room for an attribute. On ext4 all of an inode's attributes share what is left of the inode
    /// and one block (Documentation/filesystems/ext4, "Extended Attributes"); on Btrfs one has to fit a leaf
    /// (BTRFS_MAX_XATTR_SIZE, with leaves of 16 KiB); the others take the largest value.
    func hasRoom(for name: String, _ value: [UInt8], besides others: [ExtendedAttribute]) -> Bool {
        func size(_ name: String, _ value: [UInt8]) -> Int {
            16 + (name.utf8.count + 3) / 4 * 4 + (value.count + 3) / 4 * 4
        }
        switch self {
        case .ext4:
            let taken = others.reduce(0) { sameBytes($1.name, name) ? $0 : $0 + size($1.name, $1.value) }
            return size(name, value) <= 4096 - 36 && taken + size(name, value) <= 4096 - 36 + 100
        case .btrfs: return ByteString(name).count + value.count <= 16384 - 101 - 25 - 30
        case .tmpfs, .xfs: return true
        }
    }
}
