public import LayerModel

/// A union that is mounted in a simulated kernel: a value, of which a copy is a snapshot.
///
/// Calls are answered as Linux 6.18 answers them: the errno, what the call gives back, the changes to the layers and
/// what they cost.
public struct SimulatedMount: MountedFilesystem, Sendable {
    /// Which storage driver keeps the layers apart.
    public let driver: StorageDriverKind
    /// The options that are in force, in the order in which they were first given.
    public private(set) var options: [MountOption]
    public let host: HostSettings

    /// Mounts the layers under a writable one that is empty.
    ///
    /// - Throws: `MountRefusal` where the kernel (or the driver) refuses the options or the layers.
    public init(
        driver: StorageDriverKind, options: [MountOption] = [], layers: LayerStack, host: HostSettings = HostSettings()
    ) throws(MountRefusal) {
        self.driver = driver
        self.options = options
        self.host = host
    }

    public mutating func answer(to call: SystemCall, by caller: Credentials) -> CallAnswer {
        CallAnswer(errno: .ENOSYS)
    }

    public mutating func remount(_ options: [MountOption]) -> Errno? { nil }

    public func merged() -> [ListedFile] { [] }

    public func upper() -> [ListedFile] { [] }
}

/// The storage drivers of Docker that are simulated, by the names that `docker info` gives them.
public enum StorageDriverKind: String, Hashable, Sendable, CaseIterable {
    case overlay2, aufs, devicemapper, btrfs, zfs, vfs
}

/// What the simulated host is like, as far as it bears on files.
public struct HostSettings: Hashable, Sendable {
    public var protections: Overlay2.Protections
    /// The filesystem that the layers lie on, where the driver leaves a choice.
    public var backing: BackingFilesystem

    public init(protections: Overlay2.Protections = Overlay2.Protections(), backing: BackingFilesystem = .ext4) {
        self.protections = protections
        self.backing = backing
    }
}

/// A filesystem that layers can lie on.
public enum BackingFilesystem: String, Hashable, Sendable, CaseIterable {
    case ext4, tmpfs, xfs, btrfs

    /// Whether a copy can share its data with its source (FICLONE, ioctl_ficlone(2)).
    public var reflinks: Bool { self == .xfs || self == .btrfs }
}

/// Why a mount is refused.
public struct MountRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public var errno: Errno
    /// A clause that can follow "because".
    public var reason: String

    public init(_ errno: Errno, _ reason: String) {
        self.errno = errno
        self.reason = reason
    }

    public var description: String { "the mount is refused with \(errno): \(reason)" }
}
