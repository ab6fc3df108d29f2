public import Events
import GRDB

extension Recording {
    /// What the observer could not follow or attribute in a step, in the order in which it was found.
    ///
    /// - Throws: `RecordingError`
    public func holes(ofRun run: Int64, step: Int) throws(RecordingError) -> [Hole] {
        try rows("holes", run, step) {
            Hole(pid: $0["pid"], syscall: $0["syscall"], path: $0["path"], reason: $0["reason"])
        }
    }

    /// How many holes the record of a run has.
    ///
    /// - Throws: `RecordingError`
    public func holeCount(ofRun run: Int64) throws(RecordingError) -> Int {
        try read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM holes WHERE run = ?", arguments: [run]) ?? 0 }
    }

    /// What could not be had in a step though nothing depended on it: a sentence each.
    ///
    /// - Throws: `RecordingError`
    public func warnings(ofRun run: Int64, step: Int) throws(RecordingError) -> [String] {
        try rows("warnings", run, step) { $0["text"] }
    }
}
