import Engine
import Events
import Recording
import Synchronization

/// The record of the lesson that this process belongs to: its containers' events go to the process that keeps it.
final class LessonRecord: Sendable {
    private let sender: EventSender
    private let reads: Bool
    private let hasFailed = Mutex(false)

    /// From here on this process, and what it runs, ends with the recording one.
    ///
    /// - Returns: `nil` when this process belongs to no lesson; then nothing is observed, and nothing costs time.
    /// - Throws: `RecordingError` when it does, and the recording process cannot be reached.
    init?() throws {
        guard let sender = try EventSender.ofEnvironment() else { return nil }
        self.sender = sender
        reads = Environment.all["TEACH_OBSERVE"] == "reads"
        try sender.dieWithListener()
    }

    /// What the engine needs to observe a container. `TEACH_OBSERVE=reads` adds the calls that only look.
    func observation(of container: String) -> Observation {
        Observation(reads: reads) { self.report($0, of: container) }
    }

    func report(_ events: [Event], of container: String) {
        attempt { try sender.send(ContainerEvents(container: container, events: events)) }
    }

    /// Waits until all that was reported is on disk.
    func finish() { attempt { try sender.finish() } }

    /// A record that fails must not end the container; it is said once.
    private func attempt(_ body: () throws -> Void) {
        guard !hasFailed.withLock({ $0 }) else { return }
        do { try body() } catch {
            let isFirst = hasFailed.withLock { failed in
                defer { failed = true }
                return !failed
            }
            if isFirst { complain("\(error)") }
        }
    }
}
