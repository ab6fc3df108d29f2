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
    private var texts = PagedArray<String>()
    private var keys = PagedArray<NameKey>()
    /// Open addressing: an entry's number plus one, or 0 where the slot is free. The size is a power of two.
    private var slots = PagedArray<UInt32>()

    init() { for _ in 0..<256 { slots.append(0) } }

    /// The text of a name that the table gave out.
    subscript(name: Name) -> String { texts[Int(name.number)] }

    /// The number of a name that is in use, or `Name.unknown`.
    func find(_ text: String) -> Name { find(text, NameKey(text)) }

    /// The number of a name in use whose bytes are its own key; else `Name.unknown`.
    @inline(__always) func findShort(_ text: String) -> Name {
        guard let key = NameKey(short: text) else { return .unknown }
        let mask = slots.count - 1
        var slot = key.hash & mask
        while true {
            let number = slots.withElement(slot) { $0 }
            if number == 0 { return .unknown }
            if keys.withElement(Int(number - 1), { $0 }) == key { return Name(number: number - 1) }
            slot = (slot + 1) & mask
        }
    }

    private func find(_ text: String, _ key: NameKey) -> Name {
        let mask = slots.count - 1
        var slot = key.hash & mask
        while true {
            let number = slots.withElement(slot) { $0 }
            if number == 0 { return .unknown }
            let index = Int(number - 1)
            if keys.withElement(index, { $0 }) == key, key.isWhole || sameBytes(texts[index], text) {
                return Name(number: number - 1)
            }
            slot = (slot + 1) & mask
        }
    }

    /// The number of a name, which is new if it has none yet.
    mutating func intern(_ text: String) -> Name {
        let key = NameKey(text)
        let known = find(text, key)
        guard known == .unknown else { return known }
        if texts.count * 2 >= slots.count { grow() }
        texts.append(text)
        keys.append(key)
        occupy(key, UInt32(texts.count))
        return Name(number: UInt32(texts.count - 1))
    }

    private mutating func occupy(_ key: NameKey, _ number: UInt32) {
        var slot = key.hash & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = number
    }

    private mutating func grow() {
        let size = slots.count * 2
        slots = PagedArray()
        for _ in 0..<size { slots.append(0) }
        for index in 0..<keys.count { occupy(keys[index], UInt32(index + 1)) }
    }
}

/// Two words by which names are told apart: the bytes themselves where they are at most fifteen, so that most names are
/// compared and hashed without a look at their text, and else a hash of them.
private struct NameKey: Equatable, BitwiseCopyable, Sendable {
    private var low: UInt64 = 0
    /// The highest byte is the number of bytes, or more than fifteen.
    private var high: UInt64 = 0

    private static let shift: UInt64 = 56

    @inline(__always)
    init(_ text: String) { self = NameKey(short: text) ?? Self.gathered(text) }

    /// A string of at most fifteen bytes mostly lies in its own two words (Swift's docs/ABI, "small strings"), which are
    /// what the bytes would be gathered to, but for four bits.
    @inline(__always)
    init?(short text: String) {
        let (low, high) = unsafeBitCast(text, to: (UInt64, UInt64).self)
        guard high >> 61 & 1 == 1 else { return nil }
        self.low = low
        self.high = high & 0x0FFF_FFFF_FFFF_FFFF
    }

    @inline(never)
    private static func gathered(_ text: String) -> NameKey {
        text.utf8.withContiguousStorageIfAvailable { NameKey(UnsafeRawBufferPointer($0)) }
            ?? Array(text.utf8).withUnsafeBytes { NameKey($0) }
    }

    @inline(__always)
    private init(_ bytes: UnsafeRawBufferPointer) {
        func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        func half(_ offset: Int) -> UInt64 {
            UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        }
        let count = bytes.count
        switch count {
        case 0: return
        case 1...3:
            low = UInt64(bytes[0])
            if count > 1 { low |= UInt64(bytes[1]) << 8 }
            if count > 2 { low |= UInt64(bytes[2]) << 16 }
        case 4...7: low = half(0) | (half(count - 4) >> UInt64(8 * (8 - count))) << 32
        case 8...15:
            low = word(0)
            high = word(count - 8) >> UInt64(8 * (16 - count))
        default:
            low = UInt64(count)
            for offset in stride(from: 0, to: count - 8, by: 8) { low = Self.mixed(low ^ word(offset)) }
            // The last eight, some of them a second time.
            low = Self.mixed(low ^ word(count - 8))
            high = 16 << Self.shift
            return
        }
        high |= UInt64(count) << Self.shift
    }

    /// Whether equal keys are equal names.
    @inline(__always) var isWhole: Bool { high >> Self.shift < 16 }

    @inline(__always) var hash: Int {
        let mixed = Self.mixed(low ^ high &* 0xBF58_476D_1CE4_E5B9)
        return Int(truncatingIfNeeded: mixed ^ mixed >> 32)
    }

    @inline(__always) private static func mixed(_ word: UInt64) -> UInt64 {
        let product = word &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 29
    }
}
