import Foundation
import Linux
import Recording
import Testing

/// Killed with SIGKILL at any moment of a lesson, teach loses nothing that it has told of, and leaves nothing that
/// `teach clean` does not find.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct CrashTests {
    /// In the short form the lesson has lesson 3's last three steps; with TEACH_SOAK=1 all of them.
    private static let isSoak = ProcessInfo.processInfo.environment["TEACH_SOAK"] != nil

    @Test func killedAtAnyMomentNothingIsLostAndNothingIsLeft() throws {
        let seed =
            ProcessInfo.processInfo.environment["TEACH_CRASH_SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 1...99999)
        print("crash test: seed \(seed) (TEACH_CRASH_SEED=\(seed) repeats it)")
        var generator = SeededGenerator(seed: seed)
        let scene = try CrashScene(isWhole: Self.isSoak)
        defer { scene.remove() }

        let cells = try scene.cells()
        var table: [CrashCell: Int] = [:]
        let wanted = Self.isSoak ? 3000 : 300
        var list = cells.shuffled(using: &generator)
        // What is one place of many calls gets its share of the rest.
        let broad = cells.filter { if case .setup = $0.place { false } else { true } }
        while list.count < wanted {
            list.append((Bool.random(using: &generator) ? cells : broad).randomElement(using: &generator)!)
        }
        for (number, cell) in list.enumerated() {
            var isHit = false
            // The moment may not come: a run is never quite like the one that was counted.
            for _ in 0..<5 where !isHit {
                let kill = scene.moment(in: cell, using: &generator)
                let (outcome, problems) = try scene.crash(kill)
                isHit = outcome.isHit
                #expect(problems.isEmpty, "kill \(number) of seed \(seed), \(scene.words(cell)), call \(kill.ordinal)")
            }
            if isHit { table[cell, default: 0] += 1 }
        }
        print(scene.text(of: table))
        let total = table.values.reduce(0, +)
        print("\(total) kills; after \(scene.leftovers) of them something was left")
        #expect(scene.leftovers > total / 4, "what kills leave is not seen")
        for cell in cells { #expect(table[cell] != nil, "never killed: \(scene.words(cell))") }
        #expect(total >= wanted * 9 / 10)
        // And all of it did no harm.
        let last = try scene.teach("run", scene.lesson)
        #expect(last.status == 0, "\(last.output.suffix(500)) \(last.errors)")
    }
}

/// A home, a lesson, and what is known of how it runs.
final class CrashScene {
    struct Moment {
        var cell: CrashCell
        var ordinal: Int
        var container: Int
    }

    private(set) var teach: Program
    /// After how many kills something was left.
    private(set) var leftovers = 0
    let lesson: String
    private let cgroup: String?
    private let steps: [SetupCursor.Step]
    private var calls: [CrashPlace: Int] = [:]
    /// Which containers are made by a `docker` that has a shell above it.
    private let containers = [0, 2, 3]

    init(isWhole: Bool) throws {
        teach = try Program()
        cgroup = Self.makeCgroup()
        teach.cgroup = cgroup.map { $0 + "/cgroup.procs" }
        if cgroup == nil { print("crash test: no cgroup v2 can be written here, so none is looked at") }
        let text = try String(contentsOfFile: Program.root + "/lessons/lesson3.md", encoding: .utf8)
        let parts = text.components(separatedBy: "\n## ")
        let kept = isWhole ? parts[...] : parts.prefix(1) + parts.suffix(3)
        lesson = teach.home + "/lesson3.md"
        try kept.joined(separator: "\n## ").write(toFile: lesson, atomically: true, encoding: .utf8)

        let first = try teach("run", lesson)
        try #require(first.status == 0, "\(first.errors)")
        let setup = try teach.events().filter { $0["kind"] as? String == "setup" }
        let container = try #require(setup.first?["container"] as? String)
        steps = setup.filter { $0["container"] as? String == container }.map {
            SetupCursor.Step(name: $0["name"] as? String ?? "", detail: $0["detail"] as? String ?? "")
        }
        for step in steps where !SetupCursor.isKnown(step) {
            Issue.record("the test does not know how the step \(step.name) begins")
        }
        try count()
    }

    func remove() {
        teach.remove()
        if let cgroup {
            rmdir(cgroup + "/teach")
            #expect(rmdir(cgroup) == 0, "\(cgroup) is in use")
        }
    }

    /// Counts the calls of each place: once for teach's own, once for a container's set-up, once for its observation.
    private func count() throws {
        try forgetImage()
        calls = try hunt(nil, countsPhases: true).calls
        let setup = try hunt(nil, countsPhases: false).calls
        let observing = try hunt(
            Moment(cell: CrashCell(place: .observing, victim: .docker), ordinal: .max, container: 0))
        calls.merge(setup) { $1 }
        calls[.observing] = observing.calls[.observing]
        calls[.creating] = observing.calls[.creating]
    }

    /// All places that a kill can come at, with the processes that are there.
    func cells() throws -> [CrashCell] {
        let places = CrashPlace.Phase.allCases.map { CrashCell(place: .phase($0), victim: .teach) }
        let setup = steps.indices.flatMap { index in
            CrashVictim.allCases.map { CrashCell(place: .setup(index), victim: $0) }
        }
        let observing = CrashVictim.allCases.map { CrashCell(place: .observing, victim: $0) }
        let creating = [CrashVictim.teach, .shell, .docker].map { CrashCell(place: .creating, victim: $0) }
        return places + creating + setup + observing
    }

    func moment(in cell: CrashCell, using generator: inout SeededGenerator) -> Moment {
        var count = max(calls[cell.place] ?? 1, 1)
        // The container ends before its `docker` does.
        if cell == CrashCell(place: .observing, victim: .container) { count = max(count / 4, 1) }
        return Moment(
            cell: cell, ordinal: Int.random(in: 0..<count, using: &generator),
            container: containers.randomElement(using: &generator)!)
    }

    func crash(_ moment: Moment) throws -> (CrashHunt.Outcome, [String]) {
        if moment.cell.place == .phase(.makingImage) { try forgetImage() }
        let path = teach.home + "/home/recordings.sqlite"
        let runs = FileManager.default.fileExists(atPath: path) ? try Recording(at: path).runs().count : 0
        let outcome = try hunt(moment)
        let output = try String(contentsOfFile: teach.home + "/output", encoding: .utf8)
        let (problems, wasLeft) = try CrashAftermath(teach: teach, cgroup: cgroup).judge(
            runsBefore: runs, output: output, wasTeachKilled: outcome.isHit && moment.cell.victim == .teach)
        if wasLeft { leftovers += 1 }
        return (outcome, problems)
    }

    private func hunt(_ moment: Moment?, countsPhases: Bool = true) throws -> CrashHunt.Outcome {
        let hunt = CrashHunt(
            home: teach.home + "/home", steps: steps, cell: moment?.cell, ordinal: moment?.ordinal ?? 0,
            container: moment?.container ?? 0)
        hunt.countsPhases = countsPhases
        return try hunt.run(
            [Program.path, "run", lesson], teach.environment, cgroup: teach.cgroup, output: teach.home + "/output")
    }

    /// So that the next run has to make it.
    private func forgetImage() throws {
        for folder in ["images", "layers"] {
            try? FileManager.default.removeItem(atPath: "\(teach.home)/home/\(folder)")
        }
    }

    private static func makeCgroup() -> String? {
        let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        let mount = mounts.split(separator: "\n").first { $0.contains(" - cgroup2 ") }?.split(separator: " ")[4]
        let own = groups.split(separator: "\n").first { $0.hasPrefix("0::") }?.dropFirst(3)
        guard let mount, let own else { return nil }
        let path = "\(mount)\(own == "/" ? "" : own)/teach-crash-\(getpid())"
        return mkdir(path, 0o755) == 0 ? path : nil
    }

    // MARK: - The table

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
        return lines.joined(separator: "\n")
    }
}
