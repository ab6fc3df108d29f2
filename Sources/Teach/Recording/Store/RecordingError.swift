/// Why the record cannot be opened, written or read: one sentence that names the thing and the cure.
public enum RecordingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// SQLite refuses; `reason` is its message.
    case refused(path: String, reason: String)
    case locked(path: String)
    /// The disk or the quota is used up.
    case full(path: String)
    /// The schema is newer than this program knows.
    case newer(path: String)
    /// SQLite found damage inside; `reason` is its message.
    case damaged(path: String, reason: String)
    /// The file is not a sound database and could not be set aside either.
    case corrupt(path: String, reason: String)
    /// No run answers to the selector.
    case noRun(String)
    /// Runs of several lessons answer to the selector.
    case ambiguous(String, lessons: [String])
    /// A socket of the record failed; `reason` is a whole clause.
    case socket(path: String, reason: String)
    /// The record's own thread cannot be started; `reason` is a whole clause.
    case noThread(reason: String)
    /// An environment variable holds something else than it should.
    case environment(name: String, value: String)

    public var description: String {
        switch self {
        case .refused(let path, let reason): "the record \(path) cannot be used: \(reason)"
        case .locked(let path):
            "the record \(path) is still locked by another process; wait until it ends, then run the command again"
        case .full(let path): "there is no space left for the record \(path); free some, then run the command again"
        case .newer(let path):
            "the record \(path) was made by a newer teach; upgrade this one, or set TEACH_HOME to another place"
        case .damaged(let path, let reason):
            "the record \(path) is damaged (\(reason)); `teach clean` sets it aside under another name, deletes nothing, "
                + "and a new one is begun"
        case .corrupt(let path, let reason):
            "the record \(path) is damaged (\(reason)) and could not be renamed; move it away, then run the command again"
        case .noRun("last"): "nothing has been recorded yet; `teach run lesson3` records a first run"
        case .noRun(let selector):
            "no run is called `\(selector)`; give a run's number, the start of a lesson's name, or `last`"
        case .ambiguous(let selector, let lessons):
            "`\(selector)` may be \(lessons.joined(separator: " or ")); give more letters or a run's number"
        case .socket(let path, let reason): "the record's socket \(path) failed: \(reason)"
        case .noThread(let reason):
            "the record's thread cannot be started: \(reason); raise the limits of memory and of processes, such as with: "
                + "ulimit -v unlimited -u unlimited"
        case .environment(let name, let value):
            "the variable \(name) is `\(value)`, which is not what `teach run` sets; unset it"
        }
    }
}
