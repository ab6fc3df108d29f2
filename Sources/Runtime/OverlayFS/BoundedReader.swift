internal import LayerModel

/// A lookup came to a name where another filesystem is mounted over the union.
struct LeavesUnion: Error {
    let path: Path
    /// What the last symbolic link on the way points at.
    let lastTarget: ByteString?

    /// Whether the way may lead back: through the links of proc(5) to open files, and those of /dev to them.
    var mayReturn: Bool {
        guard let lastTarget else { return false }
        return ["/proc", "/dev/fd", "/dev/std"].contains { lastTarget.hasPrefix($0) }
    }
}

/// The layers of a container as far as they are visible: what lies under another mount is not the union's.
struct BoundedReader<Base: LayerReading>: LayerReading {
    private var base: Base
    private let mountPoints: Set<Path>
    private var lastTarget: ByteString?

    init(_ base: Base, mountPoints: Set<Path>) {
        self.base = base
        self.mountPoints = mountPoints
    }

    var lowerCount: Int { base.lowerCount }

    /// - Throws: `LeavesUnion`; what the base throws.
    mutating func entry(at path: Path, in layer: LayerID) throws -> LayerEntry? {
        if mountPoints.contains(path) { throw LeavesUnion(path: path, lastTarget: lastTarget) }
        let entry = try base.entry(at: path, in: layer)
        if let target = entry?.target { lastTarget = target }
        return entry
    }

    /// - Throws: what the base throws.
    mutating func children(of path: Path, in layer: LayerID) throws -> [ByteString: LayerEntry] {
        try base.children(of: path, in: layer)
    }

    /// - Throws: what the base throws.
    mutating func attributes(at path: Path, in layer: LayerID) throws -> [ByteString]? {
        try base.attributes(at: path, in: layer)
    }
}
