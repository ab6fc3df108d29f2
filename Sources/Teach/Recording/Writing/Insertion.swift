import GRDB
import GRDBSQLite
import LayerModel

/// A prepared statement whose arguments are bound one after the other, straight into SQLite: a run may have hundreds of
/// thousands of rows a second, and boxing or copying each argument would cost more than storing it.
///
/// It is valid inside the transaction in which it was made.
final class Insertion {
    private let statement: Statement
    private let sqlite: OpaquePointer
    private let connection: OpaquePointer
    private var place: CInt = 0
    /// The texts of the row that is being bound lie here until it is stored, one after the other, so that SQLite need not
    /// copy each. What finds no room is copied by SQLite.
    private let texts = UnsafeMutablePointer<CChar>.allocate(capacity: textRoom)
    private var textCount = 0
    private static let textRoom = 1 << 12
    private let buffer = TextBuffer()

    init(_ db: Database, _ sql: String) throws {
        statement = try db.cachedStatement(sql: sql)
        sqlite = statement.sqliteStatement
        connection = db.sqliteConnection!
    }

    /// Into `table`, one argument for each of the columns.
    convenience init(_ db: Database, into table: String, _ columns: String) throws {
        let marks = columns.split(separator: ",").map { _ in "?" }.joined(separator: ",")
        try self.init(db, "INSERT INTO \(table) (\(columns)) VALUES (\(marks))")
    }

    deinit {
        // The statement goes back to its cache, and must not know our memory there.
        sqlite3_clear_bindings(sqlite)
        texts.deallocate()
    }

    func bind(_ value: (some BinaryInteger)?) {
        place += 1
        guard let value else { return bindNull() }
        // SQLite's integers are signed; an inode number keeps its 64 bits.
        sqlite3_bind_int64(sqlite, place, Int64(truncatingIfNeeded: value))
    }

    func bind(_ value: Bool) { bind(value ? 1 : 0) }

    func bind(_ value: String?) {
        place += 1
        guard var value else { return bindNull() }
        value.withUTF8 { bindText($0) }
    }

    func bind(_ path: Path?) {
        place += 1
        guard let path else { return bindNull() }
        buffer.clear()
        buffer.append(path)
        bindText(buffer.bytes)
    }

    func bind(_ layer: LayerID?) {
        place += 1
        guard let layer else { return bindNull() }
        buffer.clear()
        buffer.append(layer)
        bindText(buffer.bytes)
    }

    /// Binds the buffer's text without a copy: it must stay as it is until the row is stored.
    func bind(text: TextBuffer) {
        place += 1
        text.bytes.withMemoryRebound(to: CChar.self) { text in
            _ = sqlite3_bind_text(sqlite, place, text.baseAddress, CInt(text.count), nil)
        }
    }

    func bind(_ bytes: [UInt8]?) {
        place += 1
        guard let bytes else { return bindNull() }
        _ = bytes.withUnsafeBytes { raw in
            sqlite3_bind_blob(sqlite, place, raw.baseAddress, CInt(raw.count), Self.copied)
        }
    }

    private func bindText(_ text: UnsafeBufferPointer<UInt8>) {
        // A null pointer would be taken for NULL, and an empty buffer may have one.
        guard let start = text.baseAddress, !text.isEmpty else {
            sqlite3_bind_text(sqlite, place, "", 0, Self.copied)
            return
        }
        start.withMemoryRebound(to: CChar.self, capacity: text.count) { start in
            guard textCount + text.count <= Self.textRoom else {
                _ = sqlite3_bind_text(sqlite, place, start, CInt(text.count), Self.copied)
                return
            }
            let own = texts + textCount
            own.update(from: start, count: text.count)
            textCount += text.count
            sqlite3_bind_text(sqlite, place, own, CInt(text.count), nil)
        }
    }

    private func bindNull() { sqlite3_bind_null(sqlite, place) }

    /// Runs the statement with what was bound since the last run.
    ///
    /// - Returns: the row's id.
    @discardableResult
    func run() throws -> Int64 {
        place = 0
        textCount = 0
        let code = sqlite3_step(sqlite)
        defer { sqlite3_reset(sqlite) }
        guard code == SQLITE_DONE else {
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(connection)))
        }
        return sqlite3_last_insert_rowid(connection)
    }

    /// SQLITE_TRANSIENT: SQLite copies the text before the call returns.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
