internal import ContentStore
public import Engine
internal import Events
internal import Glibc
internal import LayerModel
public import Linux
public import Recording
internal import OCI
internal import Verification

/// Runs a lesson: its examples in a real shell on real containers, recorded, predicted, checked and drawn.
public struct LessonRunner {
    /// What the run needs to know of the world.
    public struct Surroundings: Sendable {
        public var home: Home
        /// The program that stands as `docker` on the examples' PATH: teach itself.
        public var program: String
        public var environment: [String: String]
        /// The version of teach, for the record.
        public var version: String

        public init(home: Home, program: String, environment: [String: String], version: String) {
            self.home = home
            self.program = program
            self.environment = environment
            self.version = version
        }
    }

    public let lesson: Lesson
    public let surroundings: Surroundings
    /// Draws the frames of a step; told the run and the step; answers with the files that it wrote.
    public var draw: (StepRecording) throws -> [String]

    public init(
        _ lesson: Lesson, in surroundings: Surroundings, draw: @escaping (StepRecording) throws -> [String]
    ) {
        self.lesson = lesson
        self.surroundings = surroundings
        self.draw = draw
    }

    /// What a run tells while it works.
    public enum Progress {
        case preparing(image: String)
        /// What is to be known of the lesson's image, in one sentence.
        case noticed(String)
        case began(run: Int64)
        case stepBegan(number: Int, of: Int, LessonStep)
        case output([UInt8], isError: Bool)
        /// The step was asked to end, because this process was asked by that signal.
        case stopping(number: Int, LessonStep, signal: Int32)
        case stepEnded(StepReport)
    }

    /// What the learner says to a step's question before it runs.
    public enum Reply {
        /// The index of a choice.
        case choice(Int)
        case none
        /// This step and those after it are not run.
        case stop
    }

    /// Runs the lesson's steps up to `last`, or all.
    ///
    /// - Parameters:
    ///   - ask: is given each step before it runs.
    ///   - goesOn: is given each step that another one follows; answers whether that one is run.
    /// - Throws: `Interrupted`; `RecordingError`; what the engine throws. Nothing but the record is left behind.
    public func run(
        upTo last: Int? = nil, recording: Recording, interrupts: borrowing InterruptWatch,
        ask: (Int, LessonStep) throws -> Reply = { _, _ in .none },
        goesOn: (StepReport) throws -> Bool = { _ in true },
        tell: (Progress) -> Void
    ) throws -> RunReport {
        var home = surroundings.home
        tell(.preparing(image: lesson.header.image))
        let engine = try LocalEngine(home: home)
        defer { _ = try? engine.sweep() }
        // Until the run has names of its own the image may have none: the user may have given it to another.
        let lease = try engine.store.lease()
        let image = try engine.store.prepare(ImageReference(lesson.header.image)) { tell(.noticed($0)) }
        let filesystem = (try? Filesystem(holding: home.path).name) ?? "unknown"
        let verifier = Verifier(on: .current)
        let writer = try RunWriter(
            recording,
            RunDescription(
                lesson: lesson.header.id, title: lesson.header.title, teach: surroundings.version,
                filesystem: filesystem, overlayOptions: OverlayMount.options())
        ) { operation in
            let (prediction, verdict) = verifier.verdict(on: operation)
            return Judgement(prediction: prediction, verdict: verdict)
        }
        tell(.began(run: writer.run))
        if let image, let reference = image.reference, let notice = StandInNotice(image.config) {
            let sentence = notice.sentence(of: "\(reference)")
            writer.warn(sentence)
            tell(.noticed(sentence))
        }
        var timings = RunTimings(runtime: 0, observing: 0, recording: nil, drawing: 0)
        var steps: [StepReport] = []
        do {
            let workplace = try Workplace(beneath: home, run: writer.run, program: surroundings.program)
            defer { workplace.remove() }
            home.containers = workplace.containers
            home.imageScope = workplace.path
            try engine.store.makeScope(workplace.path)
            if let image { try LocalEngine(home: home).store.tag(image, ImageReference(lesson.header.image)) }
            _ = consume lease
            // In the run's own folder, where `clean` finds it.
            let listener = try EventListener(for: writer, beneath: workplace.path)
            defer { listener.stop(within: 5) }
            let count = lesson.steps.count
            let chosen = lesson.steps.prefix(last ?? count)
            for (index, step) in chosen.enumerated() {
                if let signal = interrupts.take() { throw Interrupted(by: signal) }
                tell(.stepBegan(number: index + 1, of: count, step))
                let reply = try ask(index + 1, step)
                if case .stop = reply { break }
                let stepRun = StepRun(
                    step: step, number: index + 1, of: count, home: home,
                    environment: environment(workplace, listener.path, step, index + 1), directory: workplace.desk)
                let report = try stepRun.run(writer, recording, interrupts, reply, draw, &timings, tell)
                steps.append(report)
                tell(.stepEnded(report))
                if index + 1 < chosen.count, try !goesOn(report) { break }
            }
            listener.stop(within: 5)
            timings.recording = writer.nanoseconds
            try writer.finish(.finished, timings: timings)
        } catch {
            try? writer.finish(error is Interrupted ? .interrupted : .failed, timings: timings)
            throw error
        }
        return RunReport(
            run: writer.run, steps: steps, verdicts: try recording.verdictCounts(ofRun: writer.run),
            holes: try recording.holeCount(ofRun: writer.run), timings: timings)
    }

    private func environment(
        _ workplace: Workplace, _ socket: String, _ step: LessonStep, _ number: Int
    ) -> [String: String] {
        var environment = surroundings.environment
        environment["PATH"] = workplace.programs + ":" + (environment["PATH"] ?? "/usr/bin:/bin")
        environment["TEACH_HOME"] = surroundings.home.path
        environment["TEACH_CONTAINERS"] = workplace.containers
        environment["TEACH_IMAGES"] = workplace.path
        environment[EventSender.socketVariable] = socket
        environment[EventSender.stepVariable] = String(number)
        environment["TEACH_OBSERVE"] = step.example.observesReads ? "reads" : nil
        return environment
    }
}

/// The folder of a run that is under way: its containers, its names of images, its `docker`, and an empty directory to work
/// in. It is locked until it is removed.
struct Workplace {
    let path: String
    private let lock: PresenceLock
    var containers: String { path + "/containers" }
    var programs: String { path + "/bin" }
    var desk: String { path + "/desk" }

    init(beneath home: Home, run: Int64, program: String) throws {
        path = "\(home.runs)/\(run)-\(getpid())"
        try Folders.make(home.runs)
        lock = try PresenceLock.making(path)
        for folder in [containers, programs, desk] { try Folders.make(folder) }
        let link = programs + "/docker"
        try call("symlink", link) { symlink(program, link) }
    }

    /// Takes away all that the run made but its record.
    func remove() { try? Folders.remove(path) }
}
