/// What a container's root directory is made of.
public enum ContainerRoot: Hashable, Sendable {
    case overlay(OverlayRoot)
    case directory(DirectoryRoot)

    /// Whether nothing in it can be changed once the container is made.
    var isReadOnly: Bool {
        switch self {
        case .overlay(let overlay): overlay.isReadOnly
        case .directory(let directory): directory.isReadOnly
        }
    }

    /// The directories that are looked into for a path, the topmost first.
    var directories: [String] {
        switch self {
        case .overlay(let overlay): [overlay.upper] + overlay.layers
        case .directory(let directory): [directory.path]
        }
    }
}

/// A union of directories (Documentation/filesystems/overlayfs.rst).
public struct OverlayRoot: Hashable, Sendable {
    /// The directories of the read-only layers, absolute, the topmost first (as overlayfs's `lowerdir`).
    public var layers: [String]
    /// The writable layer. It, `work` and `mountPoint` are made where they are missing.
    public var upper: String
    /// For overlayfs's own use, on the filesystem of `upper`.
    public var work: String
    /// An empty directory that the union is mounted on, in the container's own mount namespace only.
    public var mountPoint: String
    /// Whether the container may change none of it.
    public var isReadOnly: Bool

    public init(layers: [String], upper: String, work: String, mountPoint: String, isReadOnly: Bool = false) {
        self.isReadOnly = isReadOnly
        self.layers = layers
        self.upper = upper
        self.work = work
        self.mountPoint = mountPoint
    }
}

/// A directory as it is, such as an OCI bundle's root filesystem. Mount points that it lacks are made in it and stay.
public struct DirectoryRoot: Hashable, Sendable {
    /// Absolute, without symbolic links.
    public var path: String
    public var isReadOnly: Bool

    public init(path: String, isReadOnly: Bool) {
        self.path = path
        self.isReadOnly = isReadOnly
    }
}
