public import Events
import LayerModel

/// What happened in a step, in a few English sentences that say nothing but what was recorded.
public struct Explanation: Hashable, Sendable {
    /// A call and what became of its prediction, if there was one.
    public struct Call: Hashable, Sendable {
        public var operation: ObservedOperation
        public var verdict: Verdict?

        public init(_ operation: ObservedOperation, _ verdict: Verdict? = nil) {
            self.operation = operation
            self.verdict = verdict
        }
    }

    public var sentences: [String]

    /// - Parameters:
    ///   - calls: the step's calls in the order in which they were made.
    ///   - showsPIDs: whether processes are named with their ids, which differ from run to run.
    public init(of calls: [Call], showsPIDs: Bool = true) {
        let operations = calls.map(\.operation)
        let telling = operations.filter(\.isTelling)
        let groups = Self.groups(of: telling)
        var sentences = groups.prefix(Self.longest).flatMap { Self.sentences(for: $0, showsPIDs: showsPIDs) }
        if groups.count > Self.longest {
            let rest = groups.dropFirst(Self.longest).flatMap(\.self)
            sentences.append(
                "\(Phrases.count(rest.count, "call")) of other processes followed: \(Phrases.tally(rest)).")
        }
        if telling.isEmpty { sentences = Self.lookups(operations) }
        self.sentences = sentences + Self.verdicts(calls)
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

    /// How the predictions did; nothing where none was made.
    private static func verdicts(_ calls: [Call]) -> [String] {
        let verdicts = calls.compactMap(\.verdict)
        guard !verdicts.isEmpty else { return [] }
        let confirmed = verdicts.count { $0 == .confirmed }
        if confirmed == verdicts.count {
            let subject =
                verdicts.count == 1 ? "the model's prediction" : "all \(verdicts.count) predictions of the model"
            return ["The kernel confirmed \(subject)."]
        }
        let refuted = verdicts.count { $0.name == "refuted" }
        let parts = [
            "\(confirmed) confirmed", refuted == 0 ? nil : "\(refuted) refuted",
            verdicts.count - confirmed - refuted == 0 ? nil : "\(verdicts.count - confirmed - refuted) unmodelled",
        ]
        return [
            "Of \(Phrases.count(verdicts.count, "prediction")) of the model: "
                + parts.compactMap(\.self).joined(separator: ", ") + "."
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

    init(of operations: [ObservedOperation]) {
        for effect in operations.flatMap(\.effects) {
            let path = effect.effect.path
            switch effect.effect.kind {
            case .remove: effects.removeAll { $0.effect.path.isAtOrBeneath(path) }
            case .whiteout:
                // A copy-up at a name that the same call hides is a rename's: the bytes went on under another name.
                effects.removeAll { $0.effect.path.isAtOrBeneath(path) && $0.effect.kind != .copyUp }
                effects.append(effect)
            case .create:
                // Making a name again replaces the whiteout that stood there.
                effects.removeAll { $0.effect.path == path && $0.effect.kind == .whiteout }
                effects.append(effect)
            case .parentCopyUp, .copyUp, .linkBroken, .opaque, .redirect: effects.append(effect)
            }
        }
    }
}
