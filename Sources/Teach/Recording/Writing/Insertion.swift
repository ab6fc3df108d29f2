import GRDB
import GRDBSQLite
import LayerModel

/// A prepared statement whose arguments are bound one after the other, straight into SQLite: a run may have hundreds of
/// thousands of rows a second, and boxing or copying each argument would cost more than storing it.
///
/// Rows may be gathered, and are then stored sixteen by one statement: opening and closing the table and its indexes is
/// a great part of storing a single row.
///
/// It is valid inside the transaction in which it was made.
final class Insertion {
    /// One row.
    private let single: Statement
    /// `rowsAtOnce` rows.
    private let many: Statement?
    private let connection: OpaquePointer
    private static let rowsAtOnce = 16

    /// What is bound and not stored yet, row after row.
    private var values: UnsafeMutablePointer<Value>
    private var capacity = 64
    private var count = 0
    private var rows = 0
    /// The texts among the values, one after the other, so that SQLite need not copy each.
    private let texts = TextBuffer()

    /// An argument: SQLite's storage classes, without floating point.
    private enum Value {
        case null
        case integer(Int64)
        /// Bytes of `texts`.
        case text(start: Int, length: Int)
        /// Bytes that somebody else keeps until the row is stored.
        case ownedText(UnsafePointer<UInt8>, length: Int)
        case ownedBlob(UnsafePointer<UInt8>, length: Int)
    }

    /// Any statement, for one row at a time.
    init(_ db: Database, _ sql: String) throws {
        single = try db.cachedStatement(sql: sql)
        many = nil
        connection = db.sqliteConnection!
        values = .allocate(capacity: capacity)
    }

    /// Into `table`, one argument for each of the columns.
    ///
    /// - Parameter gathers: whether rows are added, not run.
    init(_ db: Database, into table: String, _ columns: String, gathers: Bool = false) throws {
        let row = "(" + columns.split(separator: ",").map { _ in "?" }.joined(separator: ",") + ")"
        func statement(_ rows: Int) throws -> Statement {
            let list = repeatElement(row, count: rows).joined(separator: ",")
            return try db.cachedStatement(sql: "INSERT INTO \(table) (\(columns)) VALUES \(list)")
        }
        single = try statement(1)
        many = gathers ? try statement(Self.rowsAtOnce) : nil
        connection = db.sqliteConnection!
        values = .allocate(capacity: capacity)
    }

    deinit {
        // The statements go back to their cache, and must not know our memory there.
        sqlite3_clear_bindings(single.sqliteStatement)
        if let many { sqlite3_clear_bindings(many.sqliteStatement) }
        values.deallocate()
    }

    // MARK: - Binding

    func bind(_ value: (some BinaryInteger)?) {
        // SQLite's integers are signed; an inode number keeps its 64 bits.
        bind(value.map { .integer(Int64(truncatingIfNeeded: $0)) } ?? .null)
    }

    func bind(_ value: Bool) { bind(.integer(value ? 1 : 0)) }

    func bind(_ value: String?) {
        guard let value else { return bind(.null) }
        bindText { $0.append(value) }
    }

    func bind(_ path: Path?) {
        guard let path else { return bind(.null) }
        bindText { $0.append(path) }
    }

    func bind(_ layer: LayerID?) {
        guard let layer else { return bind(.null) }
        bindText { $0.append(layer) }
    }

    /// Binds text that must stay where it is until the row is stored.
    func bind(text: UnsafeBufferPointer<UInt8>) {
        guard let start = text.baseAddress else { return bind("") }
        bind(.ownedText(start, length: text.count))
    }

    /// Binds bytes that must stay where they are until the row is stored; none are a null.
    func bind(blob: UnsafeBufferPointer<UInt8>?) {
        guard let blob, let start = blob.baseAddress else { return bind(.null) }
        bind(.ownedBlob(start, length: blob.count))
    }

    private func bindText(_ write: (TextBuffer) -> Void) {
        let start = texts.count
        write(texts)
        bind(.text(start: start, length: texts.count - start))
    }

    private func bind(_ value: Value) {
        if count == capacity {
            let larger = UnsafeMutablePointer<Value>.allocate(capacity: capacity * 2)
            larger.update(from: values, count: count)
            values.deallocate()
            (values, capacity) = (larger, capacity * 2)
        }
        values[count] = value
        count += 1
    }

    // MARK: - Storing

    /// Runs the statement with what was bound since the last run.
    ///
    /// - Returns: the row's id.
    @discardableResult
    func run() throws -> Int64 {
        try store(0..<count, by: single)
        clear()
        return sqlite3_last_insert_rowid(connection)
    }

    /// Ends a row. It is stored with those that follow, or by `finish`.
    func add() throws {
        rows += 1
        guard rows == Self.rowsAtOnce, let many else { return }
        try store(0..<count, by: many)
        clear()
    }

    /// Stores the rows that were added and are not stored yet.
    func finish() throws {
        guard rows > 0 else { return }
        let width = count / rows
        for row in 0..<rows { try store(row * width..<(row + 1) * width, by: single) }
        clear()
    }

    private func clear() {
        count = 0
        rows = 0
        texts.clear()
    }

    private func store(_ range: Range<Int>, by statement: Statement) throws {
        let sqlite = statement.sqliteStatement
        var place: CInt = 0
        for index in range {
            place += 1
            switch values[index] {
            case .null: sqlite3_bind_null(sqlite, place)
            case .integer(let number): sqlite3_bind_int64(sqlite, place, number)
            case .text(let start, let length): Self.bindText(sqlite, place, texts.start + start, length)
            case .ownedText(let start, let length): Self.bindText(sqlite, place, start, length)
            case .ownedBlob(let start, let length): sqlite3_bind_blob(sqlite, place, start, CInt(length), nil)
            }
        }
        let code = sqlite3_step(sqlite)
        defer { sqlite3_reset(sqlite) }
        guard code == SQLITE_DONE else {
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(connection)))
        }
    }

    /// Without a copy: the memory is ours until the row is stored.
    private static func bindText(
        _ sqlite: OpaquePointer, _ place: CInt, _ start: UnsafePointer<UInt8>, _ length: Int
    ) {
        start.withMemoryRebound(to: CChar.self, capacity: length) { start in
            _ = sqlite3_bind_text(sqlite, place, start, CInt(length), nil)
        }
    }
}
