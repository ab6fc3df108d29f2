import LayerModel

/// Text on its way into SQLite, built in memory that is used again and again: a run may write a million short texts a
/// second, and an allocation for each would cost more than storing it.
final class TextBuffer {
    /// Where the text begins; valid until the next write.
    private(set) var start = UnsafeMutablePointer<UInt8>.allocate(capacity: 1 << 12)
    private var capacity = 1 << 12
    private(set) var count = 0

    deinit { start.deallocate() }

    /// What has been written since `clear`; valid until the next write.
    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    func clear() { count = 0 }

    // MARK: - Bare text

    func literal(_ text: StaticString) { append(text.utf8Start, text.utf8CodeUnitCount) }

    func append(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            if let start = utf8.baseAddress { append(start, utf8.count) }
        }
    }

    func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { bytes in
            if let start = bytes.baseAddress { append(start, bytes.count) }
        }
    }

    /// The path as `Path.description` has it.
    func append(_ path: Path) {
        byte(UInt8(ascii: "/"))
        for (index, name) in path.components.enumerated() {
            if index > 0 { byte(UInt8(ascii: "/")) }
            append(name.text)
        }
        if path.demandsDirectory { byte(UInt8(ascii: "/")) }
    }

    /// The layer as `LayerID.description` has it.
    func append(_ layer: LayerID) {
        switch layer {
        case .upper: literal("upper")
        case .lower(let number): self.number(Int64(number))
        }
    }

    // MARK: - JSON (RFC 8259)

    func number(_ value: Int64?) {
        guard let value else { return literal("null") }
        if value < 0 { byte(UInt8(ascii: "-")) }
        var rest = value.magnitude
        // Nineteen digits at most, from the last to the first.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var place = 20
            repeat {
                place -= 1
                digits[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            append(digits.baseAddress! + place, 20 - place)
        }
    }

    func string(_ text: String?) {
        guard let text else { return literal("null") }
        byte(UInt8(ascii: "\""))
        escaped { $0.append(text) }
        byte(UInt8(ascii: "\""))
    }

    func string(_ text: ByteString?) { string(text?.text) }

    func string(_ path: Path) {
        byte(UInt8(ascii: "\""))
        escaped { $0.append(path) }
        byte(UInt8(ascii: "\""))
    }

    func string(_ layer: LayerID) {
        byte(UInt8(ascii: "\""))
        append(layer)
        byte(UInt8(ascii: "\""))
    }

    /// Ends an array whose elements were each followed by a comma.
    func closeArray() {
        if count > 0, start[count - 1] == UInt8(ascii: ",") { count -= 1 }
        byte(UInt8(ascii: "]"))
    }

    /// Escapes what `write` writes, where it has to be: quotation marks, backslashes and control characters (section 7).
    private func escaped(_ write: (TextBuffer) -> Void) {
        let begin = count
        write(self)
        let isPlain = bytes[begin...].allSatisfy {
            $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard !isPlain else { return }
        let written = Array(bytes[begin...])
        count = begin
        for code in written {
            switch code {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                byte(UInt8(ascii: "\\"))
                byte(code)
            case 0..<0x20:
                literal("\\u00")
                byte(Self.digit(code >> 4))
                byte(Self.digit(code & 15))
            default: byte(code)
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    // MARK: - Memory

    private func byte(_ byte: UInt8) {
        if count == capacity { grow(by: 1) }
        start[count] = byte
        count += 1
    }

    private func append(_ source: UnsafePointer<UInt8>, _ length: Int) {
        if count + length > capacity { grow(by: length) }
        (start + count).update(from: source, count: length)
        count += length
    }

    private func grow(by length: Int) {
        let larger = max(capacity * 2, count + length)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: start, count: count)
        start.deallocate()
        (start, capacity) = (moved, larger)
    }
}
