public import ContentStore
internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

/// What docker system df(1) sums up, in logical bytes of files and symbolic links.
public struct DiskUsage: Sendable {
    public struct ImageUsage: Sendable {
        public var image: IndexedImage
        /// `nil` where the config does not tell, or cannot be read.
        public var created: Timestamp?
        /// Of all its layers.
        public var size: Int64
        /// Of the layers that other images have too.
        public var shared: Int64
        /// How many containers were made of it.
        public var containers: Int
    }
    public struct ContainerUsage: Sendable {
        public var record: ContainerRecord
        /// Its image's name, or its id where it has lost the name.
        public var image: String
        /// Of its writable layer.
        public var size: Int64
        /// Its volumes, and what each holds.
        public var volumes: [(name: String, size: Int64)]
    }
    public var images: [ImageUsage]
    /// Of all layers, each counted once.
    public var layers: Int64
    public var containers: [ContainerUsage]
}

extension LocalEngine {
    /// - Throws: what the store or the disk refuses.
    public func diskUsage() throws -> DiskUsage {
        let records = try containers.all()
        let images = try store.indexedImages().map { ($0, (try? store.layerSizes(of: $0)) ?? [:]) }
        var users: [Digest: Int] = [:]
        var sizes: [Digest: Int64] = [:]
        for (_, layers) in images {
            for (chain, size) in layers {
                users[chain, default: 0] += 1
                sizes[chain] = size
            }
        }
        return DiskUsage(
            images: images.map { image, layers in
                DiskUsage.ImageUsage(
                    image: image, created: (try? store.config(of: image))?.created, size: layers.values.reduce(0, +),
                    shared: layers.filter { users[$0.key] ?? 0 > 1 }.values.reduce(0, +),
                    containers: records.count { $0.imageID == "\(image.id)" })
            },
            layers: sizes.values.reduce(0, +),
            containers: try records.map {
                container in
                DiskUsage.ContainerUsage(
                    record: container, image: imageName(of: container), size: try writableSize(of: container),
                    volumes: try (container.volumes ?? []).map { ($0.name, try size(of: $0, of: container)) })
            })
    }

    /// The logical bytes of the files that a container's writable layer holds, a file of several names once.
    ///
    /// - Throws: `SystemCallError`
    public func writableSize(of container: ContainerRecord) throws -> Int64 {
        try Self.size(beneath: containers.folder(of: container.id).upper)
    }

    /// The logical bytes of the files beneath a directory, a file of several names once.
    static func size(beneath path: String) throws -> Int64 {
        let directory = try Descriptor(opening: path, O_RDONLY | O_DIRECTORY)
        var seen: Set<UInt64> = []
        return try size(of: directory, &seen)
    }

    private static func size(of directory: borrowing Descriptor, _ seen: inout Set<UInt64>) throws -> Int64 {
        var sum: Int64 = 0
        for name in try directoryNames(in: directory) {
            // A container that runs may take a name away meanwhile.
            guard let status = try FileStatus.read(name.text, in: directory.number) else { continue }
            if status.mode & S_IFMT == S_IFDIR {
                guard let child = try openBeneath(directory.number, name.text, O_RDONLY | O_DIRECTORY) else { continue }
                sum += try size(of: child, &seen)
            } else if status.mode & S_IFMT == S_IFREG || status.mode & S_IFMT == S_IFLNK {
                if status.links > 1, !seen.insert(status.inode).inserted { continue }
                sum += status.size
            }
        }
        return sum
    }
}
