public import Events
import GRDB
import Glibc
import Linux
import Synchronization

/// Writes one run. It owns a thread: what is handed to it is queued and written in transactions as large as the queue
/// has grown, so that a caller waits only when more than `longestQueue` events are behind. Safe to use from any thread.
///
/// When a write fails, what comes later is dropped, and `flush` and `finish` throw the first error.
public final class RunWriter: Sendable {
    /// The most events that may wait before `append` blocks.
    public static let longestQueue = 1 << 16

    /// The run's number in the record.
    public let run: Int64
    private let recording: Recording
    private let queue: WriteQueue<JudgedEntry>
    private let judge: @Sendable (ObservedOperation) -> Judgement?
    private let progress: Progress
    private let thread: DedicatedThread.Handle

    /// What the writer's thread tells.
    private final class Progress: Sendable {
        struct State {
            var error: RecordingError?
            var time = Duration.zero
            var isJoined = false
        }
        let state = Mutex(State())
    }

    /// Begins a run.
    ///
    /// - Parameter judge: predicts an operation and holds the prediction against it; called on the thread that appends,
    ///   so that the next events are judged while the last are written. `nil` for an operation that is not judged.
    /// - Throws: `RecordingError`
    public init(
        _ recording: Recording, _ description: RunDescription,
        judge: @escaping @Sendable (ObservedOperation) -> Judgement? = { _ in nil }
    ) throws(RecordingError) {
        let run = try recording.insertRun(description)
        let queue = WriteQueue<JudgedEntry>(limit: Self.longestQueue)
        let progress = Progress()
        // The thread must not hold the writer itself, or a writer that is never finished would never go away.
        let work: @Sendable () -> Void = {
            let tables = RunTables(run: run)
            while let entries = queue.takeAll() {
                let start = ContinuousClock.now
                if progress.state.withLock({ $0.error }) == nil {
                    do throws(RecordingError) {
                        try recording.write { db in try tables.insert(entries, db) }
                    } catch {
                        progress.state.withLock { $0.error = error }
                    }
                }
                progress.state.withLock { $0.time += start.duration(to: .now) }
                queue.finished(entries.count)
            }
        }
        do throws(RecordingError) { self.thread = try recordingThread(work) } catch {
            try? recording.updateRun(run, .failed, RunTimings())
            throw error
        }
        self.recording = recording
        self.run = run
        self.queue = queue
        self.judge = judge
        self.progress = progress
    }

    deinit { join() }

    /// Adds events, in their order, that the step of this number made.
    public func append(_ events: ContainerEvents, step: Int) {
        let start = ContinuousClock.now
        let judged = RunEntry.events(events, step: step).judged(by: judge)
        progress.state.withLock { $0.time += start.duration(to: .now) }
        queue.add(judged, weight: events.events.count)
    }

    /// A step begins now. Events may name a step that has not begun: it then has a number and nothing else.
    public func beginStep(_ step: StepDescription) { add(.stepBegan(step, at: realTime())) }

    public func finishStep(_ number: Int, _ result: StepResult) { add(.stepEnded(number, result)) }

    public func add(_ prediction: LessonPrediction, step: Int) { add(.prediction(prediction, step: step)) }

    public func add(_ expectation: LessonExpectation, step: Int) { add(.expectation(expectation, step: step)) }

    public func add(_ snapshot: LayerSnapshot, step: Int) { add(.snapshot(snapshot, step: step)) }

    public func add(_ settings: FrameSettings, step: Int) { add(.frameSettings(settings, step: step)) }

    public func add(_ frame: FrameCaption, step: Int) { add(.frame(frame, step: step)) }

    /// Something about the run that the user should know, in one sentence.
    public func warn(_ text: String, step: Int = 0) {
        append(ContainerEvents(container: "", events: [.warning(text)]), step: step)
    }

    /// Waits until everything that was handed over before is committed.
    ///
    /// - Throws: `RecordingError`, the first that the thread met.
    public func flush() throws(RecordingError) {
        queue.waitUntilDone()
        if let error = progress.state.withLock({ $0.error }) { throw error }
    }

    /// The time spent on judging and writing so far, in nanoseconds.
    public var nanoseconds: Int64 { progress.state.withLock { $0.time }.nanoseconds }

    /// Writes what is left and ends the run; what is handed over later is dropped.
    ///
    /// - Throws: `RecordingError`; where the record can still be written, the run is then `failed`.
    public func finish(_ status: RunStatus, timings: RunTimings = RunTimings()) throws(RecordingError) {
        join()
        var timings = timings
        timings.recording = timings.recording ?? nanoseconds
        let error = progress.state.withLock { $0.error }
        do throws(RecordingError) {
            try recording.updateRun(run, error == nil ? status : .failed, timings)
        } catch let second {
            throw error ?? second
        }
        if let error { throw error }
    }

    /// Adds what is no event, and so not judged.
    private func add(_ entry: RunEntry) { queue.add(JudgedEntry(entry: entry), weight: 1) }

    private func join() {
        queue.close()
        let isFirst = progress.state.withLock { state in
            defer { state.isJoined = true }
            return !state.isJoined
        }
        if isFirst { thread.join() }
    }
}

/// A thread of the record's own, to be joined or detached once.
func recordingThread(_ body: @escaping @Sendable () -> Void) throws(RecordingError) -> DedicatedThread.Handle {
    do throws(SystemCallError) {
        return try DedicatedThread.start {
            DedicatedThread.stepBehind()
            body()
        }
    } catch {
        throw .noThread(reason: "\(error)")
    }
}

extension Duration {
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}

/// Nanoseconds since 1970 (CLOCK_REALTIME of clock_gettime(2)).
func realTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

extension Recording {
    fileprivate func insertRun(_ run: RunDescription) throws(RecordingError) -> Int64 {
        let writer = WriterProcess.current
        return try write { db in
            let insertion = try Insertion(
                db, into: "runs",
                """
                lesson, title, status, started, teach, kernel, architecture, filesystem, overlay_options, writer_pid, \
                writer_started, boot
                """
            )
            for text in [run.lesson, run.title, RunStatus.running.rawValue] { insertion.bind(text) }
            insertion.bind(realTime())
            for text in [run.teach, run.kernel, run.architecture, run.filesystem] { insertion.bind(text) }
            insertion.bind(run.overlayOptions?.joined(separator: ","))
            insertion.bind(writer.pid)
            insertion.bind(writer.started)
            insertion.bind(writer.boot)
            return try insertion.run()
        }
    }

    fileprivate func updateRun(_ run: Int64, _ status: RunStatus, _ timings: RunTimings) throws(RecordingError) {
        try write { db in
            try db.execute(
                sql: """
                    UPDATE runs SET status = ?, finished = ?, runtime_ns = ?, observing_ns = ?, recording_ns = ?,
                    drawing_ns = ? WHERE id = ?
                    """,
                arguments: [
                    status.rawValue, realTime(), timings.runtime, timings.observing, timings.recording,
                    timings.drawing, run,
                ])
        }
    }
}
