/// What the union shows under one name, and which layers it is made of.
public struct UnionNode: Hashable, Sendable {
    /// The resolved path.
    public var path: Path
    /// The layers that make it up, topmost first: one for a non-directory, all that are merged for a directory.
    /// Never empty.
    public var layers: [LayerID]
    /// What the topmost of them holds: the attributes that the union shows.
    public var entry: LayerEntry

    public init(path: Path, layers: [LayerID], entry: LayerEntry) {
        self.path = path
        self.layers = layers
        self.entry = entry
    }

    /// The layer that answers.
    public var layer: LayerID { layers[0] }
    public var isDirectory: Bool { entry.kind == .directory }
    /// Whether the upper layer holds it, so that nothing is left to copy up.
    public var isInUpper: Bool { layer == .upper }
    /// The read-only layers that take part, topmost first.
    public var lowers: ArraySlice<LayerID> { isInUpper ? layers.dropFirst() : layers[...] }
}

/// What a lookup came to: the last name in its directory, whether something stands there or not.
public struct Resolution: Hashable, Sendable {
    /// What the last component was, in the kernel's words LAST_NORM, LAST_DOT, LAST_DOTDOT and LAST_ROOT.
    public enum LastName: Hashable, Sendable {
        case normal
        case selfReference
        case parentReference
        case root
    }

    /// The resolved path: free of symbolic links, `..` and a trailing slash.
    public var path: Path
    /// The directories from the root down to the one that holds the last name. Never empty.
    public var directories: [UnionNode]
    /// What the union shows there; `nil` where the name is free.
    public var node: UnionNode?
    /// The layer whose whiteout made the name free.
    public var whiteout: LayerID?
    /// Whether a trailing slash, in the path or in a symbolic link at its end, demands a directory.
    public var demandsDirectory: Bool
    public var lastName: LastName
    /// Whether the last name is longer than any filesystem takes: the calls that make, remove and rename names find
    /// that out only when they look it up, after other checks.
    public var isNameTooLong = false

    /// The directory that holds the last name; for the root, the root.
    public var parent: UnionNode { directories[directories.count - 1] }

    /// What stands there, as a call sees it that needs something to stand there.
    ///
    /// - Throws: `Errno.ENOENT`; `Errno.ENAMETOOLONG`; `Errno.ENOTDIR` where a trailing slash demands a directory.
    public func existing() throws -> UnionNode {
        guard let node = try found() else { throw Errno.ENOENT }
        if demandsDirectory, !node.isDirectory { throw Errno.ENOTDIR }
        return node
    }

    /// What stands there, if anything does.
    ///
    /// - Throws: `Errno.ENAMETOOLONG`
    public func found() throws -> UnionNode? {
        if isNameTooLong { throw Errno.ENAMETOOLONG }
        return node
    }
}

/// Something that the rules do not know; the reason is a clause that can follow "because".
public struct Unmodelled: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String
    public init(_ reason: String) { self.reason = reason }
    public var description: String { reason }
}
