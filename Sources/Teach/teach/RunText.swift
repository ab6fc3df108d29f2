import ContentStore
import Events
import Glibc
import LayerModel
import Lessons
import Pictures
import Recording
import Terminal

/// What `teach run` and `teach show` print.
struct RunText {
    let style: Style
    let width: Int
    /// Tell only of this step.
    var only: Int?
    /// Whose text is told.
    var lesson: Lesson?
    /// The warnings that have been told: once a run is enough.
    private var warnings: Set<String> = []

    init(style: Style, width: Int, only: Int? = nil, lesson: Lesson? = nil) {
        self.style = style
        self.width = width
        self.only = only
        self.lesson = lesson
    }

    private func isTold(_ number: Int) -> Bool { only == nil || only == number }

    /// Tells of a run while it works.
    mutating func tell(_ progress: LessonRunner.Progress) {
        switch progress {
        case .preparing: break
        case .noticed(let sentence): warn(sentence)
        case .began:
            guard only == nil, let lesson else { return }
            print(rule(lesson.header.title))
            tell(lesson.introduction)
        case .stepBegan(let number, let count, let step):
            guard isTold(number) else { return }
            head(number, of: count, step.title)
            tell(step.before, after: "\n")
            if let question = step.question {
                print(wrapped(question.text))
                for (index, choice) in question.choices.enumerated() {
                    print(wrapped("\(Question.letter(index))) \(choice)", indent: "   "))
                }
                print("")
            }
            printCommand(step.example.commands)
            fflush(nil)
        case .output, .stopping: break
        case .stepEnded(let report):
            guard isTold(report.recording.number) else { return }
            printOutput(report.recording.step)
            body(report.recording, findings: report.findings.map { ($0.held, "\($0.expectation)", $0.sentence) })
            if let question = report.question {
                if let answer = report.answer {
                    print("\(mark(answer == question.answer)) your answer was \(Question.letter(answer))")
                }
                print(wrapped("Answer \(question.answerText)"))
            }
            for file in report.files { print("frame: \(file)") }
            tell(report.after, before: "\n")
        }
    }

    /// The head of a recorded step: its title, question, command and output.
    func show(_ step: StepHead) {
        head(step.number, of: step.settings?.count ?? step.number, step.title)
        for prediction in step.predictions { print(wrapped(prediction.question) + "\n") }
        printCommand(step.step.description.command ?? "")
        printOutput(step.step)
        fflush(nil)
    }

    /// What follows the head of a recorded step.
    mutating func show(_ step: StepRecording) {
        body(step, findings: step.expectations.map { ($0.held, $0.text, $0.detail ?? "") })
        for prediction in step.predictions {
            if let answer = prediction.answer { print(wrapped("Your answer was \(answer)")) }
            if let expected = prediction.expected { print(wrapped("Answer \(expected)")) }
        }
        fflush(nil)
    }

    /// The end of a run: verdicts, and where the time went.
    func summarize(_ report: RunReport) {
        let facts = report.steps.flatMap(\.findings)
        let held = facts.count(where: \.held)
        if only == nil, let lesson, report.steps.count == lesson.steps.count { tell(lesson.closing, before: "\n") }
        print("\n" + rule("run \(report.run)"))
        if report.verdicts.total > 0 {
            print("\(mark(report.verdicts.refuted == 0)) \(verdicts(report.verdicts))")
        } else {
            print("- no call that changes a layer was recorded, so none was predicted")
        }
        if facts.isEmpty {
            print("- no facts were expected")
        } else {
            print("\(mark(held == facts.count)) \(held) of \(facts.count) expected facts held")
        }
        let answered = report.steps.filter { $0.answer != nil }
        if !answered.isEmpty {
            print("\(answered.count { $0.answer == $0.question?.answer }) of \(answered.count) answers were right")
        }
        if report.holes > 0 {
            print(
                "? the record has \(report.holes) \(report.holes == 1 ? "hole" : "holes"): what happened there is not known"
            )
        }
        if let gone = Self.gone(report) { print(wrapped(gone)) }
        func milliseconds(_ value: Int64?) -> String { value.map { "\(($0 + 500_000) / 1_000_000) ms" } ?? "?" }
        let time = report.timings
        print(
            "time: runtime \(milliseconds(time.runtime)), observing \(milliseconds(time.observing)), "
                + "recording \(milliseconds(time.recording)), drawing \(milliseconds(time.drawing))")
        print(
            "`teach show \(report.run) --step N` explains a step again; `teach events \(report.run) --json` is the record."
        )
    }

    /// That what the run made is nowhere now, and how to make the like.
    private static func gone(_ report: RunReport) -> String? {
        switch (report.madeImages, report.madeContainers) {
        case (false, false): nil
        case (true, false):
            "The images that this run made were its own, and are gone; `teach docker build` makes yours."
        case (false, true):
            "The containers that this run made were its own, and are gone; `teach docker run` makes yours."
        case (true, true):
            "The images and containers that this run made were its own, and are gone; `teach docker build` and "
                + "`teach docker run` make yours."
        }
    }

    // MARK: - Parts

    private func head(_ number: Int, of count: Int, _ title: String) {
        print("\n" + rule("\(number) of \(count) · \(title)"))
    }

    private func rule(_ text: String) -> String {
        let line = "── \(text) "
        return style.apply(.bold, to: line + String(repeating: "─", count: max(width - line.displayWidth, 2)))
    }

    /// A piece of the lesson's own text.
    private func tell(_ markdown: String, before: String = "", after: String = "") {
        var blocks = [ProseBlock](markdown: markdown)
        // Nothing stands beneath such a heading that can be told, as where there is a task.
        while case .heading? = blocks.last { blocks.removeLast() }
        let text = blocks.text(width: width, style: style)
        if !text.isEmpty { print(before + text, terminator: after) }
    }

    private func printCommand(_ command: String) {
        for line in ShellPrompts.lines(of: command) { print(style.apply(.bold, to: line)) }
    }

    private func printOutput(_ step: StepRecord) {
        guard let result = step.result else { return }
        for text in [result.stdout, result.stderr] {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let told = lines.last == "" ? lines.dropLast() : lines[...]
            // Of long outputs the end says what came of it.
            let isLong = told.count > 15
            for line in told.prefix(isLong ? 4 : 15) { print(String(line).printable) }
            guard isLong else { continue }
            print("… \(told.count - 14) lines more …")
            for line in told.suffix(10) { print(String(line).printable) }
        }
        if result.exitStatus != 0 { print("exit status \(result.exitStatus)") }
    }

    private mutating func body(_ step: StepRecording, findings: [(held: Bool, fact: String, detail: String)]) {
        print("")
        if !step.snapshots.isEmpty {
            for matrix in step.frames.summary { print(matrix.text(width: width, style: style)) }
            if let caption = step.settings?.caption { print(wrapped(caption) + "\n") }
        }
        for sentence in step.explanation { print(wrapped(sentence)) }
        let counts = step.verdicts
        if counts.total > 0 {
            print("\(mark(counts.refuted == 0)) \(verdicts(counts))")
        }
        for call in step.calls {
            guard case .refuted(predicted: let predicted, observed: let observed)? = call.judgement?.verdict else {
                continue
            }
            print(
                wrapped(
                    "≠ \(CallText.call(call.operation)): predicted \(words(predicted)), observed \(words(observed))"))
        }
        for hole in step.holes.prefix(Self.mostHoles) { print(wrapped(Self.words(hole))) }
        if step.holes.count > Self.mostHoles { print("? and \(step.holes.count - Self.mostHoles) more of the kind") }
        for warning in step.warnings { warn(warning) }
        for finding in findings where !finding.held {
            print(wrapped("✗ \(finding.detail.isEmpty ? "expected `\(finding.fact)`" : finding.detail)"))
        }
    }

    /// Tells a warning that has not been told, of this image or of another on the same stand-in.
    mutating func warn(_ warning: String) {
        if warnings.insert(StandInNotice.topic(of: warning)).inserted { print(wrapped("! \(warning)")) }
    }

    private static let mostHoles = 3

    private static func words(_ hole: Hole) -> String {
        let call = [hole.syscall, hole.path].compactMap(\.self).joined(separator: " ")
        return "? a hole in the record\(call.isEmpty ? "" : " at \(call)"): \(hole.reason)"
    }

    private func words(_ outcome: Outcome) -> String {
        ([outcome.errno?.name].compactMap { $0 } + outcome.effects.map(\.description)).joined(separator: ", ")
    }

    private func verdicts(_ counts: VerdictCounts) -> String {
        let total = counts.total
        if total == counts.confirmed {
            return
                "\(total) \(total == 1 ? "call" : "calls") predicted, and the kernel confirmed \(total == 1 ? "it" : "all")"
        }
        return "\(total) calls predicted: \(counts.confirmed) confirmed, \(counts.refuted) refuted, "
            + "\(counts.unmodelled) unmodelled"
    }

    private func mark(_ good: Bool) -> String { good ? "✓" : "✗" }

    func wrapped(_ text: String, indent: String = "") -> String {
        var lines: [String] = []
        var line = indent
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if line.displayWidth + word.count + 1 > width, line != indent {
                lines.append(line)
                line = indent
            }
            line += (line == indent ? "" : " ") + word
        }
        return (lines + [line]).joined(separator: "\n")
    }
}

extension VerdictCounts {
    fileprivate var total: Int { confirmed + refuted + unmodelled }
}
