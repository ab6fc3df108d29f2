/// Where a storage driver keeps layers under Docker's root (`/var/lib/docker`): slide 54's directories, for each driver.
///
/// Since Docker 1.10 the names are not the layers' digests: each is made at random, and `image/<driver>/layerdb` tells
/// which belongs to which.
public struct DockerRoot: Hashable, Sendable {
    public struct Place: Hashable, Sendable {
        /// From Docker's root, without a slash before it.
        public var path: String
        /// What lies there.
        public var holds: String

        public init(_ path: String, _ holds: String) {
            self.path = path
            self.holds = holds
        }
    }

    public var driver: StorageDriverKind
    /// The names of the image's layers from the bottom up, and the container's.
    public var layers: [String]
    public var container: String

    public init(_ driver: StorageDriverKind, layers: [String], container: String) {
        self.driver = driver
        self.layers = layers
        self.container = container
    }

    /// The directories and files, those of the image's layers from the bottom up and then the container's.
    public var places: [Place] {
        let all = layers.enumerated().map { ($1, "layer \($0 + 1)") } + [(container, "the container's own layer")]
        switch driver {
        case .overlay2:
            return all.enumerated().flatMap { index, layer in
                var places = [Place("overlay2/\(layer.0)/diff", "\(layer.1): its files, overlayfs's marks among them")]
                guard index > 0 else { return places }
                places.append(
                    Place("overlay2/\(layer.0)/lower", "the short names of the layers beneath, nearest first"))
                places.append(Place("overlay2/\(layer.0)/work", "what overlayfs prepares before it moves it into diff"))
                if layer.0 == container {
                    places.append(
                        Place("overlay2/\(layer.0)/merged", "what the container sees; empty while it is stopped"))
                }
                return places
            }
        case .aufs:
            let parents = all.map(\.0)
            return all.map { Place("aufs/diff/\($0.0)", "\($0.1): its files, and `.wh.` names for what it deletes") }
                + all.enumerated().map { index, layer in
                    let above = parents[..<index].reversed().joined(separator: " ")
                    return Place("aufs/layers/\(layer.0)", above.isEmpty ? "empty: a base" : above)
                }
                + [Place("aufs/mnt/\(container)", "what the container sees; empty while it is stopped")]
        case .devicemapper:
            return [
                Place("devicemapper/devicemapper/data", "the pool's chunks, a sparse file of 100 GiB in loop mode"),
                Place("devicemapper/devicemapper/metadata", "which chunk belongs to which device, 2 GiB"),
            ]
                + all.map { Place("devicemapper/metadata/\($0.0)", "\($0.1): the number of its thin device") }
                + [Place("devicemapper/mnt/\(container)/rootfs", "the device's ext4, mounted while the container runs")]
        case .btrfs:
            return all.map { Place("btrfs/subvolumes/\($0.0)", "\($0.1): a snapshot that shows everything") }
        case .zfs:
            return all.map { Place("zfs/graph/\($0.0)", "\($0.1): where its dataset is mounted while it is used") }
        case .vfs:
            return all.map { Place("vfs/dir/\($0.0)", "\($0.1): a copy of everything") }
        }
    }
}
