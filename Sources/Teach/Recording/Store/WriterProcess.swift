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

    /// The process with this id as it is now; `nil` when there is none.
    init?(pid: Int32) {
        // The program's name may hold spaces and parentheses: the fields begin after the last one.
        guard let stat = Self.contents("/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[end...].split(separator: " ")
        // Field 3, the state, comes first here; a zombie writes no more.
        guard fields.count > 20, let started = Int64(fields[20]), fields[1] != "Z" else { return nil }
        self.init(pid: pid, started: started, boot: Self.boot)
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

    private static let boot = (contents("/proc/sys/kernel/random/boot_id") ?? "").split(separator: "\n").joined()

    /// The first 4 KiB of a file of proc(5).
    private static func contents(_ path: String) -> String? {
        guard let descriptor = try? Descriptor(opening: path, O_RDONLY) else { return nil }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor.number, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
    }
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
