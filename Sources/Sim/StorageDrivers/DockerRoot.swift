public import LayerModel

/// What a storage driver keeps under Docker's root (`/var/lib/docker`) for one container and its image: slide 54's
/// directories, for each driver, from a simulated state.
///
/// Since Docker 1.10 the names of the layers' directories are not their digests: each is made at random, and
/// `image/<driver>/layerdb` tells which belongs to which. So names stand here in angle brackets. Docker also puts a layer
/// `<container>-init` beneath the container's, with the files that it mounts over (`/etc/hosts` and the like); it is left
/// out.
public struct DockerRoot: Hashable, Sendable {
    /// A directory or file that each layer has one of.
    public struct Directory: Hashable, Sendable {
        /// From Docker's root, with `<layer>` for a layer's name.
        public var path: String
        public var holds: String

        public init(_ path: String, _ holds: String) {
            self.path = path
            self.holds = holds
        }
    }

    /// What is there for one layer.
    public enum Contents: Hashable, Sendable {
        /// A tree of files in the driver's own form.
        case tree([ListedFile])
        /// The lines of a file, or of what it says.
        case lines([String])
        /// An empty directory or file, or none at all, and why.
        case nothing(String)
    }

    public struct Layer: Hashable, Sendable {
        /// Such as `<layer 1>`.
        public var name: String
        /// One for each directory.
        public var contents: [Contents]

        public init(_ name: String, _ contents: [Contents]) {
            self.name = name
            self.contents = contents
        }
    }

    public let driver: StorageDriverKind
    public let directories: [Directory]
    /// From the bottom up; the last one is the container's own.
    public let layers: [Layer]
    /// What is there once, or beside the layers.
    public let beside: [Directory]
}

extension DockerRoot {
    /// What lies on the disk while the container runs.
    ///
    /// - Throws: `MountRefusal` where the driver refuses the image alone.
    public init(of mount: SimulatedMount) throws(MountRefusal) {
        var mount = mount
        let driver = mount.driver
        let count = mount.layers.count
        let names = (0..<count).map { "<layer \($0 + 1)>" } + ["<container>"]
        let notMounted = Contents.nothing("empty: only a container's is mounted")
        let merged = Contents.tree(mount.merged())
        let upper = Contents.tree(mount.upper())
        func beneath(_ index: Int) -> [String] { names[..<index].reversed() }
        func stack(_ contents: (Int) throws(MountRefusal) -> [Contents]) throws(MountRefusal) -> [Layer] {
            var layers: [Layer] = []
            for (index, name) in names.enumerated() { layers.append(Layer(name, try contents(index))) }
            return layers
        }
        let own = try (0..<count).map { index throws(MountRefusal) in Contents.tree(try mount.listing(ofLayer: index)) }
        self.driver = driver
        let layerdb = Directory(
            "image/\(driver.rawValue)/layerdb", "which directory (cache-id) belongs to which layer (ChainID)")
        let configuration = Directory("containers/<container>", "the container's configuration and its log")
        switch driver {
        case .aufs:
            directories = [
                Directory("aufs/diff/<layer>", "its files; `.wh.` names hide others"),
                Directory("aufs/layers/<layer>", "the layers beneath it, nearest first"),
                Directory("aufs/mnt/<layer>", "what the container sees"),
            ]
            layers = try stack { index throws(MountRefusal) in
                [
                    index == count ? upper : own[index],
                    index == 0 ? .nothing("empty: a base") : .lines(beneath(index)),
                    index == count ? merged : notMounted,
                ]
            }
            beside = [layerdb, configuration]
        case .overlay2:
            directories = [
                Directory("overlay2/<layer>/diff", "its files, and overlayfs's marks"),
                Directory("overlay2/<layer>/lower", "the layers beneath it, nearest first"),
                Directory("overlay2/<layer>/merged", "what the container sees"),
            ]
            layers = try stack { index throws(MountRefusal) in
                [
                    index == count ? upper : own[index],
                    index == 0 ? .nothing("no file: a base") : .lines(beneath(index).map { "l/\($0)" }),
                    index == count ? merged : .nothing("not mounted"),
                ]
            }
            beside = [
                Directory("overlay2/l", "short names of the layers, links to ../<layer>/diff: mount(2) takes one page"),
                Directory("overlay2/<layer>/link", "the layer's own short name"),
                Directory("overlay2/<layer>/work", "what overlayfs prepares before it moves it into diff"), layerdb,
                configuration,
            ]
        case .devicemapper:
            directories = [
                Directory("devicemapper/metadata/<layer>", "the number of its thin device"),
                Directory("devicemapper/mnt/<layer>/rootfs", "the device's ext4, mounted while the container runs"),
            ]
            let pool = (mount.storage as? ThinStorage)?.pool ?? ThinPool()
            layers = try stack { index throws(MountRefusal) in
                // The first device is the formatted one that every image begins with.
                let (mapped, exclusive) = pool.counts(ofDevice: index + 1)
                return [
                    .lines([
                        "thin device \(pool.devices[index + 1].id)", "\(mapped) chunks mapped",
                        "\(exclusive) of them its own",
                    ]),
                    index == count ? merged : .nothing("not mounted"),
                ]
            }
            beside = [
                Directory(
                    "devicemapper/devicemapper/data",
                    "the pool's chunks of 65.5 KB, \(pool.nextChunk) given out; in loop mode a sparse file of 107 GB"),
                Directory("devicemapper/devicemapper/metadata", "which chunk belongs to which device"), layerdb,
                configuration,
            ]
        case .btrfs, .zfs, .vfs:
            let each =
                driver == .btrfs
                ? Directory("btrfs/subvolumes/<layer>", "a snapshot of the one beneath: it shows everything")
                : driver == .zfs
                    ? Directory("zfs/graph/<layer>", "its dataset, mounted while it is used: it shows everything")
                    : Directory("vfs/dir/<layer>", "a full copy of the one beneath, and its own changes")
            directories = [each]
            layers = try stack { index throws(MountRefusal) in [index == count ? merged : own[index]] }
            beside =
                (driver == .zfs
                    ? [Directory("<dataset>/<layer>", "in the pool: a clone of the one beneath's snapshot")] : [])
                + [layerdb, configuration]
        }
    }
}

extension SimulatedMount {
    /// A read-only layer as it lies on the disk: of a union what it adds and hides, of the others everything.
    fileprivate func listing(ofLayer index: Int) throws(MountRefusal) -> [ListedFile] {
        switch driver {
        case .overlay2:
            var empty = layers
            let tree = empty.layers[index]
            empty.layers = [FileTree()]
            return OverlayFilesystem(empty, upper: tree, try OverlayOptions(options), backing: host.backing)
                .upperListing()
        case .aufs:
            var empty = layers
            let tree = empty.layers[index]
            empty.layers = [FileTree()]
            // What AUFS keeps at a branch's root, it keeps where it can write.
            return AufsFilesystem(empty, upper: tree, backing: host.backing).upperListing()
                .filter { !($0.path.components.count == 1 && ($0.path.name ?? "").hasPrefix(".wh..wh.")) }
        case .devicemapper, .btrfs, .zfs, .vfs:
            var beneath = layers
            beneath.layers = ContiguousArray(layers.layers.prefix(index + 1))
            var mount = try SimulatedMount(driver: driver, layers: beneath, host: host)
            return mount.merged()
        }
    }
}
