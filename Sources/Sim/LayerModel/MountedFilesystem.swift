/// A union that calls can be made on: the simulator's, or a mounted one.
///
/// A script is run over this protocol alone, so that the model and the kernel go through the same lines.
public protocol MountedFilesystem {
    /// Makes one call as `caller`, with umask 0.
    ///
    /// - Throws: What keeps the call from being made at all (an error of the harness, never of the call itself, which is
    ///   in the answer).
    mutating func answer(to call: SystemCall, by caller: Credentials) throws -> CallAnswer

    /// Unmounts and mounts again. Earlier options stay where `options` does not name them; open descriptors are closed
    /// first.
    ///
    /// - Returns: The kernel's error where it refuses the mount, after which nothing is mounted; else `nil`.
    mutating func remount(_ options: [MountOption]) throws -> Errno?

    /// What lstat(2) and the extended attributes tell of every name but the root's, sorted by path; names that lstat does
    /// not find are left out.
    mutating func merged() throws -> [ListedFile]

    /// The writable layer in the driver's own form on disk, sorted by path, the root left out.
    mutating func upper() throws -> [ListedFile]
}

/// A mount option such as `redirect_dir=on` or `volatile`.
public struct MountOption: Hashable, Sendable {
    public var name: String
    public var value: String?
    public init(_ name: String, _ value: String? = nil) {
        self.name = name
        self.value = value
    }
}

extension MountOption: CustomStringConvertible {
    public var description: String { value.map { "\(name)=\($0)" } ?? name }

    /// Reads `name=value` or `name`.
    public init(parsing text: some StringProtocol) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
    }
}

/// One name of a tree, as a listing tells it.
public struct ListedFile: Hashable, Sendable {
    public var path: Path
    public var kind: NodeKind
    /// The mode's twelve low bits.
    public var permissions: UInt16
    public var uid: UInt32
    public var gid: UInt32
    /// In bytes; `nil` in an upper listing's directories.
    public var size: Int64?
    /// `nil` in an upper listing's directories and whiteouts.
    public var links: UInt32?
    public var target: ByteString?
    public var device: DeviceNumber?
    /// Of overlayfs's own attributes only opaque, redirect, metacopy and whiteout, in an upper listing.
    public var attributes: [ByteString: [UInt8]]

    public init(
        path: Path, kind: NodeKind, permissions: UInt16, uid: UInt32, gid: UInt32, size: Int64? = nil,
        links: UInt32? = nil, target: ByteString? = nil, device: DeviceNumber? = nil,
        attributes: [ByteString: [UInt8]] = [:]
    ) {
        self.path = path
        self.kind = kind
        self.permissions = permissions
        self.uid = uid
        self.gid = gid
        self.size = size
        self.links = links
        self.target = target
        self.device = device
        self.attributes = attributes
    }
}
