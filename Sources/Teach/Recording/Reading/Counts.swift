import GRDB

/// How a run's operations were judged.
public struct VerdictCounts: Hashable, Sendable {
    public var confirmed = 0
    public var refuted = 0
    public var unmodelled = 0
    /// Operations without a verdict.
    public var unjudged = 0
}

/// How often a call was made with one result.
public struct CallCount: Hashable, Sendable {
    public var syscall: String
    /// The error's name; `nil` for success.
    public var errno: String?
    public var count: Int
    /// The time of all of them together.
    public var nanoseconds: Int64
}

extension Recording {
    /// The verdicts of a run, or of one of its steps, counted.
    ///
    /// - Throws: `RecordingError`
    public func verdictCounts(ofRun run: Int64, step: Int? = nil) throws(RecordingError) -> VerdictCounts {
        try read { db in
            var counts = VerdictCounts()
            for row in try Row.fetchAll(
                db,
                sql: """
                    SELECT o.verdict, count(*) FROM steps s JOIN operations o ON o.step = s.id
                    WHERE s.run = :run AND (:step IS NULL OR s.number = :step) GROUP BY o.verdict
                    """, arguments: ["run": run, "step": step])
            {
                switch row[0] as String? {
                case "confirmed": counts.confirmed = row[1]
                case "refuted": counts.refuted = row[1]
                case "unmodelled": counts.unmodelled = row[1]
                default: counts.unjudged = row[1]
                }
            }
            return counts
        }
    }

    /// The calls of a run, the most frequent first.
    ///
    /// - Throws: `RecordingError`
    public func callCounts(ofRun run: Int64) throws(RecordingError) -> [CallCount] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT o.syscall, o.errno, count(*), sum(o.ns) FROM steps s JOIN operations o ON o.step = s.id
                    WHERE s.run = ? GROUP BY o.syscall, o.errno ORDER BY count(*) DESC, o.syscall, o.errno
                    """, arguments: [run]
            ).map { CallCount(syscall: $0[0], errno: $0[1], count: $0[2], nanoseconds: $0[3]) }
        }
    }

    /// How many effects of each kind a run had, by the kind's name.
    ///
    /// - Throws: `RecordingError`
    public func effectCounts(ofRun run: Int64) throws(RecordingError) -> [String: Int] {
        try read { db in
            var counts: [String: Int] = [:]
            for row in try Row.fetchAll(
                db,
                sql: """
                    SELECT e.kind, count(*) FROM steps s JOIN operations o ON o.step = s.id
                    JOIN effects e ON e.operation = o.id WHERE s.run = ? GROUP BY e.kind
                    """, arguments: [run])
            {
                counts[row[0]] = row[1]
            }
            return counts
        }
    }

    /// How many rows of evidence a run's operations brought along.
    ///
    /// - Throws: `RecordingError`
    public func evidenceCount(ofRun run: Int64) throws(RecordingError) -> Int {
        try read { db in
            try Int.fetchOne(
                db,
                sql: """
                    SELECT sum(json_array_length(o.looks)) FROM steps s JOIN operations o ON o.step = s.id
                    WHERE s.run = ?
                    """, arguments: [run]) ?? 0
        }
    }
}
