internal import Glibc
internal import LayerModel
internal import Linux
internal import Scripts
public import StorageDrivers

/// The uses of slide 55's matrix, done for real: the same calls over the same image, under a driver that this kernel has.
public enum DriverMeasurement {
    /// The drivers that can be measured: overlay2 and vfs on an ext4, btrfs on a Btrfs.
    public static let drivers: [StorageDriverKind] = [.overlay2, .btrfs, .vfs]

    /// Does every use under a driver, each in a container of its own. All of it lies on a loop device in memory and goes
    /// with the thread that makes it.
    ///
    /// - Throws: `Ground.Unavailable`; `SystemCallError`, `Errno` where a use cannot be done at all.
    public static func uses(
        of driver: StorageDriverKind, over image: DriverUse.Image = .medium
    ) throws -> [DriverUse] {
        precondition(drivers.contains(driver), "no kernel has \(driver.rawValue)")
        guard UserNamespace.current.isInitial else {
            throw Ground.Unavailable(description: "loop devices take root: run it as root")
        }
        do {
            return try withPrivateMounts {
                // The image, vfs's copy of it, another container's, and room beside.
                let ground = try Ground(
                    driver == .btrfs ? .btrfs : .ext4, megabytes: max(512, 4 * image.dataSize >> 20))
                defer { ground.remove() }
                var mount = try KernelFilesystem(driver, [image.lines], on: ground)
                defer { mount.remove() }
                return try DriverUse.Kind.allCases.map { try measure($0, driver, image, &mount, ground) }
            }
        } catch let error as SystemCallError where error.call == "unshare" {
            throw Ground.Unavailable(description: "no mounts can be made here (\(error))")
        }
    }

    private static func measure(
        _ kind: DriverUse.Kind, _ driver: StorageDriverKind, _ image: DriverUse.Image,
        _ mount: inout KernelFilesystem, _ ground: Ground
    ) throws -> DriverUse {
        var cost = Cost()
        if kind == .startContainers {
            let used = try ground.usedBytes() - (try mount.ownBytes())
            let start = ContinuousClock.now
            try mount.beginAgain()
            let time = ContinuousClock.now - start
            cost.allocated = try ground.usedBytes() - used
            cost.copied = try mount.ownBytes()
            return DriverUse(kind, under: driver, over: image, cost: cost, errno: nil, nanoseconds: time.nanoseconds)
        }
        try mount.beginAgain()
        var (used, own, start): (Int64, Int64, ContinuousClock.Instant) = (0, 0, .now)
        var calls = DriverUseCalls()
        let looked = mount
        try calls.perform(kind, on: &mount, over: image) {
            used = try ground.usedBytes()
            own = try looked.ownBytes()
            start = .now
        }
        let time = ContinuousClock.now - start
        cost.allocated = try ground.usedBytes() - used
        // What is its own now, without what was asked to be written.
        cost.copied = kind == .manySmallFiles ? 0 : max(0, try mount.ownBytes() - own - calls.written)
        if kind == .sharedReading {
            let another = try mount.another()
            cost.sharesPageCache = try PageCache.isShared(
                mount.mergedPlace + DriverUse.Image.data.description, another + DriverUse.Image.data.description)
        }
        return DriverUse(
            kind, under: driver, over: image, cost: cost, errno: calls.errno, nanoseconds: time.nanoseconds)
    }
}

extension DriverUse.Image {
    /// The image's one layer, as a script has it.
    fileprivate var lines: [LayerLine] {
        [.file(Self.data, mode: 0o644, .zeros(size: dataSize)), .directory(Self.files, mode: 0o755)]
            + (0..<fileCount).map {
                .file(file($0), mode: 0o644, .bytes([UInt8](repeating: 1, count: fileSize)))
            }
    }
}

extension KernelFilesystem {
    fileprivate init(_ driver: StorageDriverKind, _ layers: [[LayerLine]], on ground: Ground) throws {
        self =
            driver == .overlay2
            ? .overlay(try MountedOverlay(layers: layers, on: ground))
            : .plain(try PlainTree(layers: layers, on: ground, keepsLayers: true))
    }

    /// Where the container sees its files, from outside.
    fileprivate var mergedPlace: String {
        switch self {
        case .overlay(let overlay): overlay.mergedPlace
        case .plain(let tree): tree.layerPlace
        }
    }

    /// The data of the container's own layer that no other one stores.
    fileprivate func ownBytes() throws(SystemCallError) -> Int64 {
        switch self {
        case .overlay(let overlay): try ownDataBytes(beneath: overlay.layerPlace)
        case .plain(let tree): try ownDataBytes(beneath: tree.layerPlace)
        }
    }

    fileprivate func beginAgain() throws {
        switch self {
        case .overlay(let overlay): try overlay.beginAgain()
        case .plain(let tree): try tree.beginAgain()
        }
    }

    fileprivate func another() throws -> String {
        switch self {
        case .overlay(let overlay): try overlay.another()
        case .plain(let tree): try tree.another()
        }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
