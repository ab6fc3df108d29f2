/// A pool of dm-thin: devices whose chunks are stored in one place, and shared between a device and its snapshots
/// (the kernel's Documentation/admin-guide/device-mapper/thin-provisioning.rst).
public struct ThinPool: Sendable {
    /// Docker's chunk, in bytes: the smallest that a pool can have.
    public static let chunkSize: Int64 = 65536

    /// A device of the pool.
    public struct Device: Hashable, Sendable {
        /// Its number in the pool.
        public var id: Int
        /// The time of the pool at which it was made: 0 for the first, then one more with each snapshot.
        public var creationTime: Int
        /// The time of the last snapshot that it was, or was the origin of.
        public var snapTime: Int
        /// Which chunks are stored; an extent's birth is the time at which it was mapped.
        public var mappings = ExtentMap()
    }

    /// The base device, and then a snapshot of a snapshot for each layer.
    public private(set) var devices: [Device] = [Device(id: 1, creationTime: 0, snapTime: 0)]
    /// The chunk that is given out next.
    public private(set) var nextChunk: Int64 = 0

    /// The pool's time: how many snapshots were taken.
    public var time: Int { devices.count - 1 }

    public init() {}

    /// Takes a snapshot of the newest device, and goes on with that.
    mutating func snapshot() {
        let time = time + 1
        devices[devices.count - 1].snapTime = time
        devices.append(
            Device(id: time + 1, creationTime: time, snapTime: time, mappings: devices[devices.count - 1].mappings))
    }

    /// Writes blocks of a chunk of the newest device.
    ///
    /// - Returns: Whether a chunk was given out, and whether that one took the place of a shared one.
    mutating func write(chunk: Int64) -> (isNew: Bool, breaksSharing: Bool) {
        let old = devices[devices.count - 1].mappings[chunk]
        if old?.birth == time { return (false, false) }
        devices[devices.count - 1].mappings.map(Extent(logical: chunk, physical: nextChunk, count: 1, birth: time))
        nextChunk += 1
        return (true, old != nil)
    }

    /// Forgets chunks of the newest device.
    ///
    /// - Returns: How many of them were its own, and are free now.
    mutating func discard(chunks: Range<Int64>) -> Int64 {
        guard !chunks.isEmpty else { return 0 }
        let time = time
        return devices[devices.count - 1].mappings.unmap(chunks).reduce(0) { $1.birth == time ? $0 + $1.count : $0 }
    }
}

extension ThinPool {
    /// The pool's metadata in the form of thin_dump(8), which thin_restore(8) reads.
    public var xml: String {
        var text =
            "<superblock uuid=\"\" time=\"\(time)\" transaction=\"\(devices.count)\" flags=\"0\" version=\"2\" "
            + "data_block_size=\"\(Self.chunkSize / 512)\" nr_data_blocks=\"\(max(nextChunk, 1))\">\n"
        for device in devices {
            text +=
                "  <device dev_id=\"\(device.id)\" mapped_blocks=\"\(device.mappings.count)\" "
                + "transaction=\"\(device.creationTime)\" creation_time=\"\(device.creationTime)\" "
                + "snap_time=\"\(device.snapTime)\">\n"
            for extent in device.mappings.extents {
                text +=
                    extent.count == 1
                    ? "    <single_mapping origin_block=\"\(extent.logical)\" data_block=\"\(extent.physical)\" "
                        + "time=\"\(extent.birth)\"/>\n"
                    : "    <range_mapping origin_begin=\"\(extent.logical)\" data_begin=\"\(extent.physical)\" "
                        + "length=\"\(extent.count)\" time=\"\(extent.birth)\"/>\n"
            }
            text += "  </device>\n"
        }
        return text + "</superblock>\n"
    }

    /// What thin_ls(8) tells of a device: how many chunks it maps, how many of them no other device maps.
    public func counts(ofDevice index: Int) -> (mapped: Int64, exclusive: Int64) {
        var others = ExtentMap()
        for (other, device) in devices.enumerated() where other != index {
            for extent in device.mappings.extents {
                // Keyed by where the chunks lie in the pool.
                others.map(
                    Extent(logical: extent.physical, physical: extent.physical, count: extent.count, birth: 0))
            }
        }
        let own = devices[index].mappings
        let exclusive = own.extents.reduce(Int64(0)) { sum, extent in
            let held = others.extents(in: extent.physical..<extent.physical + extent.count)
            return sum + extent.count - held.reduce(0) { $0 + $1.count }
        }
        return (own.count, exclusive)
    }
}
