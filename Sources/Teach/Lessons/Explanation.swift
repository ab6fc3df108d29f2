public import Events
import LayerModel
import Recording

/// What happened in a step, in a few English sentences that say nothing but what was recorded.
public struct Explanation: Hashable, Sendable {
    public var sentences: [String]

    /// - Parameters:
    ///   - operations: the step's calls in the order in which they were made.
    ///   - showsPIDs: whether processes are named with their ids, which differ from run to run.
    public init(of operations: [ObservedOperation], showsPIDs: Bool = true) {
        let telling = operations.filter(\.isTelling)
        let groups = Self.groups(of: telling)
        var sentences = groups.prefix(Self.longest).flatMap { Self.sentences(for: $0, showsPIDs: showsPIDs) }
        if groups.count > Self.longest {
            let rest = groups.dropFirst(Self.longest).flatMap(\.self)
            sentences.append(
                "\(Phrases.count(rest.count, "call")) of other processes followed: \(Phrases.tally(rest)).")
        }
        if telling.isEmpty { sentences = Self.lookups(operations) }
        self.sentences = sentences
    }

    /// How many processes are told apart.
    private static let longest = 3

    /// Runs of calls by one process; each refused call ends its run, because what follows answers it.
    private static func groups(of operations: [ObservedOperation]) -> [[ObservedOperation]] {
        var groups: [[ObservedOperation]] = []
        for operation in operations {
            if let last = groups.last?.last, last.pid == operation.pid, last.program == operation.program,
                last.errno == nil, operation.errno == nil
            {
                groups[groups.count - 1].append(operation)
            } else {
                groups.append([operation])
            }
        }
        return groups
    }

    private static func sentences(for group: [ObservedOperation], showsPIDs: Bool) -> [String] {
        guard let first = group.first else { return [] }
        let who = showsPIDs ? "`\(first.program)` (pid \(first.pid))" : "`\(first.program)`"
        if group.count <= 2 { return group.map { Phrases.sentence(who, $0) } }
        let net = NetEffects(of: group)
        return ["\(who) made \(group.count) calls: \(Phrases.tally(group)).", Phrases.summary(net)]
    }

    /// Which layer answered, for a step that only looked.
    private static func lookups(_ operations: [ObservedOperation]) -> [String] {
        var answers: [String] = []
        for operation in operations where operation.errno == nil {
            guard let path = operation.subject, let layer = operation.answer else { continue }
            let answer = "\(Phrases.layer(layer)) for \(path)"
            if !answers.contains(answer) { answers.append(answer) }
        }
        guard !answers.isEmpty else { return ["No call that changes a layer was recorded."] }
        let rest = answers.count > 6 ? ["and \(answers.count - 6) more"] : []
        return [
            "No call that changes a layer was recorded.",
            "The lookups were answered by " + (answers.prefix(6) + rest).joined(separator: ", ") + ".",
        ]
    }

    /// Of a step with more calls than anybody reads.
    ///
    /// - Parameter list: the command that lists them all.
    init(of tally: StepTally, list: String) {
        func told(_ counts: [(String, Int)]) -> String {
            let rest = counts.dropFirst(6).reduce(0) { $0 + $1.1 }
            return
                (counts.prefix(6).map { "\(Phrases.grouped(Int64($0.1))) \($0.0)" }
                + (rest > 0 ? ["\(Phrases.grouped(Int64(rest))) others"] : [])).joined(separator: ", ")
        }
        let count = tally.calls.reduce(0) { $0 + $1.count }
        let failed = tally.failed > 0 ? "; the kernel refused \(Phrases.grouped(Int64(tally.failed)))" : ""
        sentences = [
            "\(Phrases.grouped(Int64(count))) calls were recorded: \(told(tally.calls.map { ($0.syscall, $0.count) }))"
                + "\(failed).",
            tally.effects.isEmpty
                ? "They changed no layer."
                : "Their effects: \(told(tally.effects.map { ($0.kind, $0.count) })).",
            "`\(list)` lists them all.",
        ]
    }
}

extension ObservedOperation {
    /// Whether the call bears on the layers: it changed one, it was refused a change, or it might have copied.
    fileprivate var isTelling: Bool {
        if !effects.isEmpty { return true }
        guard let call else { return errno != nil }
        return !call.isLookup
    }
}

/// What a run of calls leaves behind: the effects whose names were not removed again by a later call.
struct NetEffects {
    private(set) var effects: [ObservedEffect] = []

    /// From the last effect to the first: what comes later decides what is left of what came before.
    init(of operations: [ObservedOperation]) {
        var removed: Set<Path> = []
        var hidden: Set<Path> = []
        var made: Set<Path> = []
        func lies(_ path: Path, beneath paths: Set<Path>) -> Bool {
            !paths.isEmpty && (paths.contains(path) || path.ancestors.contains(where: paths.contains))
        }
        for effect in operations.flatMap(\.effects).reversed() {
            let path = effect.effect.path
            let kind = effect.effect.kind
            // A copy-up at a name that the same call hides is a rename's: the bytes went on under another name. And
            // making a name again replaces the whiteout that stood there.
            let isGone =
                kind == .remove || lies(path, beneath: removed) || kind != .copyUp && lies(path, beneath: hidden)
                || kind == .whiteout && made.contains(path)
            if !isGone { effects.append(effect) }
            switch kind {
            case .remove: removed.insert(path)
            case .whiteout: hidden.insert(path)
            case .create: made.insert(path)
            case .parentCopyUp, .copyUp, .linkBroken, .opaque, .redirect: break
            }
        }
        effects.reverse()
    }
}
