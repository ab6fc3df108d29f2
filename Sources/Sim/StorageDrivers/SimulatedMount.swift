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
        self.layers = layers
        switch driver {
        case .overlay2:
            overlay = VirtualFilesystem(try Self.overlay(layers, FileTree(), options, host), host.protections)
        case .vfs: tree = try Self.tree(host.backing, CopiedStorage(on: host.backing), driver, options, layers, host)
        case .devicemapper: tree = try Self.tree(.ext4, ThinStorage(), driver, options, layers, host)
        case .btrfs: tree = try Self.tree(.btrfs, BtrfsStorage(), driver, options, layers, host)
        // What bears on calls is with ZFS as with XFS.
        case .zfs: tree = try Self.tree(.xfs, ZFSStorage(), driver, options, layers, host)
        case .aufs:
            if let option = options.first { throw MountRefusal(.EINVAL, "aufs is mounted without option \(option)") }
            // Docker adds the writable branch to those of the image.
            guard (1..<AufsFilesystem.mostBranches).contains(layers.count) else {
                throw MountRefusal(
                    .ENOSPC, "aufs takes \(AufsFilesystem.mostBranches) branches, not \(layers.count + 1)")
            }
            aufs = VirtualFilesystem(
                AufsFilesystem(layers, upper: FileTree(), backing: host.backing), host.protections)
        }
    }

    private static func tree(
        _ backing: BackingFilesystem, _ storage: any BlockStorage, _ driver: StorageDriverKind,
        _ options: [MountOption], _ layers: LayerStack, _ host: HostSettings
    ) throws(MountRefusal) -> VirtualFilesystem<TreeFilesystem> {
        if let option = options.first {
            throw MountRefusal(.EINVAL, "\(driver.rawValue) has no option \(option)")
        }
        return VirtualFilesystem(TreeFilesystem(layers, backing: backing, storage: storage), host.protections)
    }

    /// What the drivers that work on blocks store, and vfs; `nil` for the unions.
    public var storage: (any BlockStorage)? { tree?.driver.storage }

    /// What it cost to make the container's own layer.
    public var creation: Cost { tree?.driver.creation ?? Cost() }

    /// The number that `storage` knows an object under; the last name's symbolic link is not followed.
    public func objectNumber(of path: Path) -> ObjectNumber? { tree?.driver.find(path)?.number }

    // One of them is there: what the driver asks for.
    var overlay: VirtualFilesystem<OverlayFilesystem>?
    var aufs: VirtualFilesystem<AufsFilesystem>?
    var tree: VirtualFilesystem<TreeFilesystem>?
    let layers: LayerStack

    public mutating func answer(to call: SystemCall, by caller: Credentials) -> CallAnswer {
        if overlay != nil { return overlay!.answer(to: call, by: caller) }
        if tree != nil { return tree!.answer(to: call, by: caller) }
        if aufs != nil { return aufs!.answer(to: call, by: caller) }
        return CallAnswer(errno: .ENODEV)
    }

    /// - Throws: `MountRefusal` where nothing can be predicted of the mount that the kernel would make.
    public mutating func remount(_ options: [MountOption]) throws -> Errno? {
        for option in options {
            if let index = self.options.firstIndex(where: { $0.name == option.name }) {
                self.options[index] = option
            } else {
                self.options.append(option)
            }
        }
        do throws(MountRefusal) {
            let (layers, inForce, host) = (layers, self.options, host)
            try overlay?.remount(layers, inForce, host)
            tree?.closeAll()
            aufs?.remountBranches(layers, host)
            if overlay == nil, let option = options.first {
                throw MountRefusal(.EINVAL, "\(driver.rawValue) has no option \(option)")
            }
            return nil
        } catch {
            if error.isUnpredicted { throw error }
            return error.errno
        }
    }

    public mutating func merged() -> [ListedFile] {
        overlay?.driver.merged() ?? tree?.driver.listing() ?? aufs?.driver.merged() ?? []
    }

    /// What overlay2 shows in one directory, and what its upper layer holds there, each sorted by path and empty where
    /// there is no such directory; no symbolic link is followed. `nil` for the other drivers.
    public mutating func listings(of directory: Path) -> (merged: [ListedFile], upper: [ListedFile])? {
        overlay?.driver.listings(of: directory)
    }

    public func upper() -> [ListedFile] {
        if let overlay { return overlay.driver.upperListing() }
        if let aufs { return aufs.driver.upperListing() }
        // On disk: what a directory's size and number of links are depends on its filesystem.
        return (tree?.driver.listing() ?? []).map { file in
            var file = file
            if file.kind == .directory { (file.size, file.links) = (nil, nil) }
            if file.kind == .whiteout { file.links = nil }
            return file
        }
    }

    fileprivate static func overlay(
        _ layers: LayerStack, _ upper: FileTree, _ options: [MountOption], _ host: HostSettings
    ) throws(MountRefusal) -> OverlayFilesystem {
        guard (1...500).contains(layers.count) else {
            throw MountRefusal(.EINVAL, "overlayfs takes 1 to 500 lower layers, not \(layers.count)")
        }
        let options = try OverlayOptions(options)
        var layers = layers
        layers.readMarks(options)
        let overlay = OverlayFilesystem(layers, upper: upper, options, backing: host.backing)
        if layers.holdsOverlayAttributes, let (layer, paths) = overlay.directoryShownTwice() {
            throw MountRefusal(
                unpredicted:
                    "\(paths.joined(separator: " and ")) show one directory of layer \(layer): what the kernel answers then "
                    + "depends on what it remembers")
        }
        return overlay
    }
}

extension VirtualFilesystem<OverlayFilesystem> {
    /// The upper layer stays; what the kernel remembered of the union goes.
    mutating func remount(_ layers: LayerStack, _ options: [MountOption], _ host: HostSettings) throws(MountRefusal) {
        descriptors.removeAll(&driver)
        pipes = [:]
        // A volatile mount leaves a mark that says the upper layer may not be whole.
        if driver.options.isVolatile, brokenRules.holds(.overlay(.volatileMountIsTheLast)) {
            throw MountRefusal(.EINVAL, "the mount before was volatile")
        }
        var stack = layers
        stack.names = driver.names
        let isBroken = driver.holdsBrokenIndex
        let upper = driver.withoutNodes()
        var next = try SimulatedMount.overlay(stack, upper, options, host)
        if next.options.userXattr != driver.options.userXattr, upper.holdsMarks {
            throw MountRefusal(
                unpredicted:
                    "what the upper layer was noted with under \(driver.options.xattrPrefix) are attributes like "
                    + "any other when the mount looks under \(next.options.xattrPrefix), and some hold file handles")
        }
        // ovl_verify_index(): an entry that does not tell what it was copied from.
        if isBroken, next.options.index { throw MountRefusal(.ENODATA, "the index has an entry without origin") }
        next.brokenRules = driver.brokenRules
        next.whiteout = driver.whiteout
        next.index = driver.index
        next.indexedUpper = driver.indexedUpper
        driver = next
    }
}

extension VirtualFilesystem<AufsFilesystem> {
    /// The upper branch stays; pseudo-links go with the mount.
    mutating func remountBranches(_ layers: LayerStack, _ host: HostSettings) {
        closeAll()
        var stack = layers
        stack.names = driver.names
        driver.union.dropNodes()
        let whiteout = driver.union.whiteout
        driver = AufsFilesystem(stack, upper: driver.union.upper, backing: host.backing)
        driver.union.whiteout = whiteout
    }
}

extension VirtualFilesystem {
    mutating func closeAll() {
        descriptors.removeAll(&driver)
        pipes = [:]
        var account = Account()
        driver.finish(&account)
    }
}

extension OverlayFilesystem {
    /// The upper layer alone, as it lies on the disk.
    fileprivate consuming func withoutNodes() -> FileTree {
        dropNodes()
        return upper
    }
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

/// Why a mount is refused.
public struct MountRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public var errno: Errno
    /// A clause that can follow "because".
    public var reason: String

    /// Whether the kernel mounts it, and the simulator does not know what comes of it.
    public var isUnpredicted: Bool

    public init(_ errno: Errno, _ reason: String) {
        self.errno = errno
        self.reason = reason
        isUnpredicted = false
    }

    init(unpredicted reason: String) {
        errno = .ENODEV
        self.reason = reason
        isUnpredicted = true
    }

    public var description: String {
        isUnpredicted ? "the mount cannot be predicted: \(reason)" : "the mount is refused with \(errno): \(reason)"
    }
}
