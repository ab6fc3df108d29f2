/// An absolute path inside a union filesystem, as the process inside it would write it.
///
/// Empty components and `.` are dropped; `..` is kept, because only a lookup can tell what it means
/// (see path_resolution(7)), and so is a last `.`, which no call can make, remove or rename. A trailing slash is
/// remembered: it demands a directory. Two paths are equal where the kernel sees the same names: byte by byte.
public struct Path: Hashable, Sendable {
    /// The names from the root down; empty for the root itself.
    public let components: [ByteString]

    /// Whether the path ended in a slash, so that the last name must be a directory.
    public let demandsDirectory: Bool

    /// The root of the union.
    public static let root = Path(components: [])

    public init(components: [ByteString], demandsDirectory: Bool = false) {
        self.components = components
        self.demandsDirectory = demandsDirectory
    }

    /// Reads a path as the kernel does; a relative one is taken from the root.
    ///
    /// - Parameter text: As a `ByteString` spells it.
    public init(_ text: some StringProtocol) {
        var text = String(text)
        self = text.withUTF8 { Path(bytes: $0) { ByteString(String(decoding: $0, as: UTF8.self)) } }
    }

    /// Reads a path from the bytes that the kernel sees.
    public init(bytes: some Collection<UInt8>) {
        self =
            bytes.withContiguousStorageIfAvailable { Path(bytes: $0) { ByteString(bytes: $0) } }
            ?? Array(bytes).withUnsafeBufferPointer { Path(bytes: $0) { ByteString(bytes: $0) } }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, _ name: (UnsafeBufferPointer<UInt8>) -> ByteString) {
        var components: [ByteString] = []
        components.reserveCapacity(bytes.reduce(1) { $1 == UInt8(ascii: "/") ? $0 + 1 : $0 })
        var endsOpen = false
        var endsInDot = false
        var start = 0
        for end in 0...bytes.count where end == bytes.count || bytes[end] == UInt8(ascii: "/") {
            let part = UnsafeBufferPointer(rebasing: bytes[start..<end])
            start = end + 1
            endsOpen = part.isEmpty
            if !endsOpen { endsInDot = part.count == 1 && part[0] == UInt8(ascii: ".") }
            if !endsOpen, !endsInDot { components.append(name(part)) }
        }
        if endsInDot { components.append(".") }
        self.init(components: components, demandsDirectory: endsOpen && !endsInDot && !components.isEmpty)
    }

    /// The last name, or `nil` for the root.
    public var name: ByteString? { components.last }

    /// The directory that holds the last name; the root is its own parent.
    public var parent: Path { Path(components: Array(components.dropLast())) }

    /// The directories from the root's first child down to the parent, topmost first; the root is left out.
    public var ancestors: [Path] {
        guard components.count > 1 else { return [] }
        return (1..<components.count).map { Path(components: Array(components.prefix($0))) }
    }

    /// The path one name further down.
    public func appending(_ name: ByteString) -> Path { Path(components: components + [name]) }

    /// Whether this path is `other` or lies beneath it.
    public func isAtOrBeneath(_ other: Path) -> Bool { components.starts(with: other.components) }

    /// The same names without the demand for a directory.
    public var withoutTrailingSlash: Path { Path(components: components) }

    /// What the kernel sees, with a NUL at its end, for a system call.
    public var cString: [CChar] { ByteString(description).cString }

    /// How many bytes the kernel sees, without the NUL.
    public var byteCount: Int {
        components.reduce(components.isEmpty ? 1 : 0) { $0 + 1 + $1.count } + (demandsDirectory ? 1 : 0)
    }
}

extension Path: CustomStringConvertible {
    /// The path as text, spelled as its names are (`ByteString`).
    public var description: String {
        "/" + components.joined(separator: "/") + (demandsDirectory ? "/" : "")
    }
}

extension Path: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}

extension Path: Comparable {
    /// Parents come before what they hold.
    public static func < (left: Path, right: Path) -> Bool {
        if left.components == right.components { return !left.demandsDirectory && right.demandsDirectory }
        return left.components.lexicographicallyPrecedes(right.components)
    }
}
