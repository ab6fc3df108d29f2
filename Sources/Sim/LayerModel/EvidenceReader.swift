/// Layers as recorded evidence tells of them: what nobody looked at is an error, not an absence.
public struct EvidenceReader: LayerReading {
    public let lowerCount: Int
    /// A call looks at a dozen names, which are found sooner one after the other than by their hashes.
    private let rows: [Evidence.Row]
    private let listed: [Path]

    /// - Parameter lowerCount: How many read-only layers there are; by default as many as the rows tell of.
    public init(_ evidence: Evidence, lowerCount: Int? = nil) {
        var highest = 0
        for row in evidence.rows {
            if case .lower(let number) = row.layer { highest = max(highest, number) }
        }
        self.lowerCount = lowerCount ?? highest
        rows = evidence.rows
        listed = evidence.listed
    }

    private func known(_ path: Path, in layer: LayerID) -> LayerEntry?? {
        // By index: a row that does not match is not copied.
        for index in rows.indices where rows[index].layer == layer && rows[index].path == path {
            return .some(rows[index].entry)
        }
        return nil
    }

    public func entry(at path: Path, in layer: LayerID) throws -> LayerEntry? {
        if let known = known(path, in: layer) { return known }
        guard !path.components.isEmpty else { throw EvidenceMissing(path: path, layer: layer) }
        if listed.contains(path.parent) || isAbsent(path, in: layer) { return nil }
        throw EvidenceMissing(path: path, layer: layer)
    }

    public func children(of path: Path, in layer: LayerID) throws -> [ByteString: LayerEntry] {
        guard listed.contains(path) else {
            if isAbsent(path.appending(""), in: layer) { return [:] }
            throw EvidenceMissing(path: path, layer: layer)
        }
        var children: [ByteString: LayerEntry] = [:]
        let depth = path.components.count + 1
        for row in rows where row.layer == layer && row.path.components.count == depth {
            if let entry = row.entry, row.path.isAtOrBeneath(path), let name = row.path.name { children[name] = entry }
        }
        return children
    }

    /// Whether a row says that the layer has no directory above `path`.
    private func isAbsent(_ path: Path, in layer: LayerID) -> Bool {
        path.ancestors.contains { ancestor in
            guard let known = known(ancestor, in: layer) else {
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
