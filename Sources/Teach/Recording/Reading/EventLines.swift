import GRDB

extension Recording {
    /// Gives the lines of a run in the order of their `seq`, one at a time: the whole run is never in memory.
    ///
    /// - Parameter step: leaves out the other steps.
    /// - Throws: `RecordingError`, or what `body` throws.
    public func forEachLine(ofRun run: Int64, step: Int? = nil, _ body: (EventLine) throws -> Void) throws {
        // What `body` throws is handed on as it is: only the database's own errors become sentences.
        var stopped: (any Error)?
        try read { db in
            try Self.merge(db, run: run, step: step) { line in
                do { try body(line) } catch { stopped = error }
                return stopped == nil
            }
        }
        if let stopped { throw stopped }
    }

    /// The lines of a run, or of one of its steps.
    ///
    /// - Throws: `RecordingError`
    public func lines(ofRun run: Int64, step: Int? = nil) throws(RecordingError) -> [EventLine] {
        var lines: [EventLine] = []
        try read { db in
            try Self.merge(db, run: run, step: step) { line in
                lines.append(line)
                return true
            }
        }
        return lines
    }

    /// Takes the line with the least `seq` from the tables, each of which is in order, until `body` answers no.
    private static func merge(
        _ db: Database, run: Int64, step: Int?, _ body: (EventLine) throws -> Bool
    ) throws {
        var sources = try LineSource.queries.map { try LineSource(db, $0, run: run, step: step) }
        let effects = try db.makeStatement(sql: LineSource.effects)
        let verdicts = try db.makeStatement(sql: LineSource.verdicts)
        while true {
            var first: Int?
            for (index, source) in sources.enumerated()
            where source.sequence < first.map({ sources[$0].sequence }) ?? .max {
                first = index
            }
            guard let first else { return }
            guard let (line, operation) = try sources[first].take() else { return }
            guard try body(line) else { return }
            guard let operation else { continue }
            // An operation's effects and verdict have the numbers that follow its own.
            for statement in [effects, verdicts] {
                var children = try LineSource(statement, arguments: ["operation": operation])
                while let (child, _) = try children.take() { guard try body(child) else { return } }
            }
        }
    }
}

/// The lines that one query gives, one ahead.
struct LineSource {
    /// The `seq` of the next line; the greatest number when there is none.
    private(set) var sequence: Int64 = .max
    private let cursor: RowCursor
    private let columns: [Column]
    private let sequenceColumn: Int
    private var next: (line: EventLine, operation: Int64?)?

    /// How a member comes from a row.
    private struct Column {
        enum Form: String {
            case plain, layer, json, bool
        }
        var key: String
        var form: Form
        /// The place in the row; `nil` for a common member that the query does not have.
        var place: Int?
    }

    init(_ db: Database, _ sql: String, run: Int64, step: Int?) throws {
        try self.init(db.makeStatement(sql: sql), arguments: ["run": run, "step": step])
    }

    init(_ statement: Statement, arguments: StatementArguments) throws {
        let names = statement.columnNames
        var columns = EventLine.commonKeys.map { Column(key: $0, form: .plain, place: nil) }
        for (place, name) in names.enumerated() where name != "operation_id" {
            let parts = name.split(separator: ":").map(String.init)
            let form = parts.count > 1 ? Column.Form(rawValue: parts[1])! : .plain
            if let index = columns.firstIndex(where: { $0.key == parts[0] }) {
                columns[index].form = form
                columns[index].place = place
            } else {
                columns.append(Column(key: parts[0], form: form, place: place))
            }
        }
        self.columns = columns
        self.sequenceColumn = names.firstIndex(of: "seq")!
        self.cursor = try Row.fetchCursor(statement, arguments: arguments)
        try advance()
    }

    mutating func take() throws -> (line: EventLine, operation: Int64?)? {
        let taken = next
        try advance()
        return taken
    }

    private mutating func advance() throws {
        guard let row = try cursor.next() else {
            next = nil
            sequence = .max
            return
        }
        sequence = row[sequenceColumn]
        let members = columns.map { JSONValue.Member($0.key, Self.value(row, $0)) }
        next = (EventLine(members: members), row["operation_id"])
    }

    private static func value(_ row: Row, _ column: Column) -> JSONValue {
        guard let place = column.place else { return .null }
        switch (row[place] as DatabaseValue).storage {
        case .int64(let number): return column.form == .bool ? .bool(number != 0) : .int(number)
        case .string(let text):
            return switch column.form {
            case .layer: .layer(text)
            case .json: .encoded(text)
            case .plain, .bool: .string(text)
            }
        case .null, .double, .blob: return .null
        }
    }
}
