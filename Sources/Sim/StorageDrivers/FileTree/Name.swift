internal import LayerModel

/// One name of a directory, by the number that its table gave it: equal numbers are equal bytes.
///
/// `String` compares canonically equivalent spellings as equal; to the kernel they are two names.
struct Name: Hashable, Sendable {
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
        var slot = Int(hash) & (slots.count - 1)
        while true {
            let number = slots[slot]
            if number == 0 { return .unknown }
            if matches(Int(number - 1), text, hash) { return Name(number: number - 1) }
            slot = (slot + 1) & (slots.count - 1)
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
        guard entries[index].hash == hash else { return false }
        return sameBytes(entries[index].text, text)
    }

    /// Eight bytes at a time, multiplied and folded.
    private static func hash(_ text: String) -> UInt32 {
        func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
            var hash = UInt64(bytes.count)
            var index = 0
            while index < bytes.count {
                var word: UInt64 = 0
                for offset in index..<min(index + 8, bytes.count) { word = word << 8 | UInt64(bytes[offset]) }
                hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
                hash ^= hash >> 29
                index += 8
            }
            return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
        }
        if let value = text.utf8.withContiguousStorageIfAvailable(hash) { return value }
        return Array(text.utf8).withUnsafeBufferPointer(hash)
    }
}
