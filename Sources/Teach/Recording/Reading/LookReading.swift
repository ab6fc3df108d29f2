import GRDB
import LayerModel

/// Reads the text that `LookText` wrote.
///
/// Not by way of the view: SQLite would parse each look once for every member of it, and a step may have a million.
struct LookReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    /// The path of the look before: layers are looked at one after the other at the same path.
    private var lastPath: (text: Range<Int>, path: Path)?

    /// A look with the word for when it was taken.
    typealias Look = (isAfter: Bool, row: Evidence.Row)

    /// Reads `operations.looks`.
    ///
    /// - Throws: `DatabaseError` with SQLITE_MISMATCH for anything that `LookText` does not write.
    static func looks(_ text: String) throws -> [Look] {
        var text = text
        return try text.withUTF8 { bytes in
            var reader = LookReader(bytes: bytes)
            var looks: [Look] = []
            try reader.array { reader in looks.append(try reader.look()) }
            guard reader.position == bytes.count else { throw reader.mismatch }
            return looks
        }
    }

    /// The strings of a JSON array of strings.
    ///
    /// - Throws: `DatabaseError` with SQLITE_MISMATCH for anything else.
    static func strings(_ text: String) throws -> [String] {
        var text = text
        return try text.withUTF8 { bytes in
            var reader = LookReader(bytes: bytes)
            return try reader.strings()
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private mutating func look() throws -> Look {
        guard take(UInt8(ascii: "[")), let phase = try string() else { throw mismatch }
        try comma()
        let path = try path()
        try comma()
        guard let layer = try string().flatMap({ LayerID($0) }) else { throw mismatch }
        var entry: LayerEntry?
        if take(UInt8(ascii: ",")) { entry = try self.entry() }
        guard take(UInt8(ascii: "]")) else { throw mismatch }
        return (phase == "after", Evidence.Row(path: path, layer: layer, entry: entry))
    }

    private mutating func path() throws -> Path {
        let start = position
        // The same text as before is the same path, and need not be read again.
        if let lastPath, start + lastPath.text.count <= bytes.count,
            bytes[start..<start + lastPath.text.count].elementsEqual(bytes[lastPath.text])
        {
            position += lastPath.text.count
            return lastPath.path
        }
        guard let text = try string() else { throw mismatch }
        let path = Path(text)
        lastPath = (start..<position, path)
        return path
    }

    private mutating func entry() throws -> LayerEntry {
        guard let kind = try string().flatMap(NodeKind.init) else { throw mismatch }
        func next(_ reader: inout LookReader) throws -> Int64 {
            try reader.comma()
            guard let number = try reader.number() else { throw reader.mismatch }
            return number
        }
        var entry = LayerEntry(kind: kind, permissions: UInt16(truncatingIfNeeded: try next(&self)))
        entry.uid = UInt32(truncatingIfNeeded: try next(&self))
        entry.gid = UInt32(truncatingIfNeeded: try next(&self))
        entry.size = try next(&self)
        entry.links = UInt32(truncatingIfNeeded: try next(&self))
        entry.inode = UInt64(bitPattern: try next(&self))
        guard take(UInt8(ascii: ",")) else { return entry }
        entry.target = try string().map(ByteString.init(_:))
        try comma()
        let major = try number()
        try comma()
        if let major, let minor = try number() {
            entry.device = DeviceNumber(
                major: UInt32(truncatingIfNeeded: major), minor: UInt32(truncatingIfNeeded: minor))
        } else if major == nil {
            _ = try number()
        }
        entry.isOpaque = try next(&self) != 0
        try comma()
        entry.redirect = try string().map(ByteString.init(_:))
        entry.isMetacopy = try next(&self) != 0
        if take(UInt8(ascii: ",")) { entry.attributes = try strings().map(ByteString.init(_:)) }
        return entry
    }

    private mutating func strings() throws -> [String] {
        var strings: [String] = []
        try array { reader in
            guard let text = try reader.string() else { throw reader.mismatch }
            strings.append(text)
        }
        return strings
    }

    // MARK: - JSON

    private var mismatch: DatabaseError {
        DatabaseError(
            resultCode: .SQLITE_MISMATCH, message: "what is recorded of the layers breaks off at byte \(position)")
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func comma() throws { guard take(UInt8(ascii: ",")) else { throw mismatch } }

    private mutating func array(_ element: (inout LookReader) throws -> Void) throws {
        guard take(UInt8(ascii: "[")) else { throw mismatch }
        if take(UInt8(ascii: "]")) { return }
        repeat { try element(&self) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw mismatch }
    }

    private mutating func null() -> Bool {
        guard take(UInt8(ascii: "n")) else { return false }
        position += 3
        return true
    }

    /// A number, or `nil` for null.
    private mutating func number() throws -> Int64? {
        if null() { return nil }
        let isNegative = take(UInt8(ascii: "-"))
        var magnitude: UInt64 = 0
        let start = position
        while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10 {
            magnitude = magnitude &* 10 &+ UInt64(digit)
            position += 1
        }
        guard position > start else { throw mismatch }
        let value = Int64(bitPattern: magnitude)
        return isNegative ? 0 &- value : value
    }

    /// A string, or `nil` for null.
    private mutating func string() throws -> String? {
        if null() { return nil }
        guard take(UInt8(ascii: "\"")) else { throw mismatch }
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\") {
            position += 1
        }
        if take(UInt8(ascii: "\"")) { return String(decoding: bytes[start..<position - 1], as: UTF8.self) }
        var text = Array(bytes[start..<position])
        while !take(UInt8(ascii: "\"")) {
            guard position < bytes.count else { throw mismatch }
            if take(UInt8(ascii: "\\")) {
                text.append(try escape())
            } else {
                text.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func escape() throws -> UInt8 {
        guard position < bytes.count else { throw mismatch }
        if take(UInt8(ascii: "u")) {
            guard position + 4 <= bytes.count,
                let value = UInt8(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
            else { throw mismatch }
            position += 4
            return value
        }
        position += 1
        return switch bytes[position - 1] {
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        case let byte: byte
        }
    }
}
