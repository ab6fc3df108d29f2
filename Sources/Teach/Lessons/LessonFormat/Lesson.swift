public import LayerModel

/// A lesson as its author wrote it: a header, text, and steps in the order in which they are done.
public struct Lesson: Hashable, Sendable {
    /// The file's name, as errors show it.
    public var file: String
    public var header: LessonHeader
    /// The Markdown before the first step's section.
    public var introduction: String
    public var steps: [LessonStep]
    public var tasks: [LessonTask]
    /// The Markdown of the sections after the last step's.
    public var closing: String
}

/// The front matter of a lesson.
public struct LessonHeader: Hashable, Sendable {
    /// What follows `teach run`.
    public var id: String
    public var title: String
    /// One sentence for a list of lessons.
    public var summary: String
    /// The numbers of the slides that the lesson covers; each is in the deck.
    public var slides: [Int]
    /// The reference of the image that the examples run on.
    public var image: String
    /// The paths shown as columns of a frame where a step names none.
    public var columns: [Path]
}

/// One example with what is asked before it, and what must hold and is shown after it.
public struct LessonStep: Hashable, Sendable {
    /// The id of its run block.
    public var id: String
    /// The heading of the section that it stands in; the id where there is none.
    public var title: String
    /// The Markdown that leads to the example.
    public var before: String
    /// The Markdown that follows it, up to the next section.
    public var after: String
    public var example: Example
    public var question: Question?
    public var expectations: [WrittenExpectation]
    public var frame: FrameRequest
    /// What the speaker says, as Markdown.
    public var notes: String?
}

/// Shell lines to run, with what is to be observed.
public struct Example: Hashable, Sendable {
    /// The id of the block that asks for it.
    public var id: String
    /// Where it is written: `57.second-write` for a deck's example, the id alone for a lesson's own.
    public var reference: String
    /// The slide that it comes from; `nil` for a lesson's own.
    public var slide: Int?
    /// One or more lines for `/bin/sh`; `docker` is on its path.
    public var commands: String
    /// Whether calls that only look are observed too (`observe=reads`).
    public var observesReads: Bool
    /// The columns that the block itself asks for; empty where it leaves them to the lesson.
    public var columns: [Path]
    public var position: SourcePosition
}

/// A question answered before the example runs.
public struct Question: Hashable, Sendable {
    public var text: String
    /// At least two; the first is `a`.
    public var choices: [String]
    /// The index of the right choice.
    public var answer: Int
    /// Why it is right.
    public var why: String
    public var position: SourcePosition

    /// The right choice with its letter, and why it is right.
    public var answerText: String { "\(Self.letter(answer)): \(choices[answer]) \(why)" }

    /// The letter of the choice at `index`.
    public static func letter(_ index: Int) -> Character { Character(Unicode.Scalar(UInt8(97 + index))) }
}

/// An expectation and where it was written.
public struct WrittenExpectation: Hashable, Sendable {
    public var expectation: Expectation
    public var position: SourcePosition
}

/// Which frames of the layer matrix are drawn for a step.
public struct FrameRequest: Hashable, Sendable {
    public enum Extent: String, Hashable, Sendable, CaseIterable {
        /// The state after the step's last call.
        case last
        /// One frame for every call that changed a layer.
        case each
    }
    /// The paths that are the columns, from the left.
    public var columns: [Path]
    public var extent: Extent
    /// A line under the picture.
    public var caption: String?
}

/// Something that the learner does alone; checked by what was recorded, never by what was typed.
public struct LessonTask: Hashable, Sendable {
    /// What to say while the task is not done.
    public struct Hint: Hashable, Sendable {
        /// The hint is given while this does not hold; always, if `nil`.
        public var unless: WrittenExpectation?
        public var text: String
    }

    public var id: String
    /// The step that it follows; `nil` at the lesson's start.
    public var after: String?
    /// What is asked for.
    public var text: String
    /// All must hold for the task to be done.
    public var checks: [WrittenExpectation]
    public var hints: [Hint]
    /// Shell lines that do it.
    public var solution: String
    public var position: SourcePosition
}
