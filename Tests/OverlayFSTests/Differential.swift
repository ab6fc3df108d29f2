import CLinux
import Events
import Glibc
import LayerModel
import Linux
import OverlayFS
import StorageDrivers
import TestSupport

/// Calls on a real overlay, each predicted twice, from its evidence and from a state of the simulator, and held against
/// what the kernel answered, what the upper directory holds and what the union shows.
struct Differential {
    var overlay = Overlay2(
        protections: .init(
            hardLinks: kernelSetting("fs/protected_hardlinks") != 0,
            symbolicLinks: kernelSetting("fs/protected_symlinks") != 0,
            regularFiles: UInt8(kernelSetting("fs/protected_regular") ?? 0),
            fifos: UInt8(kernelSetting("fs/protected_fifos") ?? 0)), isAlone: true)
    var coverage = Coverage()
    /// Whether what was seen is kept, to be predicted again by other rules.
    var keepsSamples = false
    private(set) var samples: [Sample] = []

    /// One call with all that is known of it.
    struct Sample {
        var step: CallStep
        var before: UnionState
        var evidence: Evidence
        var outcome: Outcome
        var after: UnionState
    }

    /// Where a prediction and the kernel differ.
    struct Difference: Error, CustomStringConvertible {
        /// What differs: shrinking keeps to it.
        enum Kind: String { case outcome, evidence, upper, merged, data, unmodelled }
        var kind: Kind
        var step: CallStep?
        var text: String
        var description: String { "\(kind.rawValue): \(step?.text ?? "remount"): \(text)" }
    }

    /// One random stack and `count` random calls on it.
    ///
    /// - Returns: The first difference, and the script that led there.
    mutating func run(seed: UInt64, count: Int) throws -> (difference: Difference, script: Script)? {
        var random = SeededGenerator(seed: seed)
        var script = Script(layers: RandomStack.layers(using: &random), steps: [])
        let session = try Session(script.layers, onTmpfs: seed % 2 == 0)
        defer { session.stack.remove() }
        // Half of the unions let everybody make names in their root.
        let mode: UInt16 = random.pick([0o755, 0o1777, 0o777, 0o2777])
        let chmod = CallForm(syscall: .fchmodat)
        let first = FileOperation.chmod(Operand(.root), mode: mode)
        script.steps.append(.call(CallStep(caller: .root, umask: 0o022, operation: first, form: chmod)))
        for number in 0...count {
            if number > 0 {
                let shown = session.shown
                script.steps.append(
                    number == count / 2 ? .remount : .call(RandomOperations(shown).step(&random)))
            }
            if let difference = try perform(script.steps[number], in: session) { return (difference, script) }
        }
        return nil
    }

    /// Runs a script from its beginning.
    mutating func run(_ script: Script, onTmpfs: Bool = true) throws -> Difference? {
        let session = try Session(script.layers, onTmpfs: onTmpfs)
        defer { session.stack.remove() }
        for step in script.steps {
            if let difference = try perform(step, in: session) { return difference }
        }
        return nil
    }
}

extension Differential {
    /// A mounted stack, and the state that should be its own.
    final class Session {
        let stack: OverlayStack
        var layers: LayerDirectories
        var state: UnionState
        /// What the union shows.
        var shown: [Path: LayerEntry]

        init(_ lines: [[LayerLine]], onTmpfs: Bool) throws {
            stack = try OverlayStack(lines, onTmpfs: onTmpfs || Self.isTemporaryOnOverlay)
            do {
                try stack.mountOverlay()
                layers = try LayerDirectories(lowers: stack.lowers, upper: stack.upper)
                state = UnionState(
                    lowers: try stack.lowers.map { try TreeScan($0).tree }, upper: try TreeScan(stack.upper).tree)
                shown = try state.merged()
            } catch {
                stack.remove()
                throw error
            }
        }

        /// Overlayfs takes no upper directory on another overlay (OVERLAYFS_SUPER_MAGIC of statfs(2)).
        private static let isTemporaryOnOverlay: Bool = {
            var status = statfs()
            return statfs("/tmp", &status) == 0 && status.f_type == 0x794c_7630
        }()
    }

    private mutating func perform(_ step: ScriptStep, in session: Session) throws -> Difference? {
        switch step {
        case .call(let call): return try perform(call, in: session)
        case .remount:
            // What the kernel remembers of the union must be what a fresh look at its layers tells.
            try session.stack.unmountOverlay()
            try session.stack.mountOverlay()
            return try compare(session, step: nil)
        }
    }

    private mutating func perform(_ step: CallStep, in session: Session) throws -> Difference? {
        let stack = session.stack
        guard try !step.blocks(over: &session.state) else { return nil }
        _ = RealCalls.proc
        let opened = try stack.inside { RealCalls.opened(for: step) }
        defer { if let opened { close(opened.descriptor) } }
        // A shrunk script may have lost what was to be opened.
        guard opened != nil || !step.needsDescriptor else { return nil }
        let collection = try EvidenceCollector.collect(step.operation, from: &session.layers)
        var reader = EvidenceReader(collection.evidence)
        let prediction = overlay.prediction(of: step.operation, by: step.caller.credentials, over: &reader)
        let before = session.state
        // The simulator knows no user namespaces: there, each state is read from the disk.
        let run =
            overlay.confinement == nil
            ? overlay.run(step.operation, by: step.caller.credentials, umask: step.umask, on: &session.state) : nil

        let errno = try stack.inside {
            umask(mode_t(step.umask))
            return try step.caller.impersonate { RealCalls.perform(step, opened) }
        }
        let after = try EvidenceCollector.after(collection, from: &session.layers)
        let effects = try EffectDerivation.effects(
            of: step.operation, errno: errno, collection: collection, after: after, cost: session.layers.cost)
        let outcome = Outcome(errno: errno, effects: effects.map(\.effect))
        let verdict = Verdict(of: prediction, against: outcome)
        coverage.count(step, outcome, verdict)
        if keepsSamples {
            samples.append(
                Sample(
                    step: step, before: before, evidence: collection.evidence, outcome: outcome, after: session.state))
        }

        let answers = "predicted \(prediction.words)\n  observed  \(Prediction.outcome(outcome).words)"
        if case .refuted = verdict {
            let rows =
                collection.evidence.rows.map { "\n    before \($0.words)" } + after.map { "\n    after  \($0.words)" }
            return Difference(kind: .outcome, step: step, text: answers + rows.joined())
        }
        if let run, prediction != run {
            return Difference(kind: .evidence, step: step, text: answers + "\n  the state says \(run.words)")
        }
        if case .unmodelled(let reason) = verdict {
            guard Self.isLeftOut(reason) else { return Difference(kind: .unmodelled, step: step, text: reason) }
            session.state.upper = try TreeScan(stack.upper).tree
        }
        if run == nil { session.state.upper = try TreeScan(stack.upper).tree }
        if let path = try changedCopy(outcome.effects, of: step.operation, in: stack) {
            return Difference(
                kind: .data, step: step, text: "the copy of \(path) holds other bytes than its lower file")
        }
        return try compare(session, step: step)
    }

    /// A copy that does not begin as the lower file does. A rename has moved its copy elsewhere.
    private func changedCopy(
        _ effects: [LayerEffect], of operation: FileOperation, in stack: OverlayStack
    ) throws -> Path? {
        if case .rename = operation { return nil }
        for effect in effects where effect.kind == .copyUp {
            guard let size = effect.size, case .lower(let number) = effect.layer else { continue }
            let places = [stack.lower(number), stack.upper].map { $0 + effect.path.description }
            let (lower, upper) = (try bytes(of: places[0], Int(size)), try bytes(of: places[1], Int(size)))
            if upper.count != size || upper != lower + [UInt8](repeating: 0, count: Int(size) - lower.count) {
                return effect.path
            }
        }
        return nil
    }

    private func bytes(of path: String, _ count: Int) throws -> [UInt8] {
        let file = try Descriptor(opening: path, O_RDONLY)
        return Array(unsafeUninitializedCapacity: count) { buffer, length in
            while length < count, let start = buffer.baseAddress {
                let more = read(file.number, start + length, count - length)
                if more <= 0 { return }
                length += more
            }
        }
    }

    /// The whole upper directory, and all that the union shows.
    private func compare(_ session: Session, step: CallStep?) throws -> Difference? {
        let upper = try TreeScan(session.stack.upper)
        let predicted = session.state.upper.entries
        var lines = differences(predicted, upper.entries) { if $0.kind == .directory { $0.links = 0 } }
        lines += linkDifferences(predicted, upper.entries) + upper.oddities
        if !lines.isEmpty { return Difference(kind: .upper, step: step, text: lines.joined(separator: "\n  ")) }

        session.shown = try session.state.merged()
        var merged = try TreeScan(session.stack.merged)
        merged.removeRoot()
        lines = differences(session.shown, merged.entries) { $0.isOpaque = false } + merged.oddities
        if !lines.isEmpty { return Difference(kind: .merged, step: step, text: lines.joined(separator: "\n  ")) }
        return nil
    }

    /// What the model says that it does not know; never that it lacks evidence.
    private static func isLeftOut(_ reason: String) -> Bool {
        [
            "it depends on the device's driver", "the rules of ",
            "it depends on whether the caller opened the file itself",
            // In a user namespace.
            "it depends on what the kernel remembers", "the upper filesystem's driver",
            "the name is one of overlayfs's own",
        ].contains { reason.hasPrefix($0) }
    }
}

extension CallStep {
    /// Whether the call would wait at a FIFO for somebody who never comes: creat(2) has no O_NONBLOCK.
    fileprivate func blocks(over state: inout UnionState) throws -> Bool {
        guard case .open(let path, let flags, _) = operation, flags.isDisjoint(with: [.nonBlocking, .path]) else {
            return false
        }
        let node = try? Lookup(by: nil).resolve(path, .follow, over: &state).node
        return node?.entry.kind == .fifo
    }

    fileprivate var needsDescriptor: Bool {
        switch operation {
        case .readdir, .linkDescriptor: return true
        default: break
        }
        return operation.operand?.resolution == .descriptor
    }
}

extension Prediction {
    var words: String {
        switch self {
        case .outcome(let outcome):
            "\(outcome.errno?.name ?? "success") [\(outcome.effects.map(\.description).joined(separator: "; "))]"
        case .unmodelled(let reason): "unmodelled: \(reason)"
        }
    }
}

extension Evidence.Row {
    var words: String { "\(layer) \(path) \(entry?.words ?? "-")" }
}
