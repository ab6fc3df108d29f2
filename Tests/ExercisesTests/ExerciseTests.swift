import Exercises
import Glibc
import LayerModel
import Linux
import Scripts
import StorageDrivers
import Testing
import Verification

@Suite("Exercises")
struct ExerciseTests {
    static let seeds: Range<UInt64> = 1..<501

    /// The first exercise of each seed, by level; made once, for all tests.
    private static let first = Result {
        try ExerciseLevel.allCases.map { level in
            try seeds.map { try ExerciseGenerator(seed: $0, level: level).exercise(1) }
        }
    }

    private static func exercises(at level: ExerciseLevel) throws -> [(seed: UInt64, exercise: Exercise)] {
        Array(zip(seeds, try first.get()[level.number - 1])).map { (seed: $0, exercise: $1) }
    }

    /// The exercise as text, which must not depend on the process that makes it.
    private static func text(_ exercise: Exercise) -> String {
        exercise.script.text.characters + exercise.choices.map { "\($0)" }.joined(separator: "\n")
            + "\(exercise.answer)"
    }

    @Test("exactly one choice is right by the model, and no two are alike", arguments: ExerciseLevel.allCases)
    func oneIsRight(level: ExerciseLevel) throws {
        for (seed, exercise) in try Self.exercises(at: level) {
            #expect(exercise.choices.count == ExerciseGenerator.choiceCount)
            #expect(Set(exercise.choices).count == exercise.choices.count)
            #expect(Set(exercise.choices.map(\.shown)).count == exercise.choices.count, "seed \(seed)")
            var right: [Int] = []
            for (index, choice) in exercise.choices.enumerated() {
                // What the model says when it runs the choice's own script from the beginning.
                let outcome = try Self.outcome(of: exercise.script(of: choice), like: exercise)
                switch exercise.direction {
                case .upper: if choice.outcome == outcome { right.append(index) }
                case .operation:
                    #expect(choice.outcome == outcome, "seed \(seed): the model's own answer for \(choice.shown)")
                    if outcome.upper == exercise.outcome.upper { right.append(index) }
                }
            }
            #expect(right == [exercise.answer], "seed \(seed): \(Self.text(exercise))")
        }
    }

    @Test("of AUFS too, whose marks are told as what they mean", arguments: ExerciseLevel.allCases)
    func aufs(level: ExerciseLevel) throws {
        var whiteouts = 0
        for seed: UInt64 in 1..<61 {
            let exercise = try ExerciseGenerator(seed: seed, level: level, driver: .aufs).exercise(1)
            #expect(exercise.options.isEmpty)
            let mount = try SimulatedMount(
                driver: .aufs, layers: LayerStack(exercise.script.layers), host: HostSettings(backing: .tmpfs))
            var runner = ScriptRunner(exercise.script, on: mount)
            while try runner.next() != nil {}
            let branch = Set(try runner.listing(.upper).map(\.path))
            for name in exercise.outcome.upper {
                let mark = name.path.parent.appending(ByteString(".wh.\(name.path.name?.text ?? "")"))
                #expect(branch.contains(name.form == .whiteout ? mark : name.path), "seed \(seed): \(name)")
                if name.form == .whiteout { whiteouts += 1 }
                if case .directory(isOpaque: true, _) = name.form {
                    #expect(branch.contains(name.path.appending(".wh..wh..opq")))
                }
            }
            let own = branch.filter { $0.name?.text.hasPrefix(".wh..wh.") ?? false }
            #expect(exercise.outcome.upper.count == branch.count - own.count, "seed \(seed)")
            #expect(
                exercise.choices.indices.filter { exercise.choices[$0].outcome == exercise.outcome } == [
                    exercise.answer
                ])
        }
        #expect(whiteouts > 0)
    }

    @Test("above level 1 no name gives away which operation it was")
    func rivals() throws {
        for level in ExerciseLevel.allCases.dropFirst() {
            for (seed, exercise) in try Self.exercises(at: level) where exercise.direction == .operation {
                let changed = Set(Set(exercise.before).symmetricDifference(exercise.outcome.upper).map(\.path))
                func asked(_ choice: Exercise.Choice) -> Set<Path> {
                    guard case .operation(let operation, _, _) = choice else { return [] }
                    return changed.intersection(operation.paths)
                }
                let right = asked(exercise.choices[exercise.answer])
                let rivals = exercise.choices.count { !asked($0).isDisjoint(with: right) }
                #expect(rivals >= 2, "seed \(seed): \(Self.text(exercise))")
            }
        }
    }

    /// Runs a script from the beginning, by itself.
    private static func outcome(of script: Script, like exercise: Exercise) throws -> UpperOutcome {
        let mount = try SimulatedMount(
            driver: .overlay2, options: exercise.options, layers: LayerStack(script.layers),
            host: HostSettings(backing: .tmpfs))
        var runner = ScriptRunner(script, on: mount)
        var last: OperationReport?
        while let report = try runner.next() { last = report }
        let shown = exercise.before + exercise.choices.flatMap(\.outcome.upper)
        let showsModes = shown.contains { $0.mode != nil }
        return UpperOutcome(
            errno: last?.errno,
            upper: [UpperName](
                try runner.listing(.upper), showsModes: showsModes,
                countsNames: !exercise.options.contains(MountOption("index", "on"))))
    }

    @Test("every script is one of the language", arguments: ExerciseLevel.allCases)
    func scriptsParse(level: ExerciseLevel) throws {
        for (seed, exercise) in try Self.exercises(at: level) {
            for choice in exercise.choices {
                let script = exercise.script(of: choice)
                #expect(try Script(parsing: script.text) == script, "seed \(seed)")
            }
        }
    }

    @Test("a state can be read at a glance", arguments: ExerciseLevel.allCases)
    func statesAreSmall(level: ExerciseLevel) throws {
        for (_, exercise) in try Self.exercises(at: level) {
            #expect(exercise.script.layers.count <= (level.number == 1 ? 2 : 3))
            #expect(exercise.before.count <= 6)
            #expect(exercise.script.operations.count <= 3)
        }
    }

    @Test("the place of the right answer tells nothing")
    func placesAreEven() throws {
        var places = Array(repeating: 0, count: ExerciseGenerator.choiceCount)
        for level in ExerciseLevel.allCases {
            for (_, exercise) in try Self.exercises(at: level) { places[exercise.answer] += 1 }
        }
        // 2500 draws: each place is expected 625 times, with a standard deviation below 22.
        #expect(places.allSatisfy { (515...735).contains($0) }, "\(places)")
    }

    @Test("the same seed gives the same exercise")
    func seedsRepeat() throws {
        let level = try #require(ExerciseLevel(3))
        let one = try (1...20).map { try ExerciseGenerator(seed: 7, level: level).exercise($0) }
        let other = try (1...20).reversed().map { try ExerciseGenerator(seed: 7, level: level).exercise($0) }
        #expect(one == other.reversed())
        #expect(Set(one.map(Self.text)).count == 20)
        // Kept as it was first drawn: another machine or release asks the same.
        let text = try ExerciseGenerator(seed: 7, level: #require(ExerciseLevel(1))).exercise(1).script.text.characters
        #expect(
            text == """
                layer
                dir /etc 755
                file /etc/hosts 644 "127.0.0.1 localhost
                "
                file /etc/hostname 644 "web
                "
                dir /app 755
                file /app/old.conf 644 "port = 8080
                "
                file /app/server 644 size=12288
                run
                open /etc/hostname O_WRONLY|O_TRUNC 0 write "new"
                open /app/server O_WRONLY|O_APPEND 0 write "more"

                """, "\(text)")
    }

    @Test("both directions and all verbs are asked")
    func variety() throws {
        var directions: [Exercise.Direction: Int] = [:]
        var verbs: [Substring: Int] = [:]
        var errnos: [Errno: Int] = [:]
        var effects: [LayerEffect.Kind: Int] = [:]
        for level in ExerciseLevel.allCases {
            for (_, exercise) in try Self.exercises(at: level) {
                directions[exercise.direction, default: 0] += 1
                verbs[exercise.report.text.prefix { $0 != " " }, default: 0] += 1
                if let errno = exercise.report.errno { errnos[errno, default: 0] += 1 }
                for effect in exercise.report.effects { effects[effect.kind, default: 0] += 1 }
            }
        }
        for direction in Exercise.Direction.allCases { #expect(directions[direction, default: 0] > 500) }
        for verb in ["open", "unlink", "mkdir", "rmdir", "rmtree", "rename", "chmod", "link", "symlink", "truncate"] {
            #expect(verbs[Substring(verb), default: 0] > 10, "\(verb)")
        }
        #expect(errnos[.EXDEV, default: 0] > 10)
        #expect(errnos[.ENOTEMPTY, default: 0] > 5)
        for kind in LayerEffect.Kind.allCases { #expect(effects[kind, default: 0] > 10, "\(kind)") }
    }

    @Test("the kernel says what the model says", .enabled(if: geteuid() == 0, "mounting an overlay takes root"))
    func kernelAgrees() throws {
        // All of them in `make soak`.
        let stride: UInt64 = getenv("TEACH_SOAK") == nil ? 10 : 1
        // Gathered on the thread with mounts of its own, told on the test's.
        let differences = try withPrivateMounts {
            let ground = try Ground(.tmpfs)
            defer { ground.remove() }
            var differences: [String] = []
            for level in ExerciseLevel.allCases {
                for (seed, exercise) in try Self.exercises(at: level) where seed.isMultiple(of: stride) {
                    let setting = VerificationSetting(.overlay2, exercise.options)
                    for script in Set(exercise.choices.map(exercise.script(of:))) {
                        if let difference = try script.difference(under: setting, on: ground) {
                            differences.append(
                                "level \(level.number), seed \(seed)\n\(script.text.characters)\(difference)")
                        }
                    }
                }
            }
            return differences
        }
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n\n"))")
    }
}

extension Exercise.Choice {
    /// What a person reads.
    fileprivate var shown: String {
        switch self {
        case .outcome(let outcome): "\(outcome.errno?.name ?? "ok") \(outcome.upper.words)"
        case .operation(let operation, _, _): operation.description
        }
    }
}
