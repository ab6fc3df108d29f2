public import Events
internal import LayerModel
internal import Pictures
public import Recording

/// What stands at the head of a step: enough to print before its calls are read.
public struct StepHead: Sendable {
    public let run: Int64
    public let step: StepRecord
    public let settings: FrameSettings?
    public let predictions: [LessonPrediction]

    /// - Throws: `RecordingError`
    public init(_ recording: Recording, run: Int64, step number: Int) throws(RecordingError) {
        self.run = run
        guard let step = try recording.steps(ofRun: run).first(where: { $0.description.number == number }) else {
            throw .noRun("\(run), step \(number)")
        }
        self.step = step
        settings = try recording.frameSettings(ofRun: run, step: number)
        predictions = try recording.predictions(ofRun: run, step: number)
    }

    public var number: Int { step.description.number }
    public var title: String { step.description.title ?? "step \(number)" }
}

/// All that the record tells of one step: read in one go, and enough to explain and to draw it without the rest of
/// the run.
///
/// Of a step with more than `mostCalls` calls, those are read that bear on its columns, and the others counted.
public struct StepRecording: Sendable {
    public let head: StepHead
    public let calls: [RecordedCall]
    public let containers: [RecordedContainer]
    public let snapshots: [LayerSnapshot]
    public let expectations: [LessonExpectation]
    /// How many of the step's calls were predicted, by what became of the prediction.
    public let verdicts: VerdictCounts
    /// What of the step the record does not know.
    public let holes: [Hole]
    public let warnings: [String]
    /// The calls counted, where there are more than were read.
    private let tally: StepTally?
    /// What the instructions of a build did.
    private let instructions: [String]

    /// The most calls that are read of a step one by one.
    public static let mostCalls = 2000
    /// How many are read of a step that has more.
    private static let sample = 200

    /// Reads a step.
    ///
    /// - Throws: `RecordingError`
    public init(_ recording: Recording, run: Int64, step number: Int) throws(RecordingError) {
        try self.init(StepHead(recording, run: run, step: number), recording)
    }

    /// Reads what belongs to `head`.
    ///
    /// - Throws: `RecordingError`
    public init(_ head: StepHead, _ recording: Recording) throws(RecordingError) {
        let (run, number) = (head.run, head.number)
        self.head = head
        if try recording.callCount(ofRun: run, step: number) > Self.mostCalls {
            calls = try recording.calls(
                ofRun: run, step: number, touching: head.settings?.columns ?? [], limit: Self.sample)
            let tally = try recording.tally(ofRun: run, step: number)
            self.tally = tally
            verdicts = tally.verdicts
        } else {
            calls = try recording.calls(ofRun: run, step: number)
            tally = nil
            verdicts = try recording.verdictCounts(ofRun: run, step: number)
        }
        containers = try recording.containers(ofRun: run, step: number)
        snapshots = try recording.snapshots(ofRun: run, step: number)
        instructions =
            containers.contains(where: \.isInstruction)
            ? InstructionText.sentences(containers, try recording.changes(ofRun: run, step: number)) : []
        expectations = try recording.expectations(ofRun: run, step: number)
        holes = try recording.holes(ofRun: run, step: number)
        warnings = try recording.warnings(ofRun: run, step: number)
    }

    public var run: Int64 { head.run }
    public var step: StepRecord { head.step }
    public var settings: FrameSettings? { head.settings }
    public var predictions: [LessonPrediction] { head.predictions }
    public var number: Int { head.number }
    public var title: String { head.title }

    /// The step's frames, composed from its rows. A step of very many calls has one, at its end.
    public var frames: StepFrames {
        StepFrames(
            title: title, command: (step.description.command ?? "").split(separator: "\n").joined(separator: "; "),
            columns: settings?.columns ?? [],
            extent: tally == nil ? settings.flatMap { FrameRequest.Extent(rawValue: $0.extent) } ?? .last : .last,
            place: settings.map { LayerMatrix.Step($0.number, of: $0.count) },
            snapshots: shownSnapshots.map { snapshot in
                let container = containers.first { $0.id == snapshot.container }
                return StackSnapshot(
                    container: snapshot.container, name: container?.name ?? "", layers: container?.layers ?? [],
                    rows: snapshot.rows, isGone: snapshot.isGone)
            }, calls: calls,
            instructions: Dictionary(
                containers.filter(\.isInstruction).map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first }),
            tally: tally)
    }

    /// A container that was removed is shown only where no other one is.
    private var shownSnapshots: [LayerSnapshot] {
        let here = snapshots.filter { !$0.isGone }
        return here.isEmpty ? snapshots : here
    }

    /// A few sentences made from the step's recorded facts: of the calls, or, in a build, of what each instruction made
    /// of them.
    public var explanation: [String] {
        if let tally {
            return instructions + Explanation(of: tally, list: "teach events \(run) --step \(number)").sentences
        }
        if instructions.isEmpty { return Explanation(of: calls.map(\.operation)).sentences }
        // The calls of containers that were run besides.
        let built = Set(containers.filter(\.isInstruction).map(\.id))
        let others = calls.filter { !built.contains($0.container) }.map(\.operation)
        return instructions + (others.isEmpty ? [] : Explanation(of: others).sentences)
    }
}

/// A step that has been run, as it is told to the user.
public struct StepReport: Sendable {
    public var recording: StepRecording
    public var findings: [Finding]
    public var question: Question?
    /// The choice that the learner made, where one was asked for.
    public var answer: Int?
    /// The lesson's Markdown that follows the step.
    public var after: String
    /// The pictures that were written.
    public var files: [String]
    /// The bytes that were free on the disk of the home when the step had ended, where it ran out of space.
    public var spaceWhenFull: Int64?
}

/// A lesson that has been run.
public struct RunReport: Sendable {
    public var run: Int64
    public var steps: [StepReport]
    public var verdicts: VerdictCounts
    /// How much the observer could not follow or attribute.
    public var holes: Int
    /// Where the time went, in nanoseconds.
    public var timings: RunTimings

    /// Whether an instruction of a build ran.
    public var madeImages: Bool { steps.contains { $0.recording.containers.contains(where: \.isInstruction) } }

    /// Whether there was a container that was no instruction's.
    public var madeContainers: Bool { steps.contains { !$0.recording.containers.allSatisfy(\.isInstruction) } }

    /// Whether every expected fact held, no prediction was refuted, and nothing is missing from the record.
    public var isGood: Bool {
        verdicts.refuted == 0 && holes == 0 && steps.allSatisfy { $0.findings.allSatisfy(\.held) }
    }
}
