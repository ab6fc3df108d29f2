/// A name, a link's target, the name of an attribute: bytes to the kernel, which compares them one by one.
///
/// `String` compares canonically equivalent spellings as equal (`é` as one scalar, and as `e` with an accent); to the
/// kernel they are two names. And names need not be UTF-8: only NUL and `/` are excluded (path_resolution(7)).
public struct ByteString: Sendable {
    /// The bytes as text. A byte that is no part of UTF-8 is spelled as the private-use scalar U+10FF00 plus its value, and
    /// so are the bytes of those scalars themselves, so that two byte strings never have one spelling.
    public let text: String

    /// - Parameter text: Is taken as the spelling.
    @inlinable public init(_ text: String) { self.text = text }

    /// The text of bytes as they come from the kernel.
    @inlinable public init(bytes: UnsafeBufferPointer<UInt8>) {
        if Self.areASCII(bytes) {
            text = String(decoding: bytes, as: UTF8.self)
            return
        }
        // Of UTF-8, only what is far beyond any alphabet begins with this byte.
        if !bytes.contains(Self.leadOfSpelledBytes), let text = String(validating: bytes, as: UTF8.self) {
            self.text = text
        } else {
            text = Self.spelled(bytes)
        }
    }

    public init(bytes: some Collection<UInt8>) {
        self =
            bytes.withContiguousStorageIfAvailable { ByteString(bytes: $0) }
            ?? Array(bytes).withUnsafeBufferPointer { ByteString(bytes: $0) }
    }

    /// How many bytes the kernel sees.
    @inlinable public var count: Int { isSpelled ? bytes.count : text.utf8.count }

    /// Whether the kernel sees more bytes than `limit`. The spelling is never shorter than what it spells, so that a name
    /// of usual length is not searched for spelled bytes.
    @inlinable public func isLonger(than limit: Int) -> Bool { text.utf8.count > limit && count > limit }

    @inlinable public var isEmpty: Bool { text.isEmpty }

    /// What the kernel sees.
    public var bytes: [UInt8] {
        guard isSpelled else { return Array(text.utf8) }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if let byte = scalar.spelledByte { bytes.append(byte) } else { bytes += UTF8.encode(scalar)! }
        }
        return bytes
    }

    /// The same with a NUL at its end, for a system call.
    public var cString: [CChar] { bytes.map(CChar.init(bitPattern:)) + [0] }

    /// Whether some byte of it is no UTF-8.
    @inlinable public var isSpelled: Bool {
        let isASCII = text.utf8.withContiguousStorageIfAvailable { Self.areASCII($0) } ?? false
        return !isASCII && text.unicodeScalars.contains { $0.spelledByte != nil }
    }

    /// Most names are. Without an early end the loop goes by many bytes at once.
    @inlinable static func areASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var all: UInt8 = 0
        for byte in bytes { all |= byte }
        return all < 0x80
    }

    @usableFromInline static var leadOfSpelledBytes: UInt8 { 0xF4 }

    @usableFromInline static func spelled(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        var text = ""
        var rest = bytes[...]
        while let first = rest.first {
            let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            let candidate = rest.prefix(length)
            if let valid = String(validating: candidate, as: UTF8.self), valid.unicodeScalars.count == 1,
                valid.unicodeScalars.first?.spelledByte == nil
            {
                text.unicodeScalars.append(valid.unicodeScalars.first!)
                rest = rest.dropFirst(length)
            } else {
                text.unicodeScalars.append(Unicode.Scalar(0x10_FF00 + UInt32(first))!)
                rest = rest.dropFirst()
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    /// The byte that the scalar spells, if it spells one.
    @usableFromInline var spelledByte: UInt8? { value >= 0x10_FF80 ? UInt8(truncatingIfNeeded: value) : nil }
}

extension ByteString: Hashable {
    @inlinable public static func == (left: ByteString, right: ByteString) -> Bool {
        sameBytes(left.text, right.text)
    }

    @inlinable public func hash(into hasher: inout Hasher) {
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable {
            hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }
        if isDone == nil { for byte in text.utf8 { hasher.combine(byte) } }
        // No byte of UTF-8: two strings one after the other are not one.
        hasher.combine(0xFF as UInt8)
    }
}

extension ByteString: Comparable {
    /// The order of the bytes, as `LC_ALL=C sort` has it.
    public static func < (left: ByteString, right: ByteString) -> Bool {
        if left.isSpelled || right.isSpelled { return left.bytes.lexicographicallyPrecedes(right.bytes) }
        return left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

extension ByteString: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self.init(value) }
}

extension ByteString: LosslessStringConvertible {
    public var description: String { text }
}

extension ByteString {
    /// Whether it begins with the bytes of `prefix`.
    public func hasPrefix(_ prefix: String) -> Bool { text.utf8.starts(with: prefix.utf8) }
}

/// Whether two texts have the same bytes.
@inlinable public func sameBytes(_ left: String, _ right: String) -> Bool {
    // Two short strings of the same bytes, or two copies of one, are mostly the same words; where they are not, the bytes
    // tell.
    if unsafeBitCast(left, to: (UInt64, UInt64).self) == unsafeBitCast(right, to: (UInt64, UInt64).self) { return true }
    guard left.utf8.count == right.utf8.count else { return false }
    return left.utf8.withContiguousStorageIfAvailable { left in
        right.utf8.withContiguousStorageIfAvailable { right in
            for index in left.indices where left[index] != right[index] { return false }
            return true
        } ?? false
    } ?? left.utf8.elementsEqual(right.utf8)
}

extension Collection<ByteString> {
    /// The texts, one after the other.
    public func joined(separator: String = "") -> String { map(\.text).joined(separator: separator) }
}
