internal import Crypto

/// A content address: `sha256:` and 64 lower-case hexadecimal digits.
///
/// The image specification registers other algorithms; sha256 is the one that every tool writes and reads.
/// See image-spec, descriptor.md, "Digests".
public struct Digest: Hashable, Sendable {
    /// The 64 hexadecimal digits without the algorithm: the name of the blob's file.
    public let hex: String

    /// Reads `sha256:...`.
    ///
    /// - Throws: `FormatError` when the algorithm is another or the digits are not 64 lower-case hexadecimal ones.
    public init(_ text: some StringProtocol) throws(FormatError) {
        guard text.hasPrefix("sha256:"), let hex = Self.validated(text.dropFirst(7)) else {
            throw FormatError("invalid digest \"\(text)\": it must be sha256: and 64 lower-case hexadecimal digits")
        }
        self.hex = hex
    }

    /// Reads the digits alone; `nil` unless they are 64 lower-case hexadecimal ones.
    public init?(hex: some StringProtocol) {
        guard let hex = Self.validated(hex) else { return nil }
        self.hex = hex
    }

    /// The digest of `bytes`.
    public init(of bytes: some Sequence<UInt8>) {
        var digester = Digester()
        let whole: Void? = bytes.withContiguousStorageIfAvailable { digester.update(UnsafeRawBufferPointer($0)) }
        if whole == nil { Array(bytes).withUnsafeBytes { digester.update($0) } }
        self = digester.digest
    }

    init(words: some Sequence<UInt8>) {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in words {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        hex = String(decoding: text, as: UTF8.self)
    }

    /// The first twelve digits, as Docker prints an id.
    public var short: String { String(hex.prefix(12)) }

    private static func validated(_ text: some StringProtocol) -> String? {
        guard text.utf8.count == 64, text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        return String(text)
    }
}

extension Digest: CustomStringConvertible {
    public var description: String { "sha256:" + hex }
}

extension Digest: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try String(from: decoder)
        do { try self.init(text) } catch { throw error.located(decoder) }
    }

    public func encode(to encoder: any Encoder) throws {
        try description.encode(to: encoder)
    }
}

/// A digest in the making, for bytes that pass by once.
public struct Digester: Sendable {
    private var hash = SHA256()

    /// How many bytes passed.
    public private(set) var count: Int64 = 0

    public init() {}

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: bytes)
        count += Int64(bytes.count)
    }

    /// The digest of what passed so far.
    public var digest: Digest { Digest(words: hash.finalize()) }
}
