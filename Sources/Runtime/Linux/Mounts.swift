/// The flags of mount(2), with the kernel's values.
public struct MountFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let readOnly = MountFlags(rawValue: 1 << 0)
    public static let noSetUID = MountFlags(rawValue: 1 << 1)
    public static let noDevices = MountFlags(rawValue: 1 << 2)
    public static let noExecute = MountFlags(rawValue: 1 << 3)
    public static let synchronous = MountFlags(rawValue: 1 << 4)
    public static let remount = MountFlags(rawValue: 1 << 5)
    public static let noAccessTime = MountFlags(rawValue: 1 << 10)
    public static let noDirectoryAccessTime = MountFlags(rawValue: 1 << 11)
    public static let bind = MountFlags(rawValue: 1 << 12)
    public static let recursive = MountFlags(rawValue: 1 << 14)
    public static let isPrivate = MountFlags(rawValue: 1 << 18)
    public static let relativeAccessTime = MountFlags(rawValue: 1 << 21)
    public static let strictAccessTime = MountFlags(rawValue: 1 << 24)
}

extension MountFlags: CustomStringConvertible {
    /// The words of mount(8): `ro,nosuid`.
    public var description: String {
        let names: [(MountFlags, String)] = [
            (.readOnly, "ro"), (.noSetUID, "nosuid"), (.noDevices, "nodev"), (.noExecute, "noexec"),
            (.synchronous, "sync"), (.remount, "remount"), (.noAccessTime, "noatime"),
            (.noDirectoryAccessTime, "nodiratime"), (.relativeAccessTime, "relatime"),
            (.strictAccessTime, "strictatime"), (.bind, "bind"), (.recursive, "rec"), (.isPrivate, "private"),
        ]
        return names.filter { contains($0.0) }.map(\.1).joined(separator: ",")
    }
}

/// A filesystem to mount beneath the new root.
public struct FilesystemMount: Hashable, Sendable {
    public var type: String
    /// What /proc/mounts shows as its source.
    public var source: String
    /// The mount point, from the new root, without a leading slash.
    public var target: String
    public var flags: MountFlags
    /// The filesystem's own options.
    public var options: String
    /// Whether a missing mount point is made; else it is an error.
    public var makesMountPoint: Bool

    public init(
        _ type: String, source: String? = nil, on target: String, _ flags: MountFlags, options: String = "",
        makesMountPoint: Bool = false
    ) {
        self.type = type
        self.source = source ?? type
        self.makesMountPoint = makesMountPoint
        self.target = target
        self.flags = flags
        self.options = options
    }
}

/// A directory or file of the host that the container shows too. See mount(2), "Creating a bind mount".
public struct BindMount: Hashable, Sendable {
    /// Absolute, on the host.
    public var source: String
    /// The mount point, from the new root, without a leading slash; made where it is missing.
    public var target: String
    /// Whether the source is a directory; the mount point is made to be the same.
    public var isDirectory: Bool
    /// Whether what is mounted beneath the source comes along.
    public var isRecursive: Bool
    /// Set on the mount itself, not on those beneath it.
    public var flags: MountFlags

    public init(_ source: String, on target: String, isDirectory: Bool, isRecursive: Bool, _ flags: MountFlags = []) {
        self.source = source
        self.target = target
        self.isDirectory = isDirectory
        self.isRecursive = isRecursive
        self.flags = flags
    }
}

/// A union of directories (Documentation/filesystems/overlayfs.rst).
public struct OverlayMount: Hashable, Sendable {
    /// The read-only layers, the topmost first.
    public var lower: [String]
    public var upper: String
    /// An empty directory on the filesystem of `upper`.
    public var work: String
    public var target: String
    /// Where the marks of the layers are kept.
    public var attributes: OverlayAttributes

    public init(
        lower: [String], upper: String, work: String, target: String, attributes: OverlayAttributes = .current
    ) {
        self.lower = lower
        self.upper = upper
        self.work = work
        self.target = target
        self.attributes = attributes
    }

    /// The options that such a mount is made with beside its directories, as mount(8) writes them: `redirect_dir=off`.
    public static func options(keepingMarksIn attributes: OverlayAttributes = .current) -> [String] {
        features(attributes).map { $0.value.isEmpty ? $0.key : "\($0.key)=\($0.value)" }
    }

    private var features: [(key: String, value: String)] { Self.features(attributes) }

    /// Said explicitly, so that a host whose module has other defaults leaves the same marks in `upper`. An option
    /// without a value is a flag. `redirect_dir=off` would still follow redirects, which `userxattr` does not allow.
    private static func features(_ attributes: OverlayAttributes) -> [(key: String, value: String)] {
        [
            ("redirect_dir", attributes == .user ? "nofollow" : "off"), ("index", "off"), ("metacopy", "off"),
            ("xino", "off"),
        ] + (attributes == .user ? [("userxattr", "")] : [])
    }

    /// The options as mount(2) takes them, or `nil` where they do not fit its one page.
    public var mountOptions: String? {
        let layers = lower.map { Self.escaped($0, ":,\\") }.joined(separator: ":")
        let options =
            "lowerdir=\(layers),upperdir=\(Self.escaped(upper, ",\\")),workdir=\(Self.escaped(work, ",\\"))"
            + features.map { ",\($0.key)\($0.value.isEmpty ? "" : "=")\($0.value)" }.joined()
        return options.utf8.count < 4096 ? options : nil
    }

    /// The options as fsconfig(2) takes them: key, value, key, value. Each layer is its own option there.
    var configuration: [String] {
        lower.flatMap { ["lowerdir+", $0] } + ["upperdir", upper, "workdir", work]
            + features.flatMap { [$0.key, $0.value] }
    }

    private static func escaped(_ path: String, _ special: String) -> String {
        guard path.utf8.contains(where: special.utf8.contains) else { return path }
        return String(path.flatMap { special.contains($0) ? ["\\", $0] : [$0] })
    }
}
