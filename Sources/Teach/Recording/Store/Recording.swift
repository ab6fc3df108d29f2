import Events
import GRDB
import Glibc
import Linux

/// The record: an SQLite database of runs and of everything that was seen in them. docs/record.md explains its tables.
///
/// Many processes may have one record open. Readers never wait (WAL); writers take turns by short transactions.
public final class Recording: Sendable {
    public let path: String
    /// What happened while opening that the user should be told, each in one sentence.
    public let notices: [String]
    /// The runs that opening found half written, and marked `interrupted`.
    public let interrupted: [Int64]
    let pool: DatabasePool

    /// Opens the record at `path` and makes it if it is not there; the directory must exist.
    ///
    /// A damaged file is renamed, never deleted, and a new record begun. Runs whose writer is gone become `interrupted`.
    ///
    /// - Parameters:
    ///   - patience: the seconds to wait for a lock that another process holds.
    ///   - notify: is told, in one sentence, of a wait as soon as it begins, and of each notice.
    /// - Throws: `RecordingError`
    public init(
        at path: String, patience: Int = 30, notify: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(RecordingError) {
        self.path = path
        let lock = try takeOpeningLock(for: path, patience: patience, notify: notify)
        defer { Glibc.close(lock) }
        var notices: [String] = []
        do {
            if Damage.isVisible(at: path) {
                throw DatabaseError(resultCode: .SQLITE_NOTADB, message: "file is not a database")
            }
            pool = try Self.open(path, patience: patience, notify: notify)
        } catch let error where Self.isDamage(error) {
            let aside: String
            do { aside = try setAside(path) } catch { throw .corrupt(path: path, reason: "\(error)") }
            notices.append(
                "\(path) was not a sound SQLite database (\(Self.reason(error))), so it was kept as \(aside) "
                    + "and a new record begun")
            do { pool = try Self.open(path, patience: patience, notify: notify) } catch {
                throw Self.sentence(error, path: path)
            }
        } catch {
            throw Self.sentence(error, path: path)
        }
        for notice in notices { notify(notice) }
        self.notices = notices
        interrupted = try Self.markInterruptedRuns(pool, path: path)
    }

    /// Closes the connections; without it they close when the last reference goes.
    public func close() throws(RecordingError) {
        do { try pool.close() } catch { throw Self.sentence(error, path: path) }
    }

    /// What SQLite finds wrong with the file (`PRAGMA integrity_check` and `foreign_key_check`); empty when it is sound.
    ///
    /// - Throws: `RecordingError`
    public func integrityProblems() throws(RecordingError) -> [String] {
        try read { db in
            let broken = try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
            let loose = try String.fetchAll(db, sql: "SELECT \"table\" FROM pragma_foreign_key_check")
            return broken + loose.map { "a row of \($0) refers to one that does not exist" }
        }
    }

    /// Renames a record that is damaged inside, where opening does not see it, and the files that SQLite keeps beside it.
    /// Nothing is deleted: `sqlite3 FILE .recover` may save what is in it.
    ///
    /// - Returns: the name under which it lies now; `nil` when it is sound or not there.
    /// - Throws: `RecordingError`
    public static func setAsideIfDamaged(
        at path: String, patience: Int = 30, notify: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(RecordingError) -> String? {
        guard access(path, F_OK) == 0 else { return nil }
        let lock = try takeOpeningLock(for: path, patience: patience, notify: notify)
        defer { Glibc.close(lock) }
        if !Damage.isVisible(at: path) {
            do {
                let pool = try open(path, patience: patience, notify: notify)
                let problems = try pool.read { try String.fetchAll($0, sql: "PRAGMA quick_check(1)") }
                if problems == ["ok"] { return nil }
            } catch {
                guard isDamage(error) else { throw sentence(error, path: path) }
            }
        }
        do { return try setAside(path) } catch { throw .corrupt(path: path, reason: "\(error)") }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(RecordingError) -> Value {
        do { return try pool.read(body) } catch { throw Self.sentence(error, path: path) }
    }

    /// Runs `body` in a transaction that locks the database from its start (`BEGIN IMMEDIATE`).
    func write<Value>(_ body: (Database) throws -> Value) throws(RecordingError) -> Value {
        do {
            return try pool.writeWithoutTransaction { db in
                var value: Value?
                try db.inTransaction(.immediate) {
                    value = try body(db)
                    return .commit
                }
                return value!
            }
        } catch { throw Self.sentence(error, path: path) }
    }

    private static func open(
        _ path: String, patience: Int, notify: @escaping @Sendable (String) -> Void
    ) throws -> DatabasePool {
        var configuration = Configuration()
        // Not at every row: the writer takes each key from a row that it has just stored, and nothing is ever deleted.
        // `integrityProblems` checks them all.
        configuration.foreignKeysEnabled = false
        configuration.journalMode = .wal
        configuration.label = "record"
        // Tries come one in five milliseconds; the first half second passes in silence.
        configuration.busyMode = .callback { tries in
            if tries == 100 { notify("the record \(path) is locked by another process; waiting for it") }
            usleep(5000)
            return tries < patience * 200
        }
        // Pages of 16 KiB, 32 MiB of them, and a log that is written back every 64 MiB: a run's writer would else do that
        // as often as it commits. The size of a page is chosen when the file is made.
        configuration.prepareDatabase { db in
            try db.execute(
                sql: "PRAGMA page_size = 16384; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4096")
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        let migrations = Migrations.all
        // A newer schema is refused before anything is written to it.
        if try pool.read({ try migrations.hasBeenSuperseded($0) }) { throw RecordingError.newer(path: path) }
        try migrations.migrate(pool)
        return pool
    }

    private static func isDamage(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
    }

    private static func reason(_ error: any Error) -> String {
        (error as? DatabaseError)?.message ?? "\(error)"
    }

    /// Whether the filesystem that holds the record has no room for a page or two of it.
    private static func isFull(_ path: String) -> Bool {
        guard let slash = path.lastIndex(of: "/") else { return false }
        return ((try? Filesystem(holding: String(path[..<slash]) + "/"))?.available ?? .max) < 1 << 16
    }

    private static var canOpenFiles: Bool { (try? Descriptor(opening: "/dev/null", O_RDONLY)) != nil }

    static func sentence(_ error: any Error, path: String) -> RecordingError {
        if let error = error as? RecordingError { return error }
        let failure = error as? DatabaseError
        switch failure?.resultCode {
        case .SQLITE_BUSY?, .SQLITE_LOCKED?: return .locked(path: path)
        case .SQLITE_FULL?: return .full(path: path)
        case .SQLITE_CORRUPT?, .SQLITE_NOTADB?: return .damaged(path: path, reason: reason(error))
        // The index of the log is grown by other calls than write(2), whose errors have no code of their own.
        case .SQLITE_IOERR?,
            .SQLITE_CANTOPEN? where isFull(path):
            return .full(path: path)
        case .SQLITE_CANTOPEN? where !canOpenFiles:
            return .refused(path: path, reason: "this process may open no more files; raise `ulimit -n`")
        case .SQLITE_CANTOPEN?:
            return .refused(path: path, reason: "its directory does not exist or may not be written; see TEACH_HOME")
        case .SQLITE_READONLY?, .SQLITE_PERM?:
            return .refused(path: path, reason: "it may not be written; run as its owner or set TEACH_HOME")
        default: return .refused(path: path, reason: reason(error))
        }
    }
}
