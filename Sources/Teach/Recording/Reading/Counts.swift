import GRDB

/// How a run's operations were judged.
public struct VerdictCounts: Hashable, Sendable {
    public var confirmed = 0
    public var refuted = 0
    public var unmodelled = 0
    /// Operations without a verdict.
    public var unjudged = 0

    public init() {}

    /// - Parameter verdict: as the record names it; `nil` for none.
    mutating func add(_ count: Int, named verdict: String?) {
        switch verdict {
        case "confirmed": confirmed += count
        case "refuted": refuted += count
        case "unmodelled": unmodelled += count
        default: unjudged += count
        }
    }
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

/// A step's calls, counted: what can be told of a step that has more of them than anybody reads.
public struct StepTally: Hashable, Sendable {
    /// By the name of the call, the most frequent first.
    public var calls: [(syscall: String, count: Int)] { names.map { ($0.name, $0.count) } }
    /// By the kind of the effect, the most frequent first.
    public var effects: [(kind: String, count: Int)] { kinds.map { ($0.name, $0.count) } }
    public var verdicts: VerdictCounts
    /// How many calls the kernel refused.
    public var failed: Int

    var names: [Count]
    var kinds: [Count]

    struct Count: Hashable, Sendable {
        var name: String
        var count: Int
    }
}

extension Recording {
    /// How many calls a step has.
    ///
    /// - Throws: `RecordingError`
    public func callCount(ofRun run: Int64, step: Int) throws(RecordingError) -> Int {
        try read { db in
            try Int.fetchOne(
                db,
                sql: """
                    SELECT count(*) FROM steps s JOIN operations o ON o.step = s.id WHERE s.run = ? AND s.number = ?
                    """, arguments: [run, step]) ?? 0
        }
    }

    /// Counts a step's calls, its effects and its verdicts.
    ///
    /// - Throws: `RecordingError`
    public func tally(ofRun run: Int64, step: Int) throws(RecordingError) -> StepTally {
        try read { db in
            var tally = StepTally(verdicts: VerdictCounts(), failed: 0, names: [], kinds: [])
            var names: [String: Int] = [:]
            for row in try Row.fetchAll(
                db,
                sql: """
                    SELECT o.syscall, o.verdict, o.errno IS NOT NULL, count(*) FROM steps s
                    JOIN operations o ON o.step = s.id WHERE s.run = ? AND s.number = ? GROUP BY 1, 2, 3
                    """, arguments: [run, step])
            {
                let count: Int = row[3]
                names[row[0], default: 0] += count
                if row[2] { tally.failed += count }
                tally.verdicts.add(count, named: row[1])
            }
            tally.names = names.map { StepTally.Count(name: $0.key, count: $0.value) }
                .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
            tally.kinds = try Row.fetchAll(
                db,
                sql: """
                    SELECT e.kind, count(*) FROM steps s JOIN operations o ON o.step = s.id
                    JOIN effects e ON e.operation = o.id WHERE s.run = ? AND s.number = ?
                    GROUP BY 1 ORDER BY 2 DESC, 1
                    """, arguments: [run, step]
            ).map { StepTally.Count(name: $0[0], count: $0[1]) }
            return tally
        }
    }

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
                counts.add(row[1], named: row[0])
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
