internal import LayerModel

/// A listing as the store keeps it beside the layer, so that a layer's directories are read once. All numbers are
/// little-endian; an entry is a head of fixed length, its name and its target.
extension LayerListing {
    private static let mark = Array("teach layer listing 1\n".utf8)
    private static let headLength = 52
    /// The order is that of the numbers in the file.
    private static let kinds: [NodeKind] = [
        .file, .directory, .symlink, .socket, .fifo, .characterDevice, .blockDevice, .whiteout,
    ]

    /// The listing as bytes.
    public var bytes: [UInt8] {
        var bytes = Self.mark
        bytes.reserveCapacity(Self.mark.count + 8 + entries.count * 72)
        bytes.append(integer: UInt64(entries.count))
        for entry in entries {
            let (name, target) = (entry.name.bytes, entry.target?.bytes ?? [])
            bytes.append(integer: UInt32(entry.parent.map { $0 + 1 } ?? 0))
            bytes.append(integer: UInt32(entry.inode))
            bytes.append(integer: entry.size)
            bytes.append(integer: entry.modified)
            bytes.append(integer: entry.uid)
            bytes.append(integer: entry.gid)
            bytes.append(integer: entry.device?.major ?? 0)
            bytes.append(integer: entry.device?.minor ?? 0)
            bytes.append(integer: entry.permissions)
            bytes.append(integer: UInt8(Self.kinds.firstIndex(of: entry.kind) ?? 0))
            bytes.append(integer: UInt8(entry.isOpaque ? 1 : 0))
            bytes.append(integer: UInt32(name.count))
            bytes.append(integer: UInt32(target.count))
            bytes += name
            bytes += target
        }
        return bytes
    }

    /// Reads what `bytes` says; `nil` where that is no whole listing, as after a crash: the layer is then listed anew.
    public init?(bytes: UnsafeRawBufferPointer) {
        var reader = Reader(bytes: bytes)
        guard reader.take(Self.mark.count)?.elementsEqual(Self.mark) ?? false, let count: UInt64 = reader.integer(),
            count > 0, count <= UInt64(bytes.count / Self.headLength)
        else { return nil }
        var entries: [Entry] = []
        entries.reserveCapacity(Int(count))
        for number in 0..<Int(count) {
            guard let entry = reader.entry(number, kinds: Self.kinds) else { return nil }
            entries.append(entry)
        }
        guard reader.isAtEnd else { return nil }
        self.init(entries: entries)
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        private var position = 0

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
            guard count <= bytes.count - position else { return nil }
            defer { position += count }
            return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
        }

        mutating func integer<Number: FixedWidthInteger>() -> Number? {
            take(MemoryLayout<Number>.size).map { Number(littleEndian: $0.loadUnaligned(as: Number.self)) }
        }

        mutating func entry(_ number: Int, kinds: [NodeKind]) -> Entry? {
            guard let parent: UInt32 = integer(), let inode: UInt32 = integer(), let size: Int64 = integer(),
                let modified: Int64 = integer(), let uid: UInt32 = integer(), let gid: UInt32 = integer(),
                let major: UInt32 = integer(), let minor: UInt32 = integer(), let permissions: UInt16 = integer(),
                let kind: UInt8 = integer(), let isOpaque: UInt8 = integer(), let nameLength: UInt32 = integer(),
                let targetLength: UInt32 = integer(), Int(kind) < kinds.count, Int(inode) <= number,
                number == 0 ? parent == 0 : parent > 0 && Int(parent) <= number,
                let name = take(Int(nameLength)), let target = take(Int(targetLength))
            else { return nil }
            let isDevice = kinds[Int(kind)] == .characterDevice || kinds[Int(kind)] == .blockDevice
            return Entry(
                name: ByteString(bytes: name.bindMemory(to: UInt8.self)), parent: number == 0 ? nil : Int(parent) - 1,
                kind: kinds[Int(kind)], permissions: permissions, uid: uid, gid: gid, size: size, modified: modified,
                target: kinds[Int(kind)] == .symlink ? ByteString(bytes: target.bindMemory(to: UInt8.self)) : nil,
                device: isDevice ? DeviceNumber(major: major, minor: minor) : nil, isOpaque: isOpaque == 1,
                inode: Int(inode))
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(integer: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: integer.littleEndian) { append(contentsOf: $0) }
    }
}
