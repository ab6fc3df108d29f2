import ArgumentParser
import Engine
import Glibc
import Lessons
import Recording
import Terminal

/// `teach list`, and `teach` alone.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the lessons, and how far you are.")

    func run() throws {
        let library = try LessonLibrary(environment: Environment.all, program: Program.path)
        let deck = try library.deck()
        let home = Home(environment: Environment.all)
        // Looking at a list makes no record.
        let recording = access(home.recordings, R_OK) == 0 ? try Recording(at: home.recordings) : nil
        let runs = try recording?.runs() ?? []
        let width = terminalWidth()
        func say(_ line: String) { print(line.broken(to: width).joined(separator: "\n")) }
        for file in library.lessonFiles() {
            let lesson = try library.lesson(file: file, deck: deck)
            say("\(lesson.header.id)  \(lesson.header.title)")
            say("         \(lesson.header.summary)")
            let mine = runs.filter { $0.description.lesson == lesson.header.id }
            let steps = try mine.first.flatMap { try recording?.steps(ofRun: $0.id) } ?? []
            let done = steps.count { $0.description.number > 0 && $0.result != nil }
            say("         " + Self.state(of: lesson, mine, doneInTheLast: done))
        }
        print("")
        say(
            "`teach run lesson3` runs one, `teach run lesson3 --ask` with you; `teach show` explains what was recorded."
        )
    }

    /// How far the learner is, in words.
    private static func state(of lesson: Lesson, _ runs: [RunRecord], doneInTheLast done: Int) -> String {
        guard let last = runs.first else { return "\(lesson.steps.count) steps; not run yet" }
        let times = runs.count == 1 ? "once" : "\(runs.count) times"
        let how = last.status == .finished ? "" : " (\(last.status.rawValue))"
        let extent = done == lesson.steps.count ? "all of them" : "\(done) of them"
        return "\(lesson.steps.count) steps; run \(times), the last time \(extent)\(how), as run \(last.id)"
    }
}
