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
            var path: Path
            var layer: LayerID
        }
        return try read { db in
            var cells: [LayerCell] = []
            var places: [Key: Int] = [:]
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT o.looks, c.container FROM steps s JOIN operations o ON o.step = s.id
                    JOIN containers c ON c.id = o.container WHERE s.run = ? AND s.number = ? ORDER BY o.id
                    """, arguments: [run, step])
            while let row = try rows.next() {
                let container: String = row[1]
                for (_, look) in try LookReader.looks(row[0]) {
                    let key = Key(container: container, path: look.path, layer: look.layer)
                    if let place = places[key] {
                        cells[place].after = look.entry
                    } else {
                        places[key] = cells.count
                        cells.append(
                            LayerCell(
                                container: container, path: look.path, layer: look.layer, before: look.entry,
                                after: look.entry))
                    }
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
            let row = try Row.fetchOne(
                try db.cachedStatement(sql: "SELECT looks, listed FROM operations WHERE id = ?"),
                arguments: [operation.id])
            guard let row else { return (Evidence(), []) }
            return try Self.evidence(looks: row[0], listed: row[1])
        }
    }

    /// The evidence as `operations.looks` and `operations.listed` hold it.
    static func evidence(looks: String, listed: String?) throws -> (before: Evidence, after: [Evidence.Row]) {
        let looks = try LookReader.looks(looks)
        return (
            Evidence(
                rows: looks.filter { !$0.isAfter }.map(\.row),
                listed: try listed.map { try LookReader.strings($0).map { Path($0) } } ?? []),
            looks.filter(\.isAfter).map(\.row)
        )
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
            links: row["links"], inode: UInt64(bitPattern: row["inode"] as Int64),
            target: (row["target"] as String?).map(ByteString.init(_:)),
            device: device, isOpaque: row["opaque"], redirect: (row["redirect"] as String?).map(ByteString.init(_:)),
            isMetacopy: row["metacopy"],
            attributes: try (row["attributes"] as String?).map { try strings($0, db).map(ByteString.init(_:)) })
    }

    /// The strings of a JSON array.
    static func strings(_ json: String, _ db: Database) throws -> [String] {
        try String.fetchAll(
            try db.cachedStatement(sql: "SELECT value FROM json_each(?) ORDER BY key"), arguments: [json])
    }
}
