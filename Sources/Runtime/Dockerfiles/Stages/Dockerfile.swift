/// A Dockerfile: how Docker 20.10 reads it, and with BuildKit's heredocs, `--chmod` and `RUN --mount`.
///
/// See Docker's Dockerfile reference. Reading never depends on variables: what they expand to is the builder's business.
public struct Dockerfile: Hashable, Sendable {
    public var directives: ParserDirectives
    /// The ARGs before the first FROM; FROM alone sees them.
    public var arguments: [GlobalArgument]
    public var stages: NonEmpty<Stage>
    /// Logical lines within which an empty line stands: deprecated.
    public var brokenLines: [String] = []
    /// What is read otherwise than its writer probably means, in their order.
    public var doubts: [Doubt] = []

    /// A line that is no mistake, but looks like one.
    public struct Doubt: Hashable, Sendable {
        public var position: SourcePosition
        /// What it is read as, and what to write instead.
        public var sentence: String
    }

    /// An ARG before the first FROM.
    public struct GlobalArgument: Hashable, Sendable {
        public var declarations: NonEmpty<ArgumentDeclaration>
        public var text: String
        public var position: SourcePosition
    }
}

/// FROM, and the instructions up to the next one.
public struct Stage: Hashable, Sendable {
    /// The base image or an earlier stage's name; `scratch` is nothing.
    public var base: ShellWord
    public var name: Name?
    public var platform: ShellWord?
    /// The line of FROM.
    public var text: String
    public var position: SourcePosition
    public var steps: [Step] = []

    /// What stands behind AS.
    public struct Name: Hashable, Sendable {
        /// In lower case.
        public var text: String
        public var position: SourcePosition
    }
}

extension Dockerfile {
    /// Reads a file.
    ///
    /// - Throws: `DockerfileError` for the first mistake.
    public init(parsing bytes: [UInt8]) throws(DockerfileError) {
        var lines = LogicalLines(bytes)
        var arguments: [GlobalArgument] = []
        var stages: [Stage] = []
        var brokenLines: [String] = []
        var doubts: [Doubt] = []
        while let (read, text) = try Self.nextLine(&lines) {
            let position = read.line.position(at: read.nameOffset)
            if read.line.isBroken { brokenLines.append(text) }
            if let sentence = read.doubt { doubts.append(Doubt(position: position, sentence: sentence)) }
            try read.located { (read) throws(Mistake) in
                switch read.name {
                case .from:
                    let head = try read.stageHead()
                    stages.append(
                        Stage(base: head.base, name: head.name, platform: head.platform, text: text, position: position)
                    )
                case .argument where stages.isEmpty:
                    arguments.append(
                        GlobalArgument(declarations: try read.arguments(), text: text, position: position))
                default:
                    let instruction = try read.instruction()
                    guard !stages.isEmpty else {
                        throw Mistake(
                            "no build stage in current context", cure: "begin with FROM; only ARG may stand before it")
                    }
                    stages[stages.count - 1].steps.append(
                        Step(
                            instruction: instruction, text: text, position: position, lastLine: lines.physical.count))
                }
            }
        }
        guard let stages = NonEmpty(stages) else {
            let last = SourcePosition(line: max(lines.physical.count, 1), column: 1)
            if arguments.isEmpty {
                throw DockerfileError(.words, at: last, "file with no instructions", cure: "begin with FROM")
            }
            throw DockerfileError(.instruction, at: last, "no build stage in current context", cure: "write FROM")
        }
        self.init(
            directives: lines.directives, arguments: arguments, stages: stages, brokenLines: brokenLines,
            doubts: doubts)
    }

    /// Reads an ONBUILD trigger of a base image.
    ///
    /// - Throws: `DockerfileError`, also where it is no single instruction.
    public static func trigger(_ text: String) throws(DockerfileError) -> Step {
        var lines = LogicalLines(Array(text.utf8))
        let start = SourcePosition(line: 1, column: 1)
        guard let (read, text) = try nextLine(&lines) else {
            throw DockerfileError(.words, at: start, "file with no instructions", cure: "the base image is damaged")
        }
        let step = try read.located { (read) throws(Mistake) in
            guard ![.from, .maintainer, .onBuild].contains(read.name) else {
                throw Mistake(
                    "\(read.name.rawValue) isn't allowed as an ONBUILD trigger", cure: "the base image is damaged")
            }
            return Step(
                instruction: try read.instruction(), text: text, position: start, lastLine: lines.physical.count)
        }
        guard try nextLine(&lines) == nil else {
            throw DockerfileError(
                .words, at: start, "onbuild trigger should be a single expression", cure: "the base image is damaged")
        }
        return step
    }

    /// The next instruction with its heredocs, and its line.
    static func nextLine(
        _ lines: inout LogicalLines
    ) throws(DockerfileError) -> (InstructionLine, text: String)? {
        guard let line = try lines.next() else { return nil }
        var read: InstructionLine
        do { read = try InstructionLine(line, escape: lines.directives.escape, after: lines.previous) } catch {
            throw error.located(in: line)
        }
        for mark in read.heredocMarks {
            guard let heredoc = mark.read(from: &lines.physical) else {
                throw DockerfileError(
                    .words, at: line.position(at: read.rest.startIndex), "unterminated heredoc",
                    cure: "write \(mark.name) on a line of its own behind the text of \(mark.word)")
            }
            read.heredocs.append(heredoc)
        }
        return (read, line.text)
    }
}

extension InstructionLine {
    /// Runs `body`; its mistake gets the place in the file.
    func located<Result>(
        _ body: (InstructionLine) throws(Mistake) -> Result
    ) throws(DockerfileError) -> Result {
        do { return try body(self) } catch {
            var mistake = error
            mistake.offset = mistake.offset ?? nameOffset
            throw mistake.located(in: line)
        }
    }
}

extension Mistake {
    func located(in line: LogicalLine) -> DockerfileError {
        DockerfileError(step, at: line.position(at: offset ?? 0), message, cure: cure)
    }
}
