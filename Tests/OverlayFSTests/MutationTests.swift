import Events
import LayerModel
import Linux
import StorageDrivers
import Testing

/// Calls with what the kernel made of them, taken once and predicted again by every broken rule.
private let samples = Result {
    try withPrivateMounts {
        var differential = Differential()
        differential.keepsSamples = true
        for seed in UInt64(1)...80 {
            if let (difference, _) = try differential.run(seed: seed, count: 101) { throw difference }
        }
        for file in try KeptScripts.files() {
            if let difference = try differential.run(Script(text: KeptScripts.read(file))) { throw difference }
        }
        return differential.samples
    }
}

/// A rule that is broken on purpose.
enum Mutant: Hashable, CustomTestStringConvertible {
    case rule(Overlay2.Rule)
    case lookup(Lookup.Rule)
    /// The capability counts for nothing.
    case capability(Credentials.Capability)
    /// Supplementary groups count for nothing.
    case groups

    static let all: [Mutant] =
        Overlay2.Rule.allCases.map(Mutant.rule) + Lookup.Rule.allCases.map(Mutant.lookup)
        + Credentials.Capability.allCases.map(Mutant.capability) + [.groups]

    var testDescription: String {
        switch self {
        case .rule(let rule): "\(rule)"
        case .lookup(let rule): "lookup: \(rule)"
        case .capability(let capability): "capability: \(capability)"
        case .groups: "supplementary groups"
        }
    }

    /// Rules of attributes: no verdict speaks of a mode or an owner, so the state that comes out is what is refuted.
    var isOfState: Bool {
        if self == .capability(.fileSetID) { return true }
        guard case .rule(let rule) = self else { return false }
        return Self.ofState.contains(rule)
    }

    private static let ofState: Set<Overlay2.Rule> = [
        .setGroupDirectoryHandsDownItsGroup, .newSetGroupIDNeedsTheGroup, .newModeIsMasked, .directoryModeHasNoSetIDs,
        .setGroupIDNeedsTheGroup, .newOwnerDropsSetIDs, .truncationDropsSetIDs, .changeDropsFileCapability,
        .copyKeepsExtendedAttributes, .copyKeepsOwner, .modeIsChanged, .ownerIsChanged, .attributeIsSet,
        .attributeIsRemoved,
    ]

    /// Why no call on this machine can refute it.
    func reasonToSurvive(_ protections: Overlay2.Protections) -> String? {
        switch self {
        case .lookup(.protectedLinksAreNotFollowed) where !protections.symbolicLinks: "fs.protected_symlinks is off"
        case .rule(.protectedFileIsNotLinked) where !protections.hardLinks: "fs.protected_hardlinks is off"
        case .rule(.protectedFileIsNotCreated) where protections.regularFiles == 0 && protections.fifos == 0:
            "fs.protected_regular and fs.protected_fifos are off"
        default: nil
        }
    }

    /// The driver and the caller as the mutant has them.
    func mutate(_ overlay: inout Overlay2, _ credentials: inout Credentials) {
        switch self {
        case .rule(let rule): overlay.brokenRules = [rule]
        case .lookup(let rule): overlay.brokenLookupRules = [rule]
        case .capability(let capability): credentials.capabilities &= ~(1 << capability.rawValue)
        case .groups: credentials.groups = []
        }
    }
}

@Suite("overlay2's rules, each broken in turn", .serialized, .enabled(if: isRoot, "mounting an overlay takes root"))
struct MutationTests {
    @Test("a rule that is broken on purpose is refuted by the kernel", arguments: Mutant.all)
    func mutation(mutant: Mutant) throws {
        let sound = Differential().overlay
        for sample in try samples.get() {
            var (overlay, credentials) = (sound, sample.step.caller.credentials)
            mutant.mutate(&overlay, &credentials)
            var reader = EvidenceReader(sample.evidence)
            let prediction = overlay.prediction(of: sample.step.operation, by: credentials, over: &reader)
            if case .refuted = Verdict(of: prediction, against: sample.outcome) { return }
            guard mutant.isOfState || prediction.isUnmodelled else { continue }
            // The evidence may lack what a broken walk comes to; the whole state does not.
            var state = sample.before
            let run = overlay.run(sample.step.operation, by: credentials, umask: sample.step.umask, on: &state)
            if case .refuted = Verdict(of: run, against: sample.outcome) { return }
            if mutant.isOfState, state.upper != sample.after.upper { return }
        }
        if let reason = mutant.reasonToSurvive(sound.protections) {
            return print("The broken rule is not refuted here, because \(reason): \(mutant.testDescription)")
        }
        Issue.record("no call out of \(try samples.get().count) refutes the broken rule: \(mutant.testDescription)")
    }
}

extension Prediction {
    fileprivate var isUnmodelled: Bool {
        if case .unmodelled = self { true } else { false }
    }
}
