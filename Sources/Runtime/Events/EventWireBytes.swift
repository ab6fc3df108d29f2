import LayerModel

/// Appends values to a payload; `WireReader` has the inverse of each method under the same name.
struct WireWriter {
    var bytes: [UInt8]

    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func unsigned(_ value: some UnsignedInteger & FixedWidthInteger) { unsigned(UInt64(value)) }

    mutating func signed(_ value: some SignedInteger & FixedWidthInteger) {
        let wide = Int64(value)
        unsigned(UInt64(bitPattern: (wide << 1) ^ (wide >> 63)))
    }

    mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func string(_ value: String) {
        let text = value.utf8
        unsigned(UInt64(text.count))
        bytes.append(contentsOf: text)
    }

    mutating func list<Element>(_ elements: [Element], _ write: (inout Self, Element) -> Void) {
        unsigned(UInt64(elements.count))
        for element in elements { write(&self, element) }
    }

    mutating func optional<Wrapped>(_ value: Wrapped?, _ write: (inout Self, Wrapped) -> Void) {
        flag(value != nil)
        if let value { write(&self, value) }
    }

    /// A case of an enumeration without associated values, as its place among all cases.
    mutating func choice<Choice: CaseIterable & Equatable>(_ value: Choice) {
        var place: UInt8 = 0
        for other in Choice.allCases {
            if other == value { break }
            place += 1
        }
        bytes.append(place)
    }
}

/// Reads what `WireWriter` wrote. Every method throws `EventWireError` where the bytes are something else,
/// and none allocates more than the payload's own length justifies.
struct WireReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.position = bytes.startIndex
    }

    var isAtEnd: Bool { position == bytes.endIndex }
    /// How many bytes have been read.
    var offset: Int { position - bytes.startIndex }

    func malformed(_ what: String) -> EventWireError { .malformed(what, at: offset) }

    mutating func byte() throws(EventWireError) -> UInt8 {
        guard position < bytes.endIndex else { throw malformed("an early end") }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func unsigned() throws(EventWireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            let bits = UInt64(next & 0x7f)
            guard shift < 63 || (shift == 63 && bits <= 1) else { throw malformed("a number beyond 64 bits") }
            value |= bits << shift
            if next < 0x80 { return value }
            shift += 7
        }
    }

    mutating func unsigned<Number: UnsignedInteger & FixedWidthInteger>(
        _: Number.Type
    ) throws(EventWireError) -> Number {
        guard let number = Number(exactly: try unsigned()) else { throw malformed("a number too big for its field") }
        return number
    }

    mutating func signed<Number: SignedInteger & FixedWidthInteger>(_: Number.Type) throws(EventWireError) -> Number {
        let raw = try unsigned()
        let value = Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
        guard let number = Number(exactly: value) else { throw malformed("a number too big for its field") }
        return number
    }

    mutating func flag() throws(EventWireError) -> Bool {
        switch try byte() {
        case 0: false
        case 1: true
        default: throw malformed("neither yes nor no")
        }
    }

    /// A count of things that take at least one byte each.
    private mutating func count() throws(EventWireError) -> Int {
        let count = try unsigned()
        guard count <= UInt64(bytes.endIndex - position) else { throw malformed("a count beyond the end") }
        return Int(count)
    }

    mutating func string() throws(EventWireError) -> String {
        let length = try count()
        let text = bytes[position..<position + length]
        guard let string = String(validating: text, as: UTF8.self) else { throw malformed("text that is not UTF-8") }
        position += length
        return string
    }

    mutating func list<Element>(
        _ read: (inout Self) throws(EventWireError) -> Element
    ) throws(EventWireError) -> [Element] {
        let count = try count()
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try read(&self)) }
        return elements
    }

    mutating func optional<Wrapped>(
        _ read: (inout Self) throws(EventWireError) -> Wrapped
    ) throws(EventWireError) -> Wrapped? {
        try flag() ? try read(&self) : nil
    }

    mutating func choice<Choice: CaseIterable>(_: Choice.Type) throws(EventWireError) -> Choice {
        let place = Int(try byte())
        guard let value = Choice.allCases.dropFirst(place).first else {
            throw malformed("a choice that is not offered")
        }
        return value
    }
}
