import ArgumentParser
import Diagrams
import Engine
import Glibc
import Lessons
import Linux
import Recording
import Terminal

/// `teach run`.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a lesson's examples on real containers, record every step, and explain it.",
        discussion: """
            Each step is predicted by the model, run by a real shell, observed call by call, and compared. A frame of the \
            layer matrix is drawn for each into the home's frames folder, or to --output.

            Ends with 0 when every expected fact held and no prediction was refuted, with 1 otherwise.
            """)

    @Argument(help: "The lesson: its id, such as lesson3, or a Markdown file.")
    var lesson: String

    @Option(name: .long, help: ArgumentHelp("Run the steps up to this one, and tell only of it.", valueName: "n"))
    var step: Int?

    @Flag(name: .long, help: "Print the record instead, one JSON object a line.")
    var json = false

    @OptionGroup var pictures: PictureOptions

    func run() throws {
        // Before any thread is made: the two signals must be blocked in all of them.
        let interrupts = try InterruptWatch()
        let library = try LessonLibrary(environment: Environment.all, program: Program.path)
        let lesson = try library.lesson(self.lesson)
        if let step, !(1...max(lesson.steps.count, 1)).contains(step) {
            throw LibraryError("\(lesson.header.id) has \(lesson.steps.count) steps; there is no step \(step)")
        }
        let home = Home(environment: Environment.all)
        try refuse(HostChecks(home: home))
        try Folders.make(home.path)
        let recording = try Recording(at: home.recordings) { complain($0) }
        let text = RunText(style: Style(for: 1), width: terminalWidth(of: 1), only: step)
        // A lesson can be learned without its pictures: what keeps them from being drawn is said once, and at the end.
        var undrawn: PictureError?
        let runner = LessonRunner(
            lesson,
            in: .init(home: home, program: Program.path, environment: Environment.all, version: teachVersion)
        ) { step in
            guard undrawn == nil else { return [] }
            do {
                return try pictures.draw(step, into: pictures.output ?? home.frames + "/\(step.run)")
            } catch let error as PictureError {
                undrawn = error
                return []
            }
        }
        let report = try runner.run(upTo: step, recording: recording, interrupts: interrupts) { progress in
            if !json { text.tell(progress) }
        }
        if json {
            try recording.forEachLine(ofRun: report.run) { print($0.json) }
        } else {
            text.summarize(report)
        }
        if !report.isGood { throw ExitCode(1) }
        if let undrawn { throw undrawn }
    }

    /// Stops at once, with the cure, where the host cannot run a lesson.
    private func refuse(_ checks: HostChecks) throws {
        if let fatal = checks.run().first(where: { $0.state == .fatal }) {
            throw HostError(sentence: "\(fatal.finding); \(fatal.cure ?? "see `teach doctor`")")
        }
    }
}

/// This host cannot do what was asked.
struct HostError: StatusCarrying {
    var sentence: String
    var status: Int32 { 2 }
}
