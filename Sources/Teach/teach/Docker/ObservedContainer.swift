import Engine
import Events
import Recording

/// A container of a lesson: its events go to the process that records the run.
final class ObservedContainer {
    private let sender: EventSender
    private let container: String
    private var hasFailed = false

    /// - Returns: `nil` when this process belongs to no lesson; then nothing is observed, and nothing costs time.
    /// - Throws: `RecordingError` when it does, and the recording process cannot be reached.
    init?(_ container: Engine.ContainerRecord) throws {
        guard let sender = try EventSender.ofEnvironment() else { return nil }
        self.sender = sender
        try sender.dieWithListener()
        self.container = container.id
    }

    /// What the engine needs to observe the container. `TEACH_OBSERVE=reads` adds the calls that only look.
    var observation: Observation {
        Observation(reads: Environment.all["TEACH_OBSERVE"] == "reads") { self.report($0) }
    }

    func report(_ events: [Event]) {
        attempt { try sender.send(ContainerEvents(container: container, events: events)) }
    }

    /// Waits until all that was reported is on disk.
    func finish() { attempt { try sender.finish() } }

    /// A record that fails must not end the container; it is said once.
    private func attempt(_ body: () throws -> Void) {
        guard !hasFailed else { return }
        do { try body() } catch {
            hasFailed = true
            complain("\(error)")
        }
    }
}
