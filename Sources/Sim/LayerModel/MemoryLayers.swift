/// A stack of layers held in memory.
public struct MemoryLayers: LayerReading, Hashable, Sendable {
    /// The read-only layers from the bottom up; each is its names, without the root.
    public var lowers: [[Path: LayerEntry]]
    public var upper: [Path: LayerEntry]
    /// The attributes of the root in every layer.
    public var root = LayerEntry(kind: .directory, permissions: 0o755)

    public init(lowers: [[Path: LayerEntry]], upper: [Path: LayerEntry] = [:]) {
        self.lowers = lowers
        self.upper = upper
    }

    public var lowerCount: Int { lowers.count }

    /// The names of one layer; setting a lower one is how a stack is built.
    public subscript(layer: LayerID) -> [Path: LayerEntry] {
        get {
            switch layer {
            case .upper: upper
            case .lower(let number): lowers[number - 1]
            }
        }
        set {
            switch layer {
            case .upper: upper = newValue
            case .lower(let number): lowers[number - 1] = newValue
            }
        }
    }

    public func entry(at path: Path, in layer: LayerID) -> LayerEntry? {
        path.components.isEmpty ? root : self[layer][path]
    }

    public func children(of path: Path, in layer: LayerID) -> [ByteString: LayerEntry] {
        var children: [ByteString: LayerEntry] = [:]
        for (child, entry) in self[layer] where child.parent == path {
            if let name = child.name { children[name] = entry }
        }
        return children
    }
}
