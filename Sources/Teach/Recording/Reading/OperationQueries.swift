public import Events
import FoundationEssentials
import GRDB
public import LayerModel

/// An operation of a run with what it changed and what the model had said.
public struct OperationRecord: Hashable, Sendable, Identifiable {
    /// The row's key, which `evidence` refers to.
    public var id: Int64
    /// The place among the run's lines.
    public var sequence: Int64
    /// The place among the container's observed calls, from 1.
    public var number: Int
    /// The number of the step that it belongs to.
    public var step: Int
    /// The container's full id.
    public var container: String
    public var pid: Int32
    public var program: String
    public var syscall: String
    /// The operands as the caller wrote them: none, one or two.
    public var paths: [String]
    /// What each operand came to; `nil` where the lookup failed before its last name.
    public var resolved: [Path?]
    public var flags: String
    public var errno: Errno?
    public var value: Int64
    public var nanoseconds: Int64
    /// The layer that held what the first operand resolved to.
    public var answer: LayerID?
    public var uid: UInt32
    public var gid: UInt32
    /// The supplementary groups; `nil` in a record that is older than this column, as are the capabilities.
    public var groups: [UInt32]?
    /// The effective capabilities, a bit each (capabilities(7)).
    public var capabilities: UInt64?
    /// The call freed from its spelling; `nil` for one that was only refused.
    public var call: FileOperation?
    public var effects: [ObservedEffect]
    /// `nil` where the operation was not judged.
    public var judgement: Judgement?
}

extension Recording {
    /// The operations of one step, in order.
    ///
    /// - Throws: `RecordingError`
    public func operations(ofRun run: Int64, step: Int) throws(RecordingError) -> [OperationRecord] {
        try read { db in
            try Self.operations(db, where: "s.run = :run AND s.number = :step", ["run": run, "step": step])
        }
    }

    /// The story of a path: the operations of a run that named it, came to it or changed it, in order.
    ///
    /// - Throws: `RecordingError`
    public func story(of path: Path, inRun run: Int64) throws(RecordingError) -> [OperationRecord] {
        try read { db in
            try Self.operations(
                db,
                where: """
                    s.run = :run AND (rtrim(coalesce(o.resolved, o.path), '/') = :path
                    OR rtrim(coalesce(o.resolved2, o.path2), '/') = :path
                    OR EXISTS (SELECT 1 FROM effects e WHERE e.operation = o.id AND rtrim(e.path, '/') = :path))
                    """,
                ["run": run, "path": path.components.isEmpty ? "" : path.withoutTrailingSlash.description])
        }
    }

    private static func operations(
        _ db: Database, where condition: String, _ arguments: StatementArguments
    ) throws -> [OperationRecord] {
        try operations(db, where: condition, arguments) { record, _ in record }
    }

    /// Each operation as a value made of its record and its row, which also holds the evidence.
    static func operations<Value>(
        _ db: Database, where condition: String, _ arguments: StatementArguments,
        _ value: (OperationRecord, Row) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT o.*, s.number AS step_number, c.container AS container_id FROM operations o
                JOIN steps s ON s.id = o.step JOIN containers c ON c.id = o.container
                WHERE \(condition) ORDER BY o.id
                """, arguments: arguments)
        while let row = try rows.next() {
            let id: Int64 = row["id"]
            let paths = [row["path"] as String?, row["path2"] as String?].compactMap { $0 }
            let resolved = [row["resolved"] as String?, row["resolved2"] as String?].map { $0.map { Path($0) } }
            let errno = (row["errno"] as String?).flatMap(Errno.init(recorded:))
            let effects = try effects(of: id, db)
            let record = OperationRecord(
                id: id, sequence: row["seq"], number: row["number"], step: row["step_number"],
                container: row["container_id"],
                pid: row["pid"], program: row["program"], syscall: row["syscall"], paths: paths,
                resolved: Array(resolved.prefix(max(paths.count, resolved[1] == nil ? 1 : 2))),
                flags: row["flags"] ?? "", errno: errno, value: row["value"], nanoseconds: row["ns"],
                answer: try (row["answer"] as String?).map(layer),
                uid: row["uid"], gid: row["gid"], groups: try groups(row, db),
                capabilities: (row["capabilities"] as Int64?).map { UInt64(bitPattern: $0) },
                call: try (row["call"] as Data?).map { try EventWire.decodeCall([UInt8]($0)[...]) },
                effects: effects,
                judgement: try judgement(row, on: Outcome(errno: errno, effects: effects.map(\.effect)), db))
            values.append(try value(record, row))
        }
        return values
    }

    private static func effects(of operation: Int64, _ db: Database) throws -> [ObservedEffect] {
        let statement = try db.cachedStatement(
            sql: "SELECT kind, path, layer, size, allocated, shared FROM effects WHERE operation = ? ORDER BY id")
        return try Row.fetchAll(statement, arguments: [operation]).map { row in
            ObservedEffect(try effect(row), allocated: row["allocated"], shared: row["shared"])
        }
    }

    private static func groups(_ row: Row, _ db: Database) throws -> [UInt32]? {
        if row["capabilities"] as Int64? == nil { return nil }
        guard let json = row["groups"] as String? else { return [] }
        return try UInt32.fetchAll(db.cachedStatement(sql: "SELECT value FROM json_each(?)"), arguments: [json])
    }

    /// The effects of `operations.predicted_effects`.
    private static func predicted(_ json: String, _ db: Database) throws -> [LayerEffect] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT value ->> 'effect' AS kind, value ->> 'path' AS path,
                CAST(value ->> 'layer' AS TEXT) AS layer, value ->> 'size' AS size FROM json_each(?)
                """)
        return try Row.fetchAll(statement, arguments: [json]).map(effect)
    }

    private static func judgement(_ row: Row, on observed: Outcome, _ db: Database) throws -> Judgement? {
        switch row["verdict"] as String? {
        case nil: return nil
        case "confirmed": return Judgement(prediction: .outcome(observed), verdict: .confirmed)
        case "unmodelled":
            let reason: String = row["reason"] ?? ""
            return Judgement(prediction: .unmodelled(reason), verdict: .unmodelled(reason))
        default:
            let outcome = Outcome(
                errno: (row["predicted_errno"] as String?).flatMap(Errno.init(recorded:)),
                effects: try predicted(row["predicted_effects"] ?? "[]", db))
            return Judgement(prediction: .outcome(outcome), verdict: .refuted(predicted: outcome, observed: observed))
        }
    }

    static func effect(_ row: Row) throws -> LayerEffect {
        guard let kind = LayerEffect.Kind(rawValue: row["kind"]) else {
            throw DatabaseError(resultCode: .SQLITE_MISMATCH, message: "`\(row["kind"] as String)` is not an effect")
        }
        return LayerEffect(kind, Path(row["path"] as String), layer: try layer(row["layer"]), size: row["size"])
    }
}
