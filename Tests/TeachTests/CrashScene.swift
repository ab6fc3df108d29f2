import Foundation
import Linux
import Recording
import TestSupport
import Testing

/// A home, lessons that are killed there, and what became of it.
final class CrashScene {
    struct Moment {
        var cell: CrashCell
        var lesson: Int
        var ordinal: Int
        var container: Int
    }

    private(set) var teach: Program
    /// After how many kills something was left.
    private(set) var leftovers = 0
    /// By the title of the lesson's step that was under way.
    private(set) var kills: [String: Int] = [:]
    private(set) var killsInWhole = 0
    /// The lesson itself, and perhaps its excerpts.
    private var lessons: [CrashLesson]
    private let cgroup: CrashCgroup?
    private let steps: [SetupCursor.Step]

    var whole: CrashLesson { lessons[0] }
    /// The first excerpt, where there are any.
    var shortest: Int { min(1, lessons.count - 1) }
    var titles: [String] { whole.titles }

    init(isWhole: Bool) throws {
        teach = try Program()
        cgroup = CrashCgroup()
        teach.cgroup = cgroup.map { $0.path + "/cgroup.procs" }
        if cgroup == nil { print("crash test: no cgroup v2 can be written here, so none is looked at") }
        let (whole, excerpts) = try CrashLesson.lesson3(in: teach.home)
        lessons = [whole] + (isWhole ? [] : excerpts)

        let first = try teach("run", whole.file)
        try #require(first.status == 0, "\(first.errors)")
        let setup = try teach.events().filter { $0["kind"] as? String == "setup" }
        let container = try #require(setup.first?["container"] as? String)
        steps = setup.filter { $0["container"] as? String == container }.map {
            SetupCursor.Step(name: $0["name"] as? String ?? "", detail: $0["detail"] as? String ?? "")
        }
        for step in steps where !SetupCursor.isKnown(step) {
            Issue.record("the test does not know how the step \(step.name) begins")
        }
        for index in lessons.indices { try count(index) }
        try #require(lessons.allSatisfy { !$0.isUnderShell.isEmpty } && lessons[0].isUnderShell.contains(true))
    }

    func remove() {
        teach.remove()
        if let cgroup { #expect(cgroup.remove(), "\(cgroup.path) is in use") }
    }

    /// Counts the calls of each place: once for teach's own, once for a container's set-up, once for its observation.
    private func count(_ index: Int) throws {
        let file = lessons[index].file
        try forgetImage()
        var calls = try hunt(file, nil, countsPhases: true).calls
        calls.merge(try hunt(file, nil, countsPhases: false).calls) { $1 }
        // A moment that never comes: nobody is killed, and the lesson runs as it should.
        let cell = CrashCell(place: .observing, victim: .docker)
        let observing = try hunt(file, Moment(cell: cell, lesson: index, ordinal: .max, container: 0))
        let told = try output
        try #require(observing.status == .exited(0), "\(file): \(told)")
        calls[.observing] = observing.calls[.observing]
        calls[.creating] = observing.calls[.creating]
        lessons[index].calls = calls
        lessons[index].isUnderShell = observing.isUnderShell
    }

    /// All places that a kill can come at, with the processes that are there.
    func cells() -> [CrashCell] {
        let places = CrashPlace.Phase.allCases.map { CrashCell(place: .phase($0), victim: .teach) }
        let setup = steps.indices.flatMap { index in
            CrashVictim.allCases.map { CrashCell(place: .setup(index), victim: $0) }
        }
        let observing = CrashVictim.allCases.map { CrashCell(place: .observing, victim: $0) }
        let creating = [CrashVictim.teach, .shell, .docker].map { CrashCell(place: .creating, victim: $0) }
        return places + creating + setup + observing
    }

    /// - Parameters:
    ///   - title: of the step that the moment should be in.
    ///   - part: how far the lesson has come then, from 0 to 1; `nil` leaves it to chance.
    func moment(
        in cell: CrashCell, of title: String? = nil, at part: Double? = nil, using generator: inout SeededGenerator
    ) -> Moment {
        let possible = lessons.indices.filter { index in
            !lessons[index].containers(for: cell.victim).isEmpty && title.map(lessons[index].titles.contains) ?? true
        }
        // The whole lesson takes five times as long as an excerpt.
        let excerpts = possible.filter { $0 > 0 }
        let index =
            excerpts.isEmpty || title == nil && generator.chance(6) ? 0 : generator.pick(excerpts)
        let lesson = lessons[index]
        var count = max(lesson.calls[cell.place] ?? 1, 1)
        // The container ends before its `docker` does.
        if cell == CrashCell(place: .observing, victim: .container) { count = max(count / 4, 1) }
        return Moment(
            cell: cell, lesson: index,
            ordinal: part.map { Int($0 * Double(count)) } ?? Int.random(in: 0..<count, using: &generator),
            container: generator.pick(lesson.containers(for: cell.victim)))
    }

    func crash(_ moment: Moment) throws -> (CrashHunt.Outcome, [String]) {
        if moment.cell.place == .phase(.makingImage) { try forgetImage() }
        let path = teach.home + "/home/recordings.sqlite"
        let runs = FileManager.default.fileExists(atPath: path) ? try Recording(at: path).runs().count : 0
        let outcome = try hunt(lessons[moment.lesson].file, moment)
        let output = try output
        let (problems, wasLeft) = try CrashAftermath(teach: teach, cgroup: cgroup?.path).judge(
            runsBefore: runs, output: output, wasTeachKilled: outcome.isHit && moment.cell.victim == .teach)
        if wasLeft { leftovers += 1 }
        if outcome.isHit {
            if moment.lesson == 0 { killsInWhole += 1 }
            if let step = outcome.step { kills[step, default: 0] += 1 }
        }
        return (outcome, problems)
    }

    /// What the last `teach run` has printed.
    private var output: String {
        get throws { try String(contentsOfFile: teach.home + "/output", encoding: .utf8) }
    }

    private func hunt(_ file: String, _ moment: Moment?, countsPhases: Bool = true) throws -> CrashHunt.Outcome {
        let hunt = CrashHunt(
            home: teach.home + "/home", steps: steps, cell: moment?.cell, ordinal: moment?.ordinal ?? 0,
            container: moment?.container ?? 0)
        hunt.countsPhases = countsPhases
        return try hunt.run(
            [Program.path, "run", file], teach.environment, cgroup: teach.cgroup, output: teach.home + "/output")
    }

    /// So that the next run has to make it.
    private func forgetImage() throws {
        for folder in ["images", "layers"] {
            try? FileManager.default.removeItem(atPath: "\(teach.home)/home/\(folder)")
        }
    }

    // MARK: - The table

    func words(_ moment: Moment) -> String {
        let file = (lessons[moment.lesson].file as NSString).lastPathComponent
        return "\(words(moment.cell)), call \(moment.ordinal) at container \(moment.container) of \(file)"
    }

    func words(_ cell: CrashCell) -> String { "\(cell.victim.rawValue) while \(words(cell.place))" }

    private func words(_ place: CrashPlace) -> String {
        switch place {
        case .phase(let phase): phase.rawValue
        case .creating: "making a container's folder and cgroup"
        case .setup(let index): "set-up step \(index + 1), \(steps[index].label)"
        case .observing: "observing"
        }
    }

    func text(of table: [CrashCell: Int]) -> String {
        let places =
            CrashPlace.Phase.allCases.map(CrashPlace.phase) + [.creating] + steps.indices.map(CrashPlace.setup) + [
                .observing
            ]
        var lines = ["kills by place and victim (-: the process is not there, or does something else)"]
        func line(_ head: String, _ fields: [String]) -> String {
            head.padding(toLength: 44, withPad: " ", startingAt: 0)
                + fields.map { String(repeating: " ", count: max(11 - $0.count, 0)) + $0 }.joined()
        }
        lines.append(line("", CrashVictim.allCases.map(\.rawValue)))
        for place in places {
            lines.append(
                line(
                    words(place),
                    CrashVictim.allCases.map { victim in
                        if case .phase = place, victim != .teach { return "-" }
                        if place == .creating, victim == .container { return "-" }
                        return "\(table[CrashCell(place: place, victim: victim)] ?? 0)"
                    }))
        }
        lines.append("kills by the step that was under way")
        for title in titles { lines.append(line(title, ["\(kills[title] ?? 0)"])) }
        return lines.joined(separator: "\n")
    }
}
