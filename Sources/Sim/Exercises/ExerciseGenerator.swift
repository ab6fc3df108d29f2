import LayerModel
import Scripts
public import StorageDrivers

/// Makes exercises without end: the same seed, level and number give the same exercise on every machine.
public struct ExerciseGenerator: Sendable {
    public let seed: UInt64
    public let level: ExerciseLevel
    /// The union that is asked about: overlay2 or aufs. The other drivers' layers hold whole trees and no marks, so that
    /// there is nothing to ask of what a layer holds.
    public let driver: StorageDriverKind

    public init(seed: UInt64, level: ExerciseLevel, driver: StorageDriverKind = .overlay2) {
        self.seed = seed
        self.level = level
        self.driver = driver
    }

    /// How many answers there are to choose from.
    public static let choiceCount = 4

    /// The exercise of a number, from 1.
    ///
    /// - Throws: What the simulator finds wrong with a scenery: a fault of this room.
    public func exercise(_ number: Int) throws -> Exercise {
        var seeds = SeededGenerator(seed: seed)
        seeds = SeededGenerator(seed: seeds.next() ^ UInt64(level.number) << 32)
        seeds = SeededGenerator(seed: seeds.next() ^ UInt64(truncatingIfNeeded: number))
        // Not every state has a question of four answers; the next one is drawn from the same row of numbers.
        while true {
            var generator = SeededGenerator(seed: seeds.next())
            if let exercise = try draw(number, &generator) { return exercise }
        }
    }

    private func draw(_ number: Int, _ generator: inout SeededGenerator) throws -> Exercise? {
        let scenery = Scenery(level, driver, &generator)
        var situation = try Situation(scenery.layers, driver: driver, options: scenery.options)
        guard try isReadable(situation) else { return nil }
        let known = Self.known(scenery.layers)
        var operations: [OperationLine] = []
        for _ in 0..<preparations(&generator) {
            let deeds = Deeds(in: try situation.merged(), known: known, level: level.number).all
            guard let deed = try prepare(deeds, situation, &generator) else { continue }
            try situation.perform(deed.operation)
            operations.append(OperationLine(deed.operation))
        }
        guard try isReadable(situation) else { return nil }
        let merged = try situation.merged()
        let deeds = Deeds(in: merged, known: known, level: level.number).all
        guard let deed = choose(deeds, &generator) else { return nil }
        let direction = generator.chance(60) ? Exercise.Direction.upper : .operation
        let view = Situation.View(showsModes: deed.verb == .chmod)
        let before = try situation.upper(view)
        let (_, outcome) = try situation.trying(deed.operation, view)
        let script = Script(
            layers: scenery.layers, operations: operations + [OperationLine(deed.operation)]
        ).numbered
        // The report carries the script's own line.
        guard let line = script.operations.last else { return nil }
        var last = situation
        let report = try last.perform(line)
        let wrong: [Exercise.Choice]?
        switch direction {
        case .upper:
            let facts = Facts(
                deed: deed, report: report, before: before, outcome: outcome, merged: merged, layers: scenery.layers,
                showsModes: view.showsModes)
            wrong = try wrongOutcomes(facts, scenery, operations, situation, view, deeds, &generator)
                .map { $0.map(Exercise.Choice.outcome) }
        case .operation:
            guard outcome.errno == nil, outcome.upper != before else { return nil }
            wrong = try wrongDeeds(deed, outcome, before, situation, view, deeds, &generator)
        }
        guard var choices = wrong else { return nil }
        let answer = generator.below(Self.choiceCount)
        choices.insert(
            direction == .upper ? .outcome(outcome) : .operation(deed.operation, deed: deed.words, leads: outcome),
            at: answer)
        return Exercise(
            number: number, direction: direction, driver: driver, options: scenery.options, script: script,
            deed: deed.words,
            before: before, outcome: outcome, report: report, choices: choices, answer: answer)
    }

    // MARK: - The state

    private func isReadable(_ situation: Situation) throws -> Bool {
        let names = try situation.merged().filter { $0.kind != .directory }.count
        let changed = try situation.upper(.init()).count
        return (2...Scenery.mostNames).contains(names) && changed <= 6
    }

    private func preparations(_ generator: inout SeededGenerator) -> Int {
        level.number == 1 ? (generator.chance(30) ? 1 : 0) : generator.number(in: 0...2)
    }

    private static func known(_ layers: [[LayerLine]]) -> [Path] {
        var known: Set<Path> = []
        for layer in layers { for line in layer { known.insert(line.path) } }
        return known.sorted()
    }

    /// An earlier change, of which the upper layer shows something.
    private func prepare(
        _ deeds: [Deed], _ situation: Situation, _ generator: inout SeededGenerator
    ) throws -> Deed? {
        let before = try situation.upper(.init())
        for deed in generator.shuffled(deeds).prefix(12) {
            let (_, outcome) = try situation.trying(deed.operation, .init())
            if outcome.errno == nil, outcome.upper != before { return deed }
        }
        return nil
    }

    /// Each verb by its weight, then one of its deeds.
    private func choose(_ deeds: [Deed], _ generator: inout SeededGenerator) -> Deed? {
        let verbs = Deed.Verb.allCases.filter { verb in deeds.contains { $0.verb == verb } }
        let tickets = verbs.flatMap { Array(repeating: $0, count: $0.weight(at: level.number)) }
        guard let verb = generator.pick(tickets) else { return nil }
        return generator.pick(deeds.filter { $0.verb == verb })
    }

    // MARK: - Wrong answers

    /// Outcomes by neighbouring rules: misconceptions first, then the same under other options, then what another deed
    /// at the same names would leave.
    private func wrongOutcomes(
        _ facts: Facts, _ scenery: Scenery, _ earlier: [OperationLine], _ situation: Situation, _ view: Situation.View,
        _ deeds: [Deed], _ generator: inout SeededGenerator
    ) throws -> [UpperOutcome]? {
        var wrong: [UpperOutcome] = []
        func add(_ outcome: UpperOutcome?) {
            guard wrong.count < Self.choiceCount - 1, let outcome, outcome != facts.outcome, !wrong.contains(outcome)
            else { return }
            wrong.append(outcome)
        }
        let likely =
            Misconception.allCases.compactMap { $0.outcome(facts) }
            + (try underOtherOptions(facts, scenery, earlier, view))
        for outcome in generator.shuffled(likely) { add(outcome) }
        let paths = Set(facts.deed.operation.paths)
        for deed in generator.shuffled(deeds) where !paths.isDisjoint(with: deed.operation.paths) {
            add(try situation.trying(deed.operation, view).1)
        }
        return wrong.count == Self.choiceCount - 1 ? wrong : nil
    }

    private func underOtherOptions(
        _ facts: Facts, _ scenery: Scenery, _ earlier: [OperationLine], _ view: Situation.View
    ) throws -> [UpperOutcome] {
        if driver == .aufs {
            // What one knows of overlayfs, taken for AUFS.
            var other = try Situation(scenery.layers, driver: .overlay2, options: [])
            for line in earlier { try other.perform(line.operation) }
            return [try other.trying(facts.deed.operation, view).1]
        }
        guard level.number >= 3 else { return [] }
        let others: [[MountOption]] = [[], [MountOption("redirect_dir", "on")], [MountOption("metacopy", "on")]]
        return try others.filter { $0 != scenery.options }.map { options in
            var other = try Situation(scenery.layers, driver: driver, options: options)
            for line in earlier { try other.perform(line.operation) }
            return try other.trying(facts.deed.operation, view).1
        }
    }

    /// Deeds that lead elsewhere, but not far: first those that name what has changed, then those that leave the upper
    /// layer most like what is shown. Above level 1 a name that only one choice has would give the answer away.
    private func wrongDeeds(
        _ right: Deed, _ outcome: UpperOutcome, _ before: [UpperName], _ situation: Situation, _ view: Situation.View,
        _ deeds: [Deed], _ generator: inout SeededGenerator
    ) throws -> [Exercise.Choice]? {
        let changed = Set(Set(outcome.upper).symmetricDifference(before).map(\.path))
        let asked = changed.intersection(right.operation.paths)
        var found: [(isRival: Bool, distance: Int, choice: Exercise.Choice)] = []
        for deed in generator.shuffled(deeds.filter { $0 != right }) {
            let leads = try situation.trying(deed.operation, view).1
            // What is refused or changes nothing is ruled out at a glance.
            guard leads.errno == nil, leads.upper != outcome.upper, leads.upper != before else { continue }
            found.append(
                (
                    !asked.isDisjoint(with: deed.operation.paths), leads.distance(from: outcome),
                    .operation(deed.operation, deed: deed.words, leads: leads)
                ))
        }
        let nearest = found.enumerated().sorted { left, right in
            (left.element.isRival ? 0 : 1, left.element.distance, left.offset)
                < (right.element.isRival ? 0 : 1, right.element.distance, right.offset)
        }.map(\.element)
        guard nearest.count >= Self.choiceCount - 1, level.number == 1 || nearest[0].isRival else { return nil }
        return nearest.prefix(Self.choiceCount - 1).map(\.choice)
    }
}

extension UpperOutcome {
    /// How many names differ.
    fileprivate func distance(from other: UpperOutcome) -> Int {
        Set(upper).symmetricDifference(other.upper).count
    }
}
