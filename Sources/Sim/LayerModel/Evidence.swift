/// What the layers were seen to hold before an operation ran: the only thing a prediction is made from.
public struct Evidence: Hashable, Sendable {
    /// One look at one name in one layer.
    public struct Row: Hashable, Sendable {
        /// The resolved path that was looked at.
        public var path: Path
        public var layer: LayerID
        /// What was there; `nil` when the layer holds nothing of that name.
        public var entry: LayerEntry?

        public init(path: Path, layer: LayerID, entry: LayerEntry?) {
            self.path = path
            self.layer = layer
            self.entry = entry
        }
    }

    /// The looks in the order in which they were taken; each (path, layer) once.
    public var rows: [Row]
    /// Directories whose children were listed in full, in every layer: what is not a row is not there.
    public var listed: [Path]

    public init(rows: [Row] = [], listed: [Path] = []) {
        self.rows = rows
        self.listed = listed
    }
}

/// A stack of layers that can be asked what each one holds.
///
/// Three things answer: the directories of a mounted overlay, the evidence rows of a recorded operation,
/// and a state of the simulator. The rules of lookup and of each driver are written once over this protocol.
public protocol LayerReading {
    /// How many read-only layers there are.
    var lowerCount: Int { get }

    /// What `layer` itself holds at `path`, with no other layer and no symbolic link taken into account.
    ///
    /// - Throws: `EvidenceMissing` when this source cannot tell.
    mutating func entry(at path: Path, in layer: LayerID) throws -> LayerEntry?

    /// The names that `layer` itself holds directly beneath the directory at `path`, whiteouts included.
    ///
    /// - Throws: `EvidenceMissing` when this source cannot tell.
    mutating func children(of path: Path, in layer: LayerID) throws -> [ByteString: LayerEntry]

    /// The names of the extended attributes that `layer` itself holds at `path`, without overlayfs's own;
    /// `nil` when nothing is there or this source cannot tell.
    ///
    /// - Throws: `EvidenceMissing` when nobody looked at the path.
    mutating func attributes(at path: Path, in layer: LayerID) throws -> [ByteString]?
}

extension LayerReading {
    /// The names that the entry tells.
    public mutating func attributes(at path: Path, in layer: LayerID) throws -> [ByteString]? {
        try entry(at: path, in: layer)?.attributes
    }

    /// All layers from the top down: the order of a lookup.
    public var layersFromTop: [LayerID] {
        [.upper] + (1...max(lowerCount, 1)).reversed().filter { $0 <= lowerCount }.map(LayerID.lower)
    }
}

/// A question that the evidence does not answer.
public struct EvidenceMissing: Error, Hashable, Sendable, CustomStringConvertible {
    public var path: Path
    public var layer: LayerID
    public init(path: Path, layer: LayerID) {
        self.path = path
        self.layer = layer
    }
    public var description: String { "nobody looked at \(path) in layer \(layer) before the call" }
}
