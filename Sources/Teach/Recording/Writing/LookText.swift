import LayerModel

/// What the layers held around one call, as the text of `operations.looks`: a JSON array of one array a look, whose
/// members are `columns` in their order, without the nulls at the end.
enum LookText {
    /// The members of a look, as the view `evidence` names them.
    static let columns = [
        "phase", "path", "layer", "kind", "mode", "uid", "gid", "size", "links", "inode", "target", "major", "minor",
        "opaque", "redirect", "metacopy", "attributes",
    ]

    /// The SQL expression for a member of `look.value`.
    static func value(of column: String, at place: Int) -> String {
        let value = "look.value ->> \(place)"
        // Left out at the end of a look, these two are false; of nothing they are not said.
        return ["opaque", "metacopy"].contains(column) ? "iif(look.value ->> 3 IS NULL, NULL, coalesce(\(value), 0))" : value
    }

    /// Writes the looks before a call and those after it.
    static func write(_ evidence: Evidence, after: [Evidence.Row], to text: inout JSONBytes) {
        text.bytes.append(UInt8(ascii: "["))
        for row in evidence.rows { write(row, "before", to: &text) }
        for row in after { write(row, "after", to: &text) }
        text.closeArray()
    }

    private static func write(_ row: Evidence.Row, _ phase: StaticString, to text: inout JSONBytes) {
        text.literal("[\"")
        text.literal(phase)
        text.literal("\",")
        text.string(row.path)
        text.literal(",")
        text.string(row.layer)
        guard let entry = row.entry else {
            text.literal("],")
            return
        }
        text.literal(",")
        text.string(entry.kind.rawValue)
        for number in [
            Int64(entry.permissions), Int64(entry.uid), Int64(entry.gid), entry.size, Int64(entry.links),
            // SQLite's integers are signed; an inode number keeps its 64 bits.
            Int64(bitPattern: entry.inode),
        ] {
            text.literal(",")
            text.number(number)
        }
        let isPlain =
            entry.target == nil && entry.device == nil && entry.redirect == nil && entry.attributes == nil
            && !entry.isOpaque && !entry.isMetacopy
        if !isPlain { writeMarks(of: entry, to: &text) }
        text.literal("],")
    }

    /// The members that most entries do not have; a look without them reads as one whose marks are unset.
    private static func writeMarks(of entry: LayerEntry, to text: inout JSONBytes) {
        text.literal(",")
        text.string(entry.target)
        text.literal(",")
        text.number((entry.device?.major).map(Int64.init))
        text.literal(",")
        text.number((entry.device?.minor).map(Int64.init))
        text.literal(entry.isOpaque ? ",1," : ",0,")
        text.string(entry.redirect)
        text.literal(entry.isMetacopy ? ",1" : ",0")
        guard let attributes = entry.attributes else { return }
        text.literal(",[")
        for name in attributes {
            text.string(name)
            text.literal(",")
        }
        text.closeArray()
    }
}

/// JSON text (RFC 8259) under construction, in a buffer that is used again and again.
struct JSONBytes {
    var bytes: [UInt8] = []

    mutating func literal(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Ends an array whose elements were each followed by a comma.
    mutating func closeArray() {
        if bytes.last == UInt8(ascii: ",") {
            bytes[bytes.count - 1] = UInt8(ascii: "]")
        } else {
            bytes.append(UInt8(ascii: "]"))
        }
    }

    mutating func number(_ value: Int64?) {
        guard let value else { return literal("null") }
        guard value < 0 || value > 9 else { return bytes.append(UInt8(ascii: "0") + UInt8(value)) }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = value.magnitude
        while rest > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        bytes[start...].reverse()
    }

    mutating func string(_ text: String?) {
        guard let text else { return literal("null") }
        bytes.append(UInt8(ascii: "\""))
        escaped(text)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func string(_ layer: LayerID) {
        bytes.append(UInt8(ascii: "\""))
        append(layer)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func string(_ path: Path) {
        literal("\"/")
        for (index, name) in path.components.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "/")) }
            escaped(name)
        }
        if path.demandsDirectory { bytes.append(UInt8(ascii: "/")) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// The path as `Path.description` has it, as bare text.
    mutating func append(_ path: Path) {
        bytes.append(UInt8(ascii: "/"))
        for (index, name) in path.components.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "/")) }
            bytes.append(contentsOf: name.utf8)
        }
        if path.demandsDirectory { bytes.append(UInt8(ascii: "/")) }
    }

    /// The layer as `LayerID.description` has it, as bare text.
    mutating func append(_ layer: LayerID) {
        switch layer {
        case .upper: literal("upper")
        case .lower(let number): self.number(Int64(number))
        }
    }

    /// Quotation marks, backslashes and control characters are escaped (RFC 8259, section 7).
    private mutating func escaped(_ text: String) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        let isPlain = bytes[start...].allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        guard !isPlain else { return }
        bytes.removeSubrange(start...)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                literal("\\u00")
                bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
    }
}
