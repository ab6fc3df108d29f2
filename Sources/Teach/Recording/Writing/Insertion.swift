import GRDB
import GRDBSQLite
import LayerModel

/// A prepared statement whose arguments are bound one after the other, straight into SQLite: a run may have hundreds of
/// thousands of rows a second, and boxing each argument would cost more than storing it.
///
/// It is valid inside the transaction in which it was made.
struct Insertion {
    private let statement: Statement
    private let connection: OpaquePointer
    private var place: CInt = 0
    private var scratch = JSONBytes()

    init(_ db: Database, _ sql: String) throws {
        statement = try db.cachedStatement(sql: sql)
        connection = db.sqliteConnection!
    }

    /// Into `table`, one argument for each of the columns.
    init(_ db: Database, into table: String, _ columns: String) throws {
        let marks = columns.split(separator: ",").map { _ in "?" }.joined(separator: ",")
        try self.init(db, "INSERT INTO \(table) (\(columns)) VALUES (\(marks))")
    }

    mutating func bind(_ value: (some BinaryInteger)?) {
        place += 1
        guard let value else { return bindNull() }
        // SQLite's integers are signed; an inode number keeps its 64 bits.
        sqlite3_bind_int64(statement.sqliteStatement, place, Int64(truncatingIfNeeded: value))
    }

    mutating func bind(_ value: Bool) { bind(value ? 1 : 0) }

    mutating func bind(_ value: String?) {
        place += 1
        guard var value else { return bindNull() }
        value.withUTF8 { text in
            // A null pointer would be taken for NULL, and an empty buffer may have one.
            guard let start = text.baseAddress, !text.isEmpty else {
                sqlite3_bind_text(statement.sqliteStatement, place, "", 0, Self.copied)
                return
            }
            start.withMemoryRebound(to: CChar.self, capacity: text.count) { start in
                _ = sqlite3_bind_text(statement.sqliteStatement, place, start, CInt(text.count), Self.copied)
            }
        }
    }

    /// Binds UTF-8 as text.
    mutating func bind(text: [UInt8]) {
        place += 1
        text.withUnsafeBytes { raw in
            guard let start = raw.bindMemory(to: CChar.self).baseAddress, !raw.isEmpty else {
                sqlite3_bind_text(statement.sqliteStatement, place, "", 0, Self.copied)
                return
            }
            _ = sqlite3_bind_text(statement.sqliteStatement, place, start, CInt(raw.count), Self.copied)
        }
    }

    mutating func bind(_ path: Path?) {
        guard let path else { return bind(nil as String?) }
        scratch.bytes.removeAll(keepingCapacity: true)
        scratch.append(path)
        bind(text: scratch.bytes)
    }

    mutating func bind(_ layer: LayerID?) {
        guard let layer else { return bind(nil as String?) }
        scratch.bytes.removeAll(keepingCapacity: true)
        scratch.append(layer)
        bind(text: scratch.bytes)
    }

    mutating func bind(_ bytes: [UInt8]?) {
        place += 1
        guard let bytes else { return bindNull() }
        _ = bytes.withUnsafeBytes { raw in
            sqlite3_bind_blob(statement.sqliteStatement, place, raw.baseAddress, CInt(raw.count), Self.copied)
        }
    }

    private func bindNull() { sqlite3_bind_null(statement.sqliteStatement, place) }

    /// Runs the statement with what was bound since the last run.
    ///
    /// - Returns: the row's id.
    @discardableResult
    mutating func run() throws -> Int64 {
        place = 0
        let code = sqlite3_step(statement.sqliteStatement)
        defer { sqlite3_reset(statement.sqliteStatement) }
        guard code == SQLITE_DONE else {
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(connection)))
        }
        return sqlite3_last_insert_rowid(connection)
    }

    /// SQLITE_TRANSIENT: SQLite copies the text before the call returns.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
