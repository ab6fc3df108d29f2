/// Layers as recorded evidence tells of them: what nobody looked at is an error, not an absence.
public struct EvidenceReader: LayerReading {
    public let lowerCount: Int
    private var entries: [LayerName: LayerEntry?] = [:]
    private let listed: Set<Path>

    /// - Parameter lowerCount: How many read-only layers there are; by default as many as the rows tell of.
    public init(_ evidence: Evidence, lowerCount: Int? = nil) {
        var highest = 0
        for row in evidence.rows {
            entries[LayerName(path: row.path, layer: row.layer)] = .some(row.entry)
            if case .lower(let number) = row.layer { highest = max(highest, number) }
        }
        self.lowerCount = lowerCount ?? highest
        listed = Set(evidence.listed)
    }

    public func entry(at path: Path, in layer: LayerID) throws -> LayerEntry? {
        if let known = entries[LayerName(path: path, layer: layer)] { return known }
        guard !path.components.isEmpty else { throw EvidenceMissing(path: path, layer: layer) }
        if listed.contains(path.parent) || isAbsent(path, in: layer) { return nil }
        throw EvidenceMissing(path: path, layer: layer)
    }

    public func children(of path: Path, in layer: LayerID) throws -> [String: LayerEntry] {
        guard listed.contains(path) else {
            if isAbsent(path.appending(""), in: layer) { return [:] }
            throw EvidenceMissing(path: path, layer: layer)
        }
        var children: [String: LayerEntry] = [:]
        for (key, entry) in entries where key.layer == layer && key.path.parent == path {
            if let entry, let name = key.path.name { children[name] = entry }
        }
        return children
    }

    /// Whether a row says that the layer has no directory above `path`.
    private func isAbsent(_ path: Path, in layer: LayerID) -> Bool {
        path.ancestors.contains { ancestor in
            guard let known = entries[LayerName(path: ancestor, layer: layer)] else {
                return listed.contains(ancestor.parent)
            }
            return known?.kind != .directory
        }
    }
}

/// One name in one layer.
struct LayerName: Hashable {
    var path: Path
    var layer: LayerID
}
