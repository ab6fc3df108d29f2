import GRDB
import LayerModel

/// A run, as it is recorded.
public struct RunRecord: Hashable, Sendable, Identifiable {
    /// The number by which the user names it.
    public var id: Int64
    public var description: RunDescription
    public var status: RunStatus
    /// Nanoseconds since 1970.
    public var started: Int64
    public var finished: Int64?
    public var timings: RunTimings
}

/// A step, as it is recorded.
public struct StepRecord: Hashable, Sendable {
    public var description: StepDescription
    /// Nanoseconds since 1970.
    public var started: Int64?
    /// `nil` as long as the command has not ended; its outputs are what the record kept of them.
    public var result: StepResult?
    /// The length of the whole outputs, in bytes.
    public var stdoutBytes: Int
    public var stderrBytes: Int

    /// Whether the record kept less than the command wrote.
    public var isOutputCut: Bool {
        guard let result else { return false }
        return stdoutBytes > result.stdout.utf8.count || stderrBytes > result.stderr.utf8.count
    }
}

extension Recording {
    /// All runs, the latest first.
    ///
    /// - Throws: `RecordingError`
    public func runs() throws(RecordingError) -> [RunRecord] {
        try read { db in try Row.fetchAll(db, sql: "SELECT * FROM runs ORDER BY id DESC").map(RunRecord.init) }
    }

    /// The run that a user names: by its number, by the start of a lesson's name (the latest run of that lesson), or
    /// `last`.
    ///
    /// - Throws: `RecordingError.noRun`, `.ambiguous` when several lessons begin so, or another.
    public func run(_ selector: String = "last") throws(RecordingError) -> RunRecord {
        let runs = try runs()
        if selector == "last", let run = runs.first { return run }
        if let number = Int64(selector), let run = runs.first(where: { $0.id == number }) { return run }
        if let run = runs.first(where: { $0.description.lesson == selector }) { return run }
        let matching = selector.isEmpty ? [] : runs.filter { $0.description.lesson.hasPrefix(selector) }
        guard let run = matching.first else { throw .noRun(selector) }
        let lessons = Set(matching.map(\.description.lesson))
        guard lessons.count == 1 else { throw .ambiguous(selector, lessons: lessons.sorted()) }
        return run
    }

    /// The steps of a run by number. Step 0, where there is one, holds what happened outside of the lesson's steps.
    ///
    /// - Throws: `RecordingError`
    public func steps(ofRun run: Int64) throws(RecordingError) -> [StepRecord] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM steps WHERE run = ? ORDER BY number", arguments: [run])
                .map(StepRecord.init)
        }
    }
}

extension RunRecord {
    init(row: Row) {
        var description = RunDescription(
            lesson: row["lesson"], title: row["title"], teach: row["teach"], filesystem: row["filesystem"])
        description.kernel = row["kernel"]
        description.architecture = row["architecture"]
        description.overlayOptions = (row["overlay_options"] as String?)?.split(separator: ",").map(String.init)
        self.init(
            id: row["id"], description: description, status: RunStatus(rawValue: row["status"]) ?? .failed,
            started: row["started"], finished: row["finished"],
            timings: RunTimings(
                runtime: row["runtime_ns"], observing: row["observing_ns"], recording: row["recording_ns"],
                drawing: row["drawing_ns"]))
    }
}

extension StepRecord {
    init(row: Row) {
        let status: Int32? = row["exit_status"]
        self.init(
            description: StepDescription(
                number: row["number"], example: row["example"], title: row["title"], command: row["command"]),
            started: row["started"],
            result: status.map {
                StepResult(
                    exitStatus: $0, nanoseconds: row["ns"] ?? 0, stdout: row["stdout"] ?? "",
                    stderr: row["stderr"] ?? "")
            },
            stdoutBytes: row["stdout_bytes"] ?? 0, stderrBytes: row["stderr_bytes"] ?? 0)
    }
}
