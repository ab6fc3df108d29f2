internal import LayerModel

/// One name of a directory, by the number that its table gave it: equal numbers are equal bytes.
///
/// `String` compares canonically equivalent spellings as equal; to the kernel they are two names.
struct Name: Hashable, BitwiseCopyable, Sendable {
    let number: UInt32

    /// A name that no table gave out, so that no directory holds it.
    static let unknown = Name(number: .max)
}

/// The names that are in use, each once. A name stays when the last file of that name has gone.
struct NameTable: Sendable {
    private struct Entry: Sendable {
        var text: String
        var hash: UInt32
    }

    private var entries = PagedArray<Entry>()
    /// Open addressing: an entry's number plus one, or 0 where the slot is free. The size is a power of two.
    private var slots = PagedArray<UInt32>()

    init() { for _ in 0..<256 { slots.append(0) } }

    /// The text of a name that the table gave out.
    subscript(name: Name) -> String { entries[Int(name.number)].text }

    /// The number of a name that is in use, or `Name.unknown`.
    func find(_ text: String) -> Name {
        let hash = Self.hash(text)
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while true {
            let number = slots.withElement(slot) { $0 }
            if number == 0 { return .unknown }
            if matches(Int(number - 1), text, hash) { return Name(number: number - 1) }
            slot = (slot + 1) & mask
        }
    }

    /// The number of a name, which is new if it has none yet.
    mutating func intern(_ text: String) -> Name {
        let known = find(text)
        guard known == .unknown else { return known }
        if entries.count * 2 >= slots.count { grow() }
        let hash = Self.hash(text)
        entries.append(Entry(text: text, hash: hash))
        occupy(hash, UInt32(entries.count))
        return Name(number: UInt32(entries.count - 1))
    }

    private mutating func occupy(_ hash: UInt32, _ number: UInt32) {
        var slot = Int(hash) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = number
    }

    private mutating func grow() {
        let size = slots.count * 2
        slots = PagedArray()
        for _ in 0..<size { slots.append(0) }
        for index in 0..<entries.count { occupy(entries[index].hash, UInt32(index + 1)) }
    }

    private func matches(_ index: Int, _ text: String, _ hash: UInt32) -> Bool {
        entries.withElement(index) { $0.hash == hash && sameBytes($0.text, text) }
    }

    /// Eight bytes at a time, multiplied and folded.
    private static func hash(_ text: String) -> UInt32 {
        if let value = text.utf8.withContiguousStorageIfAvailable(hash(_:)) { return value }
        return Array(text.utf8).withUnsafeBufferPointer(hash(_:))
    }

    @inline(__always)
    private static func hash(_ buffer: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let bytes = UnsafeRawBufferPointer(buffer)
        let count = bytes.count
        var hash = UInt64(truncatingIfNeeded: count)
        func mix(_ word: UInt64) {
            hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
        }
        if count >= 8 {
            var index = 0
            while index + 8 < count {
                mix(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                index += 8
            }
            // The last eight, some of them a second time.
            mix(bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
        } else if count >= 4 {
            let first = bytes.loadUnaligned(as: UInt32.self)
            let last = bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
            mix(UInt64(first) << 32 | UInt64(last))
        } else if count > 0 {
            mix(UInt64(bytes[0]) << 16 | UInt64(bytes[count / 2]) << 8 | UInt64(bytes[count - 1]))
        }
        return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
    }
}
