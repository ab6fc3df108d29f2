/// A place in a Dockerfile, counted from 1; columns are characters (Unicode scalars).
public struct SourcePosition: Hashable, Sendable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// What is wrong in a Dockerfile: one sentence in Docker's words, with the place and the cure.
public struct DockerfileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// At which of its steps Docker 20.10 finds the mistake; each has its own beginning of the sentence.
    public enum Step: Hashable, Sendable {
        /// Lines are taken apart into words.
        case words
        /// Words are taken for an instruction.
        case instruction
        /// A stage is begun.
        case stage
    }

    public var step: Step
    public var position: SourcePosition
    /// Docker's words, where it has the same error.
    public var message: String
    /// What to write instead.
    public var cure: String

    public init(_ step: Step, at position: SourcePosition, _ message: String, cure: String) {
        self.step = step
        self.position = position
        self.message = message
        self.cure = cure
    }

    public var description: String {
        switch step {
        case .words:
            "failed to parse Dockerfile: \(message) (line \(position.line), column \(position.column): \(cure))"
        case .instruction:
            "dockerfile parse error line \(position.line): \(message) (column \(position.column): \(cure))"
        case .stage: "\(message) (line \(position.line), column \(position.column): \(cure))"
        }
    }
}

/// What is wrong with a part of a line; whoever knows the line adds the place.
struct Mistake: Error {
    var message: String
    var cure: String
    /// Bytes from the beginning of the logical line; `nil`: the instruction's name.
    var offset: Int?
    var step = DockerfileError.Step.instruction

    init(_ message: String, cure: String, at offset: Int? = nil, step: DockerfileError.Step = .instruction) {
        self.message = message
        self.cure = cure
        self.offset = offset
        self.step = step
    }
}
