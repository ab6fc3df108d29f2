internal import HashTreeCollections

/// The names of one directory, each with the number of what it stands for.
///
/// Up to a few hundred names are one hash table with open addressing, which is found at once and small to copy; more are
/// a hash tree, so that the first write after a copy does not grow with the directory.
struct DirectoryEntries: Sendable {
    private struct Slot: BitwiseCopyable, Sendable {
        var name: Name
        var number: UInt32
        static let free = Slot(name: .unknown, number: 0)
    }

    private static var largestTable: Int { 512 }
    /// A power of two long, and never full; what is pushed on lies in the next free slots.
    private var slots: ContiguousArray<Slot> = []
    private var used: UInt32 = 0
    /// One less than there are slots: a search need not look at the array's own head.
    private var mask: UInt32 = 0
    private var tree: TreeDictionary<Name, UInt32> = [:]

    init() {}

    var count: Int { Int(used) + tree.count }
    var isEmpty: Bool { count == 0 }

    subscript(name: Name) -> UInt32? {
        @inline(__always) get {
            if used > 0, name != .unknown {
                return slots.withUnsafeBufferPointer { slots in
                    let slot = slots[Self.index(of: name, in: slots, Int(mask))]
                    return slot.name == name ? slot.number : nil
                }
            }
            return tree.isEmpty ? nil : grown(name)
        }
        set {
            if let newValue { set(name, newValue) } else { remove(name) }
        }
    }

    @inline(never) private func grown(_ name: Name) -> UInt32? { tree[name] }

    /// Where the name is, or the free slot in which its search ends.
    @inline(__always)
    private static func index(of name: Name, in slots: UnsafeBufferPointer<Slot>, _ mask: Int) -> Int {
        var index = home(name, mask)
        while slots[index].name != name, slots[index].name != .unknown { index = (index + 1) & mask }
        return index
    }

    @inline(__always)
    private static func home(_ name: Name, _ mask: Int) -> Int {
        // Fibonacci hashing: names of one directory often have neighbouring numbers.
        Int(truncatingIfNeeded: UInt64(name.number &* 0x9E37_79B9) >> 7) & mask
    }

    private mutating func set(_ name: Name, _ number: UInt32) {
        if !tree.isEmpty {
            tree[name] = number
            return
        }
        // One slot in eight stays free.
        if (Int(used) + 1) * 8 > slots.count * 7 {
            if slots.count == Self.largestTable {
                forEach { name, number in tree[name] = number }
                slots = []
                (used, mask) = (0, 0)
                tree[name] = number
                return
            }
            grow()
        }
        let index = slots.withUnsafeBufferPointer { Self.index(of: name, in: $0, Int(mask)) }
        if slots[index].name == .unknown { used += 1 }
        slots[index] = Slot(name: name, number: number)
    }

    private mutating func grow() {
        let old = slots
        slots = ContiguousArray(repeating: .free, count: max(4, old.count * 2))
        mask = UInt32(slots.count - 1)
        for slot in old where slot.name != .unknown {
            let index = slots.withUnsafeBufferPointer { Self.index(of: slot.name, in: $0, Int(mask)) }
            slots[index] = slot
        }
    }

    private mutating func remove(_ name: Name) {
        guard used > 0, name != .unknown else {
            if !tree.isEmpty { tree[name] = nil }
            return
        }
        let mask = Int(mask)
        var hole = slots.withUnsafeBufferPointer { Self.index(of: name, in: $0, mask) }
        guard slots[hole].name == name else { return }
        used -= 1
        // What was pushed on comes back, so that no search ends too early.
        var next = (hole + 1) & mask
        while slots[next].name != .unknown {
            let home = Self.home(slots[next].name, mask)
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = .free
    }

    /// Every name, in no order that means anything.
    func forEach<Failure>(_ body: (Name, UInt32) throws(Failure) -> Void) throws(Failure) {
        for slot in slots where slot.name != .unknown { try body(slot.name, slot.number) }
        for (name, number) in tree { try body(name, number) }
    }
}
