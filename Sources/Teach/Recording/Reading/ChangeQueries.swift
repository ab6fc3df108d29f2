import GRDB
public import LayerModel

/// An effect with what it took the place of: what a net change is made up of.
public struct RecordedChange: Hashable, Sendable {
    public var effect: LayerEffect
    /// What the lower layers had in the union under the name before, and go on having. Told of whiteouts, of copies, and
    /// of what a rename has put in its place.
    public var beneath: UnionNode?
    /// Where the call was a rename: what moved, with all beneath it, and where to.
    public var move: Move?

    public struct Move: Hashable, Sendable {
        public var from: Path
        public var to: Path

        public init(from: Path, to: Path) {
            self.from = from
            self.to = to
        }
    }

    public init(effect: LayerEffect, beneath: UnionNode? = nil, move: Move? = nil) {
        self.effect = effect
        self.beneath = beneath
        self.move = move
    }
}

extension Recording {
    /// The effects of a step's calls in their order, by the container that made them.
    ///
    /// - Throws: `RecordingError`
    public func changes(ofRun run: Int64, step: Int) throws(RecordingError) -> [String: [RecordedChange]] {
        try read { db in
            var changes: [String: [RecordedChange]] = [:]
            // What the layers held is read only where it is asked for: it is most of a row.
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT e.kind, e.path, e.layer, e.size, c.container, o.resolved, o.resolved2,
                    o.syscall LIKE 'rename%' AS renames,
                    iif(e.kind IN ('whiteout', 'copy-up') OR o.syscall LIKE 'rename%', o.looks, NULL) AS looks
                    FROM steps s JOIN operations o ON o.step = s.id JOIN effects e ON e.operation = o.id
                    JOIN containers c ON c.id = o.container WHERE s.run = ? AND s.number = ? ORDER BY e.id
                    """, arguments: [run, step])
            while let row = try rows.next() {
                var change = RecordedChange(effect: try Self.effect(row))
                if row["renames"], let from = row["resolved"] as String?, let to = row["resolved2"] as String? {
                    change.move = .init(from: Path(from), to: Path(to))
                }
                if let looks = row["looks"] as String? {
                    let evidence = try Self.evidence(looks: looks, listed: nil).before
                    var reader = EvidenceReader(evidence)
                    let node = try? Lookup(by: nil).resolve(change.effect.path, .name, over: &reader).node
                    change.beneath = node.flatMap { node in
                        node.lowers.isEmpty
                            ? nil : UnionNode(path: node.path, layers: Array(node.lowers), entry: node.entry)
                    }
                }
                changes[row["container"], default: []].append(change)
            }
            return changes
        }
    }
}
