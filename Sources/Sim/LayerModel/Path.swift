/// An absolute path inside a union filesystem, as the process inside it would write it.
///
/// Empty components and `.` are dropped; `..` is kept, because only a lookup can tell what it means
/// (see path_resolution(7)), and so is a last `.`, which no call can make, remove or rename. A trailing slash is
/// remembered: it demands a directory.
public struct Path: Hashable, Sendable {
    /// The names from the root down; empty for the root itself.
    public let components: [String]

    /// Whether the path ended in a slash, so that the last name must be a directory.
    public let demandsDirectory: Bool

    /// The root of the union.
    public static let root = Path(components: [])

    public init(components: [String], demandsDirectory: Bool = false) {
        self.components = components
        self.demandsDirectory = demandsDirectory
    }

    /// Reads a path as the kernel does; a relative one is taken from the root.
    public init(_ text: some StringProtocol) {
        var components: [String] = []
        var endsOpen = false
        var endsInDot = false
        for part in text.split(separator: "/", omittingEmptySubsequences: false) {
            endsOpen = part.isEmpty
            if !endsOpen { endsInDot = part == "." }
            if !endsOpen, !endsInDot { components.append(String(part)) }
        }
        if endsInDot { components.append(".") }
        self.init(components: components, demandsDirectory: endsOpen && !endsInDot && !components.isEmpty)
    }

    /// The last name, or `nil` for the root.
    public var name: String? { components.last }

    /// The directory that holds the last name; the root is its own parent.
    public var parent: Path { Path(components: Array(components.dropLast())) }

    /// The directories from the root's first child down to the parent, topmost first; the root is left out.
    public var ancestors: [Path] {
        guard components.count > 1 else { return [] }
        return (1..<components.count).map { Path(components: Array(components.prefix($0))) }
    }

    /// The path one name further down.
    public func appending(_ name: String) -> Path { Path(components: components + [name]) }

    /// Whether this path is `other` or lies beneath it.
    public func isAtOrBeneath(_ other: Path) -> Bool { components.starts(with: other.components) }

    /// The same names without the demand for a directory.
    public var withoutTrailingSlash: Path { Path(components: components) }
}

extension Path: CustomStringConvertible {
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
