import GRDB
public import LayerModel

/// What a step showed of one name in one layer of one container: a cell of the layer matrix.
public struct LayerCell: Hashable, Sendable {
    /// The container's full id.
    public var container: String
    public var path: Path
    public var layer: LayerID
    /// What was there when the step first looked; `nil` for nothing.
    public var before: LayerEntry?
    /// What was there when the step last looked.
    public var after: LayerEntry?
}

extension Recording {
    /// The cells that a step's evidence fills, in the order of the first look. A layer below the upper one does not
    /// change, so its two sides are equal.
    ///
    /// - Throws: `RecordingError`
    public func cells(ofRun run: Int64, step: Int) throws(RecordingError) -> [LayerCell] {
        struct Key: Hashable {
            var container: String
            var path: String
            var layer: String
        }
        return try read { db in
            var cells: [LayerCell] = []
            var places: [Key: Int] = [:]
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT e.*, c.container FROM steps s JOIN operations o ON o.step = s.id
                    JOIN containers c ON c.id = o.container JOIN evidence e ON e.operation = o.id
                    WHERE s.run = ? AND s.number = ? ORDER BY e.id
                    """, arguments: [run, step])
            while let row = try rows.next() {
                let key = Key(container: row["container"], path: row["path"], layer: row["layer"])
                let entry = try Self.entry(row, db)
                if let place = places[key] {
                    cells[place].after = entry
                } else {
                    places[key] = cells.count
                    cells.append(
                        LayerCell(
                            container: key.container, path: Path(key.path), layer: try Self.layer(key.layer),
                            before: entry, after: entry))
                }
            }
            return cells
        }
    }

    /// What the layers held before an operation, and the upper one after it, as they were recorded.
    ///
    /// - Throws: `RecordingError`
    public func evidence(
        of operation: OperationRecord
    ) throws(RecordingError) -> (before: Evidence, after: [Evidence.Row]) {
        try read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT * FROM evidence WHERE operation = ? ORDER BY id", arguments: [operation.id]
            ).map { row in
                (
                    phase: row["phase"] as String,
                    row: Evidence.Row(
                        path: Path(row["path"] as String), layer: try Self.layer(row["layer"]),
                        entry: try Self.entry(row, db))
                )
            }
            let listed = try String.fetchAll(
                db, sql: "SELECT path FROM listings WHERE operation = ? ORDER BY id", arguments: [operation.id])
            return (
                Evidence(rows: rows.filter { $0.phase == "before" }.map(\.row), listed: listed.map { Path($0) }),
                rows.filter { $0.phase == "after" }.map(\.row)
            )
        }
    }

    /// The lesson's questions for a step.
    ///
    /// - Throws: `RecordingError`
    public func predictions(ofRun run: Int64, step: Int) throws(RecordingError) -> [LessonPrediction] {
        try rows("predictions", run, step) { row in
            LessonPrediction(
                question: row["question"], expected: row["expected"], answer: row["answer"], outcome: row["outcome"])
        }
    }

    /// The facts that the lesson expected of a step.
    ///
    /// - Throws: `RecordingError`
    public func expectations(ofRun run: Int64, step: Int) throws(RecordingError) -> [LessonExpectation] {
        try rows("expectations", run, step) {
            LessonExpectation(text: $0["text"], held: $0["held"], detail: $0["detail"])
        }
    }

    /// The captions of a step's frames.
    ///
    /// - Throws: `RecordingError`
    public func frames(ofRun run: Int64, step: Int) throws(RecordingError) -> [FrameCaption] {
        try rows("frames", run, step) {
            FrameCaption(number: $0["number"], title: $0["title"], description: $0["description"])
        }
    }

    func rows<Value>(
        _ table: String, _ run: Int64, _ step: Int, _ value: (Row) -> Value
    ) throws(RecordingError) -> [Value] {
        try read { db in
            try Row.fetchAll(
                db,
                sql:
                    "SELECT t.* FROM \(table) t JOIN steps s ON s.id = t.step WHERE s.run = ? AND s.number = ? ORDER BY t.id",
                arguments: [run, step]
            ).map(value)
        }
    }

    static func entry(_ row: Row, _ db: Database) throws -> LayerEntry? {
        guard let name = row["kind"] as String? else { return nil }
        guard let kind = NodeKind(rawValue: name) else {
            throw DatabaseError(resultCode: .SQLITE_MISMATCH, message: "`\(name)` is not a kind of node")
        }
        var device: DeviceNumber?
        if let major = row["major"] as UInt32?, let minor = row["minor"] as UInt32? {
            device = DeviceNumber(major: major, minor: minor)
        }
        return LayerEntry(
            kind: kind, permissions: row["mode"], uid: row["uid"], gid: row["gid"], size: row["size"],
            links: row["links"], inode: UInt64(bitPattern: row["inode"] as Int64), target: row["target"],
            device: device, isOpaque: row["opaque"], redirect: row["redirect"], isMetacopy: row["metacopy"],
            attributes: try (row["attributes"] as String?).map { try strings($0, db) })
    }

    /// The strings of a JSON array.
    static func strings(_ json: String, _ db: Database) throws -> [String] {
        try String.fetchAll(
            try db.cachedStatement(sql: "SELECT value FROM json_each(?) ORDER BY key"), arguments: [json])
    }
}
