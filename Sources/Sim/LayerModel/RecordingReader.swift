/// A reader that keeps the answer to every question as evidence, and asks nothing twice.
public struct RecordingReader<Base: LayerReading>: LayerReading {
    public private(set) var base: Base
    /// What was asked and answered so far.
    public private(set) var evidence = Evidence()
    private var places: [LayerName: Int] = [:]
    private var listings: [Path: Set<LayerID>] = [:]

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

    private func isAbsent(_ path: Path, in layer: LayerID) -> Bool {
        path.ancestors.contains { ancestor in
            guard let place = places[LayerName(path: ancestor, layer: layer)] else { return false }
            return evidence.rows[place].entry?.kind != .directory
        }
    }
}
