import Foundation
import Glibc

/// Ends a program under test, and what it has started, that does not end by itself: a hang is a failure of its own test.
struct Deadline {
    /// Many times what the longest one takes on a machine that is busy with the other tests.
    static let seconds = 300

    private let work: DispatchWorkItem

    init(for process: Process) {
        // Not the process itself: the queue keeps what is cancelled until its time comes, and with it the files.
        let (identifier, arguments) = (process.processIdentifier, process.arguments ?? [])
        work = DispatchWorkItem {
            print("\(arguments) did not end within \(Self.seconds) s: it is killed")
            kill(getpgid(identifier) == identifier ? -identifier : identifier, SIGKILL)
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Self.seconds), execute: work)
    }

    func cancel() { work.cancel() }
}
