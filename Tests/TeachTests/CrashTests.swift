import Foundation
import Linux
import Recording
import TestSupport
import Testing

/// Killed with SIGKILL at any moment of a lesson, teach loses nothing that it has told of, and leaves nothing that
/// `teach clean` does not find.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct CrashTests {
    /// Killed itself, the test leaves a cgroup behind, with a container's in it and somebody in that. The next one takes
    /// it away, and lets alone what belongs to one that is alive.
    @Test func whatADeadCrashTestHasLeftTheNextOneRemoves() throws {
        guard let parent = CrashCgroup.parent, let living = CrashCgroup() else {
            return print("no cgroup v2 can be written here, so no crash test leaves one")
        }
        defer { #expect(living.remove()) }
        let dead = parent + "/teach-crash-1-dead"
        let container = "\(dead)/teach/\(String(repeating: "d", count: 64))"
        try FileManager.default.createDirectory(atPath: container, withIntermediateDirectories: true)
        // A directory counts as left behind a second after it was made.
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "echo 0 > '\(container)/cgroup.procs' && exec sleep 1000"]
        try process.run()
        let next = CrashCgroup()
        defer { #expect(next?.remove() == true) }
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
        #expect(!FileManager.default.fileExists(atPath: dead))
        #expect(FileManager.default.fileExists(atPath: living.path))
    }

    /// In the short form most kills come in an excerpt of lesson 3, a few steps long, and all excerpts together are the
    /// lesson; the others come in the whole of it, as all do in the long form.
    @Test func killedAtAnyMomentNothingIsLostAndNothingIsLeft() throws {
        let seed = Soak.number("TEACH_CRASH_SEED") ?? UInt64.random(in: 1...99999)
        print("crash test: seed \(seed) (TEACH_CRASH_SEED=\(seed) repeats it)")
        var generator = SeededGenerator(seed: seed)
        let scene = try CrashScene(isWhole: Soak.factor != nil)
        defer { scene.remove() }

        let cells = scene.cells()
        var table: [CrashCell: Int] = [:]
        // TEACH_CRASH_KILLS makes it less than whole, to see that it works.
        let wanted = Int(Soak.number("TEACH_CRASH_KILLS") ?? 300 * (Soak.factor ?? 1))
        var list = Array(cells.shuffled(using: &generator).prefix(wanted))
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
                #expect(problems.isEmpty, "kill \(number) of seed \(seed), \(scene.words(kill))")
            }
            if isHit { table[cell, default: 0] += 1 }
        }
        // Two steps start no container: chance may have missed them, and so the lesson is gone through.
        let isEnough = wanted >= cells.count
        for title in scene.titles where isEnough {
            for attempt in 0..<40 where scene.kills[title] == nil {
                let cell = CrashCell(place: .phase(.recording), victim: .teach)
                let kill = scene.moment(in: cell, of: title, at: Double(attempt) / 40, using: &generator)
                let (outcome, problems) = try scene.crash(kill)
                #expect(problems.isEmpty, "a kill in the step \(title) of seed \(seed), \(scene.words(kill))")
                if outcome.isHit { table[cell, default: 0] += 1 }
            }
        }
        // When the container is let go it has a tracer, and its own steps are not over: it has not asked yet to die with
        // its parent. Only PTRACE_O_EXITKILL ends it then.
        var early = 0
        for ordinal in 0..<8 where early < 2 {
            let cell = CrashCell(place: .observing, victim: .docker)
            let kill = CrashScene.Moment(cell: cell, lesson: scene.shortest, ordinal: ordinal, container: 0)
            let (outcome, problems) = try scene.crash(kill)
            #expect(problems.isEmpty, "\(scene.words(kill))")
            if outcome.isHit { table[cell, default: 0] += 1 }
            if outcome.isHit, !outcome.isExecuted { early += 1 }
        }
        #expect(early > 0, "its docker was never killed between the container's set-up and its command")
        print(scene.text(of: table))
        let total = table.values.reduce(0, +)
        print("\(total) kills, \(scene.killsInWhole) in the whole lesson; after \(scene.leftovers) something was left")
        #expect(scene.leftovers > total / 4, "what kills leave is not seen")
        for cell in cells where isEnough {
            #expect(table[cell] != nil, "never killed: \(scene.words(cell))")
        }
        for title in scene.titles where isEnough {
            #expect(scene.kills[title] != nil, "never killed in the step \(title)")
        }
        #expect(total >= wanted * 9 / 10)
        // And all of it did no harm.
        let last = try scene.teach("run", scene.whole.file)
        #expect(last.status == 0, "\(last.output.suffix(500)) \(last.errors)")
    }
}
