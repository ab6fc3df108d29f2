import ArgumentParser
import Events
import Engine
import LayerModel
import Lessons
import Recording
import Terminal

/// `teach show`.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Explain a recorded run again.",
        discussion: "Everything comes from the record: nothing is run.")

    @Argument(help: "The run: its number, a lesson's name, or last.", completion: .list(["last"]))
    var selector = "last"

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Only this step.", valueName: "n"))
    var step: Int?

    @Option(name: .long, help: ArgumentHelp("Tell the story of a path through the run.", valueName: "path"))
    var follow: String?

    func run() throws {
        let recording = try Record.open()
        let run = try recording.run(selector)
        var text = RunText(style: Style(for: 1), width: terminalWidth(of: 1))
        let steps = try recording.stepNumbers(ofRun: run.id, only: step)
        if let follow {
            try tell(Path(follow).withoutTrailingSlash, of: run, recording)
            return
        }
        print(
            text.wrapped(
                "run \(run.id): \(run.description.title) (\(run.status.rawValue), Linux \(run.description.kernel))"))
        for warning in try recording.warnings(ofRun: run.id, step: 0) { text.warn(warning) }
        for number in steps {
            // The head is on the screen before the step's calls are read.
            let head = try StepHead(recording, run: run.id, step: number)
            text.show(head)
            text.show(try StepRecording(head, recording))
        }
    }

    private func tell(_ path: Path, of run: RunRecord, _ recording: Recording) throws {
        let story = try recording.story(of: path, inRun: run.id).filter { step == nil || $0.step == step }
        guard !story.isEmpty else {
            let place = step.map { "step \($0) of run \(run.id)" } ?? "run \(run.id)"
            throw LibraryError("no recorded call of \(place) came to \(path)")
        }
        let names = Dictionary(
            try recording.containers(ofRun: run.id).map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        var table = Table([
            .init("STEP", .right), .init("CONTAINER"), .init("PROGRAM"), .init("CALL"), .init("EFFECTS"),
            .init("VERDICT"),
        ])
        for call in story {
            let own = call.effects.map(\.effect).filter { $0.path == path }
            let effects = own.map { "\($0.kind.rawValue) \($0.layer)" }.joined(separator: ", ")
            let answer = call.answer.map { "found in \($0)" } ?? ""
            table.add([
                "\(call.step)", names[call.container] ?? "", "\(call.program) \(call.pid)",
                "\(call.syscall)(\(call.flags))", call.errno?.name ?? (effects.isEmpty ? answer : effects),
                call.judgement?.verdict.name ?? "",
            ])
        }
        print(table.text(width: terminalWidth(of: 1), style: Style(for: 1)), terminator: "")
    }
}

/// The record of this home, opened for reading what is there.
enum Record {
    static func open() throws -> Recording {
        let home = Home(environment: Environment.all)
        try Folders.make(home.path)
        return try Recording(at: home.recordings) { complain($0) }
    }
}

extension Recording {
    /// The numbers of a run's steps, or the one asked for.
    ///
    /// - Throws: `LibraryError` when the run has no such step.
    func stepNumbers(ofRun run: Int64, only step: Int?) throws -> [Int] {
        let steps = try steps(ofRun: run).map(\.description.number).filter { $0 > 0 }
        guard let step else { return steps }
        guard steps.contains(step) else {
            let range = steps.isEmpty ? "no steps" : "the steps \(steps[0]) to \(steps[steps.count - 1])"
            throw LibraryError("run \(run) has \(range); there is no step \(step)")
        }
        return [step]
    }
}

extension RecordingError: StatusCarrying {
    var sentence: String { description }
    /// That there is no thread to be had is the host's doing, as when it has too little memory.
    var status: Int32 { if case .noThread = self { 2 } else { 1 } }
}
