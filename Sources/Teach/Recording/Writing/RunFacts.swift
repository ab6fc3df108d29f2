public import Events
import Glibc
public import LayerModel

/// What is known of a run when it begins.
public struct RunDescription: Hashable, Sendable {
    /// The lesson's short name, such as `lesson3`.
    public var lesson: String
    public var title: String
    /// The version of teach.
    public var teach: String
    /// The kernel's release and the machine, as uname(2) tells them.
    public var kernel: String
    public var architecture: String
    /// The type of the filesystem that holds the upper directories, such as `ext4`.
    public var filesystem: String
    /// The options of the containers' overlays beside their directories, such as `redirect_dir=off`; `nil` where the
    /// record does not tell.
    public var overlayOptions: [String]?

    /// Describes a run on this host.
    public init(lesson: String, title: String, teach: String, filesystem: String, overlayOptions: [String]? = nil) {
        self.lesson = lesson
        self.title = title
        self.teach = teach
        self.filesystem = filesystem
        self.overlayOptions = overlayOptions
        var host = utsname()
        uname(&host)
        self.kernel = Self.text(host.release)
        self.architecture = Self.text(host.machine)
    }

    private static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

/// What has become of a run.
public enum RunStatus: String, Hashable, Sendable {
    /// Its writer is at work.
    case running
    case finished
    /// Its writer went away before the end, or the user ended it.
    case interrupted
    /// It ended with an error.
    case failed
}

/// Where the time of a run went, in nanoseconds.
public struct RunTimings: Hashable, Sendable {
    public var runtime: Int64?
    public var observing: Int64?
    /// Given to `RunWriter.finish`, `nil` stands for the time that the writer itself measured.
    public var recording: Int64?
    public var drawing: Int64?

    public init(runtime: Int64? = nil, observing: Int64? = nil, recording: Int64? = nil, drawing: Int64? = nil) {
        self.runtime = runtime
        self.observing = observing
        self.recording = recording
        self.drawing = drawing
    }
}

/// What is known of a step before its command runs.
public struct StepDescription: Hashable, Sendable {
    /// The place in the lesson, from 1; 0 holds what happened outside of any step.
    public var number: Int
    /// The id of the example that the step executes.
    public var example: String?
    public var title: String?
    /// The shell lines.
    public var command: String?

    public init(number: Int, example: String? = nil, title: String? = nil, command: String? = nil) {
        self.number = number
        self.example = example
        self.title = title
        self.command = command
    }
}

/// How a step's command ended.
public struct StepResult: Hashable, Sendable {
    /// As a shell reports it.
    public var exitStatus: Int32
    public var nanoseconds: Int64
    /// Of each output the record keeps the first `longestOutput` bytes, and the length of the whole.
    public var stdout: String
    public var stderr: String

    public static let longestOutput = 1 << 16

    public init(exitStatus: Int32, nanoseconds: Int64, stdout: String = "", stderr: String = "") {
        self.exitStatus = exitStatus
        self.nanoseconds = nanoseconds
        self.stdout = stdout
        self.stderr = stderr
    }
}

/// A question that a lesson puts before a step.
public struct LessonPrediction: Hashable, Sendable {
    public var question: String
    /// The answer that the lesson holds for right.
    public var expected: String?
    /// What the learner or the simulator answered.
    public var answer: String?
    /// What the record then showed.
    public var outcome: String?

    public init(question: String, expected: String? = nil, answer: String? = nil, outcome: String? = nil) {
        self.question = question
        self.expected = expected
        self.answer = answer
        self.outcome = outcome
    }
}

/// A fact that a lesson expects of the record, and whether it held.
public struct LessonExpectation: Hashable, Sendable {
    public var text: String
    public var held: Bool
    /// What was found instead, or how.
    public var detail: String?

    public init(text: String, held: Bool, detail: String? = nil) {
        self.text = text
        self.held = held
        self.detail = detail
    }
}

/// A picture of a step, in words; the picture itself is drawn from the step's rows.
public struct FrameCaption: Hashable, Sendable {
    /// The place among the step's frames, from 1.
    public var number: Int
    public var title: String
    public var description: String

    public init(number: Int, title: String, description: String) {
        self.number = number
        self.title = title
        self.description = description
    }
}

/// What a model said of an operation, and what came of holding that against the kernel.
public struct Judgement: Hashable, Sendable {
    public var prediction: Prediction
    public var verdict: Verdict

    public init(prediction: Prediction, verdict: Verdict) {
        self.prediction = prediction
        self.verdict = verdict
    }

    /// Holds a prediction against what was observed.
    public init(_ prediction: Prediction, of operation: ObservedOperation) {
        self.init(prediction: prediction, verdict: Verdict(of: prediction, against: operation.outcome))
    }
}
