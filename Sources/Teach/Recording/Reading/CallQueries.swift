public import Events
import GRDB
public import LayerModel

/// A recorded call as it was observed, with its container and its verdict.
public struct RecordedCall: Hashable, Sendable {
    /// The full id of the container that made it.
    public var container: String
    /// The place among the run's lines.
    public var sequence: Int64
    /// Where the record is too old to hold the caller's groups and capabilities, it has none here.
    public var operation: ObservedOperation
    public var judgement: Judgement?
}

extension Recording {
    /// The calls of one step with all of their evidence, in order.
    ///
    /// - Throws: `RecordingError`
    public func calls(ofRun run: Int64, step: Int) throws(RecordingError) -> [RecordedCall] {
        try read { db in
            try Self.calls(db, where: "s.run = :run AND s.number = :step", ["run": run, "step": step])
        }
    }

    private static func calls(
        _ db: Database, where condition: String, _ arguments: StatementArguments
    ) throws -> [RecordedCall] {
        try operations(db, where: condition, arguments) { record, row in
            let (before, after) = try evidence(looks: row["looks"], listed: row["listed"])
            return RecordedCall(
                container: record.container, sequence: record.sequence,
                operation: ObservedOperation(record, before: before, after: after),
                judgement: record.judgement)
        }
    }

    /// Those of a step's calls that bear on some paths: they came to one of them or changed it. Refuted ones are among
    /// them in any case. Where no path is given, those that changed anything.
    ///
    /// - Parameter limit: how many, the last ones.
    /// - Throws: `RecordingError`
    public func calls(
        ofRun run: Int64, step: Int, touching paths: [Path], limit: Int
    ) throws(RecordingError) -> [RecordedCall] {
        let effects = "SELECT 1 FROM effects e WHERE e.operation = x.id"
        let condition =
            paths.isEmpty
            ? "EXISTS (\(effects))"
            : """
            x.resolved IN (SELECT value FROM json_each(:paths)) OR x.resolved2 IN (SELECT value FROM json_each(:paths))
            OR EXISTS (\(effects) AND e.path IN (SELECT value FROM json_each(:paths)))
            """
        return try read { db in
            try Self.calls(
                db,
                where: """
                    o.id IN (SELECT x.id FROM operations x JOIN steps p ON p.id = x.step
                    WHERE p.run = :run AND p.number = :step AND (:paths IS NULL OR x.verdict = 'refuted' OR \(condition))
                    ORDER BY x.id DESC LIMIT :limit)
                    """,
                ["run": run, "step": step, "paths": paths.map(\.withoutTrailingSlash.description).json, "limit": limit])
        }
    }

    /// The sum of a figure's samples in a step; 0 where there are none.
    ///
    /// - Throws: `RecordingError`
    public func total(of sample: String, ofRun run: Int64, step: Int) throws(RecordingError) -> Int64 {
        try read { db in
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT sum(t.value) FROM samples t JOIN steps s ON s.id = t.step
                    WHERE s.run = ? AND s.number = ? AND t.name = ?
                    """, arguments: [run, step, sample]) ?? 0
        }
    }

    /// The containers that a step made, ran or removed, in the order of their appearance in the run.
    ///
    /// - Throws: `RecordingError`
    public func containers(ofRun run: Int64, step: Int) throws(RecordingError) -> [RecordedContainer] {
        let names = Set(
            try read { db in
                try String.fetchAll(
                    db,
                    sql: """
                        SELECT DISTINCT c.container FROM container_events e JOIN steps s ON s.id = e.step
                        JOIN containers c ON c.id = e.container WHERE s.run = ? AND s.number = ?
                        """, arguments: [run, step])
            })
        return try containers(ofRun: run).filter { names.contains($0.id) }
    }

    /// What the layers held when a step had ended, a snapshot for each of its containers.
    ///
    /// - Throws: `RecordingError`
    public func snapshots(ofRun run: Int64, step: Int) throws(RecordingError) -> [LayerSnapshot] {
        try read { db in
            var snapshots: [LayerSnapshot] = []
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT t.*, c.container AS name FROM snapshots t JOIN steps s ON s.id = t.step
                    JOIN containers c ON c.id = t.container WHERE s.run = ? AND s.number = ? ORDER BY t.id
                    """, arguments: [run, step])
            while let row = try rows.next() {
                let name: String = row["name"]
                if snapshots.last?.container != name {
                    snapshots.append(LayerSnapshot(container: name, isGone: row["gone"], rows: []))
                }
                snapshots[snapshots.count - 1].rows.append(
                    Evidence.Row(
                        path: Path(row["path"] as String), layer: try Self.layer(row["layer"]),
                        entry: try Self.entry(row, db)))
            }
            return snapshots
        }
    }

    /// How a step's frames are to be drawn; `nil` for a step that has not ended.
    ///
    /// - Throws: `RecordingError`
    public func frameSettings(ofRun run: Int64, step: Int) throws(RecordingError) -> FrameSettings? {
        try read { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT t.* FROM frame_settings t JOIN steps s ON s.id = t.step WHERE s.run = ? AND s.number = ?
                    """, arguments: [run, step])
            return try row.map { row in
                FrameSettings(
                    columns: try Self.strings(row["columns"], db).map { Path($0) }, extent: row["extent"],
                    number: row["number"], count: row["count"], caption: row["caption"])
            }
        }
    }
}

extension ObservedOperation {
    fileprivate init(_ record: OperationRecord, before: Evidence, after: [Evidence.Row]) {
        self.init(
            sequence: record.number, pid: record.pid, program: record.program, syscall: record.syscall,
            call: record.call, arguments: record.paths, flags: record.flags,
            credentials: Credentials(
                uid: record.uid, gid: record.gid, groups: record.groups ?? [], capabilities: record.capabilities ?? 0),
            errno: record.errno,
            value: record.value, nanoseconds: record.nanoseconds, resolved: record.resolved, answer: record.answer,
            evidence: before, after: after, effects: record.effects)
    }
}
