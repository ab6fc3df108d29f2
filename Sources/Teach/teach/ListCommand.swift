import ArgumentParser
import Engine
import Glibc
import Lessons
import Recording

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
        let runs = access(home.recordings, R_OK) == 0 ? try Recording(at: home.recordings).runs() : []
        for file in library.lessonFiles() {
            let lesson = try library.lesson(file: file, deck: deck)
            print("\(lesson.header.id)  \(lesson.header.title)")
            print("         \(lesson.header.summary)")
            let mine = runs.filter { $0.description.lesson == lesson.header.id }
            let times = mine.count == 1 ? "once" : "\(mine.count) times"
            let last = mine.first.map { ", the last time \($0.status.rawValue) as run \($0.id)" } ?? ""
            print("         \(lesson.steps.count) steps; \(mine.isEmpty ? "not run yet" : "run \(times)\(last)")")
        }
        print(
            "\n`teach run lesson3` runs one, `teach run lesson3 --ask` with you; `teach show` explains what was recorded."
        )
    }
}
