internal import LayerModel

/// A lookup came to a name where another filesystem is mounted over the union.
struct LeavesUnion: Error {
    let path: Path
}

/// The layers of a container as far as they are visible: what lies under another mount is not the union's.
struct BoundedReader<Base: LayerReading>: LayerReading {
    private var base: Base
    private let mountPoints: Set<Path>

    init(_ base: Base, mountPoints: Set<Path>) {
        self.base = base
        self.mountPoints = mountPoints
    }

    var lowerCount: Int { base.lowerCount }

    /// - Throws: `LeavesUnion`; what the base throws.
    mutating func entry(at path: Path, in layer: LayerID) throws -> LayerEntry? {
        if mountPoints.contains(path) { throw LeavesUnion(path: path) }
        return try base.entry(at: path, in: layer)
    }

    /// - Throws: what the base throws.
    mutating func children(of path: Path, in layer: LayerID) throws -> [String: LayerEntry] {
        try base.children(of: path, in: layer)
    }

    /// - Throws: what the base throws.
    mutating func attributes(at path: Path, in layer: LayerID) throws -> [String]? {
        try base.attributes(at: path, in: layer)
    }
}
