/// The flags of open(2) that a union filesystem can tell apart. The raw values are generic ones of this
/// model, not an architecture's: O_DIRECTORY and O_NOFOLLOW have other bits on arm64 than on x86-64.
public struct OpenFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let writeOnly = OpenFlags(rawValue: 1 << 0)
    public static let readWrite = OpenFlags(rawValue: 1 << 1)
    public static let create = OpenFlags(rawValue: 1 << 2)
    public static let exclusive = OpenFlags(rawValue: 1 << 3)
    public static let truncate = OpenFlags(rawValue: 1 << 4)
    public static let append = OpenFlags(rawValue: 1 << 5)
    public static let directory = OpenFlags(rawValue: 1 << 6)
    public static let noFollow = OpenFlags(rawValue: 1 << 7)
    public static let path = OpenFlags(rawValue: 1 << 8)
    public static let temporary = OpenFlags(rawValue: 1 << 9)
    public static let nonBlocking = OpenFlags(rawValue: 1 << 10)
    public static let closeOnExec = OpenFlags(rawValue: 1 << 11)
    /// O_NOATIME: only for the owner and who acts as one, else EPERM.
    public static let noAccessTime = OpenFlags(rawValue: 1 << 12)
    /// O_DIRECT: past the page cache, in whole blocks.
    public static let direct = OpenFlags(rawValue: 1 << 13)

    /// Whether the descriptor can be written through.
    public var isWritable: Bool { !isDisjoint(with: [.writeOnly, .readWrite]) && !contains(.path) }

    /// Whether an open with these flags can create, truncate or copy up.
    public var canChangeLayers: Bool {
        !contains(.path) && !isDisjoint(with: [.writeOnly, .readWrite, .create, .truncate, .temporary])
    }
}

extension OpenFlags: CustomStringConvertible {
    /// The C names, access mode first: `O_WRONLY|O_APPEND`.
    public var description: String {
        let access = contains(.readWrite) ? "O_RDWR" : contains(.writeOnly) ? "O_WRONLY" : "O_RDONLY"
        return ([access] + Self.names.filter { contains($0.flag) }.map(\.name)).joined(separator: "|")
    }

    private static let names: [(flag: OpenFlags, name: String)] = [
        (.create, "O_CREAT"), (.exclusive, "O_EXCL"), (.truncate, "O_TRUNC"), (.append, "O_APPEND"),
        (.directory, "O_DIRECTORY"), (.noFollow, "O_NOFOLLOW"), (.path, "O_PATH"), (.temporary, "O_TMPFILE"),
        (.nonBlocking, "O_NONBLOCK"), (.closeOnExec, "O_CLOEXEC"), (.noAccessTime, "O_NOATIME"), (.direct, "O_DIRECT"),
    ]
}

/// The flags of renameat2(2), with the kernel's values.
public struct RenameFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let noReplace = RenameFlags(rawValue: 1)
    public static let exchange = RenameFlags(rawValue: 2)
    public static let whiteout = RenameFlags(rawValue: 4)
}

extension RenameFlags: CustomStringConvertible {
    public var description: String {
        let names: [(RenameFlags, String)] = [
            (.noReplace, "RENAME_NOREPLACE"), (.exchange, "RENAME_EXCHANGE"), (.whiteout, "RENAME_WHITEOUT"),
        ]
        let set = names.filter { contains($0.0) }.map(\.1)
        return set.isEmpty ? "0" : set.joined(separator: "|")
    }
}

/// The flags of setxattr(2), with the kernel's values.
public struct XattrFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// XATTR_CREATE: fail if the attribute exists.
    public static let create = XattrFlags(rawValue: 1)
    /// XATTR_REPLACE: fail if it does not.
    public static let replace = XattrFlags(rawValue: 2)
}

/// Who makes a call: what the kernel's permission checks look at (credentials(7), capabilities(7)).
public struct Credentials: Hashable, Sendable {
    /// The filesystem user and group id.
    public var uid: UInt32
    public var gid: UInt32
    /// The supplementary groups.
    public var groups: [UInt32]
    /// The effective capabilities, one bit each as in linux/capability.h.
    public var capabilities: UInt64

    public init(uid: UInt32, gid: UInt32, groups: [UInt32] = [], capabilities: UInt64) {
        self.uid = uid
        self.gid = gid
        self.groups = groups
        self.capabilities = capabilities
    }

    /// Root with the capabilities of a default container that bear on files: CHOWN (0), DAC_OVERRIDE (1),
    /// FOWNER (3), FSETID (4), MKNOD (27), SETFCAP (31).
    public static let containerRoot = Credentials(
        uid: 0, gid: 0, capabilities: [0, 1, 3, 4, 27, 31].reduce(0) { $0 | 1 << UInt64($1) })
}
