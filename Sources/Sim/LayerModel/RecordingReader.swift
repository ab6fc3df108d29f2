/// A reader that keeps the answer to every question as evidence, and asks nothing twice.
public struct RecordingReader<Base: LayerReading>: LayerReading {
    public private(set) var base: Base
    /// What was asked and answered so far.
    public private(set) var evidence = Evidence()
    private var places: [LayerName: Int] = [:]
    private var listings: [Path: Set<LayerID>] = [:]
    /// Names that stand for nothing, or for no directory, in a layer, and beneath which something was asked for.
    private var ends: [LayerID: [Path]] = [:]

    public init(_ base: Base) { self.base = base }

    public var lowerCount: Int { base.lowerCount }

    /// A name beneath something that is known not to be a directory is not asked for and leaves no row.
    public mutating func entry(at path: Path, in layer: LayerID) throws -> LayerEntry? {
        if let place = places[LayerName(path: path, layer: layer)] { return evidence.rows[place].entry }
        if isAbsent(path, in: layer) { return nil }
        let entry = try base.entry(at: path, in: layer)
        note(entry, at: path, in: layer)
        return entry
    }

    public mutating func children(of path: Path, in layer: LayerID) throws -> [ByteString: LayerEntry] {
        let children = isAbsent(path.appending(""), in: layer) ? [:] : try base.children(of: path, in: layer)
        for (name, entry) in children.sorted(by: { $0.key < $1.key }) {
            note(entry, at: path.appending(name), in: layer)
        }
        if listings[path, default: []].insert(layer).inserted, listings[path]?.count == lowerCount + 1 {
            evidence.listed.append(path)
        }
        return children
    }

    public mutating func attributes(at path: Path, in layer: LayerID) throws -> [ByteString]? {
        guard var entry = try entry(at: path, in: layer) else { return nil }
        guard entry.attributes == nil else { return entry.attributes }
        entry.attributes = try base.attributes(at: path, in: layer)
        if let place = places[LayerName(path: path, layer: layer)] { evidence.rows[place].entry = entry }
        return entry.attributes
    }

    private mutating func note(_ entry: LayerEntry?, at path: Path, in layer: LayerID) {
        let name = LayerName(path: path, layer: layer)
        guard places[name] == nil else { return }
        places[name] = evidence.rows.count
        evidence.rows.append(Evidence.Row(path: path, layer: layer, entry: entry))
    }

    /// Whether something that is no directory stands above the name: told by its parent, which a walk asks for first.
    private mutating func isAbsent(_ path: Path, in layer: LayerID) -> Bool {
        if path.components.isEmpty { return false }
        if ends[layer]?.contains(where: path.isAtOrBeneath) == true { return true }
        let parent = path.parent
        guard let place = places[LayerName(path: parent, layer: layer)] else { return isAbsent(parent, in: layer) }
        if evidence.rows[place].entry?.kind == .directory { return false }
        ends[layer, default: []].append(parent)
        return true
    }
}
