import GRDB
import Glibc
import Linux

/// The process that writes a run: a pid alone may have been given to another since.
struct WriterProcess: Equatable {
    var pid: Int32
    /// When it started, in clock ticks since the boot (field 22 of proc_pid_stat(5)).
    var started: Int64
    /// The boot it belongs to (/proc/sys/kernel/random/boot_id).
    var boot: String

    /// The process with this id as it is now; `nil` when there is none, or a dead one that only waits to be reaped.
    init?(pid: Int32) {
        guard let started = ProcessIdentity.startTime(of: pid) else { return nil }
        self.init(pid: pid, started: Int64(clamping: started), boot: Self.boot)
    }

    init(pid: Int32, started: Int64, boot: String) {
        self.pid = pid
        self.started = started
        self.boot = boot
    }

    /// This process.
    static var current: WriterProcess {
        WriterProcess(pid: getpid()) ?? WriterProcess(pid: getpid(), started: 0, boot: boot)
    }

    var isAlive: Bool { WriterProcess(pid: pid) == self }

    private static let boot: String = {
        guard let file = try? Descriptor(opening: "/proc/sys/kernel/random/boot_id", O_RDONLY) else { return "" }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = read(file.number, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(count, 0)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }()
}

extension Recording {
    /// Runs that are called `running` although their writer is gone become `interrupted`.
    ///
    /// - Returns: which.
    static func markInterruptedRuns(_ pool: DatabasePool, path: String) throws(RecordingError) -> [Int64] {
        do {
            let orphans = try pool.read { db in
                try Row.fetchAll(
                    db, sql: "SELECT id, writer_pid, writer_started, boot FROM runs WHERE status = 'running'"
                ).filter { !WriterProcess(pid: $0[1], started: $0[2], boot: $0[3]).isAlive }.map { $0[0] as Int64 }
            }
            guard !orphans.isEmpty else { return [] }
            return try pool.writeWithoutTransaction { db in
                var marked: [Int64] = []
                try db.inTransaction(.immediate) {
                    for run in orphans {
                        try db.execute(
                            sql: "UPDATE runs SET status = 'interrupted' WHERE id = ? AND status = 'running'",
                            arguments: [run])
                        if db.changesCount > 0 { marked.append(run) }
                    }
                    return .commit
                }
                return marked
            }
        } catch { throw sentence(error, path: path) }
    }
}
