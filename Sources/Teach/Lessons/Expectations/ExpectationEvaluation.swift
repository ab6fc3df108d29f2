import Events
import LayerModel

extension Expectation {
    /// Holds the expectation against a step's record.
    public func holds(in facts: StepFacts) -> Finding {
        let (held, recorded) = evaluate(in: facts)
        let sentence = held ? "Recorded: \(recorded)." : "Expected `\(self)`; recorded: \(recorded)."
        return Finding(expectation: self, held: held, sentence: sentence)
    }

    /// Whether it holds, and a clause that says what was recorded about it.
    private func evaluate(in facts: StepFacts) -> (held: Bool, recorded: String) {
        switch self {
        case .not(let other):
            let (held, recorded) = other.evaluate(in: facts)
            return (!held, recorded)
        case .effect(let pattern):
            let found = facts.effects.filter(pattern.fits)
            return (!found.isEmpty, found.isEmpty ? facts.nearest(to: pattern) : list(found.map(\.description)))
        case .anyEffect:
            return (!facts.effects.isEmpty, list(facts.effects.map(\.description), or: "no effect"))
        case .count(let pattern, let number):
            let found = facts.effects.filter(pattern.fits)
            let clause = "\(found.count) of `\(pattern)`" + (found.isEmpty ? "" : ": " + list(found.map(\.description)))
            return (found.count == number, clause)
        case .refusal(let errno, let call):
            let refused = facts.operations.filter { $0.errno != nil }
            let found = refused.filter { call.fits($0) && (errno == nil || $0.errno == errno) }
            return (!found.isEmpty, list((found.isEmpty ? refused : found).map(\.signature), or: "no refused call"))
        case .call(let call):
            let found = facts.operations.filter { $0.errno == nil && call.fits($0) }
            let near = facts.operations.filter {
                CallPattern(call.name).fits($0) || CallPattern(nil, call.path).fits($0)
            }
            let otherwise = call.path == nil ? "no such call" : list(near.map(\.signature), or: "no such call")
            return (!found.isEmpty, found.isEmpty ? otherwise : list(found.map(\.signature)))
        case .answer(let path, let layer):
            let calls = facts.operations.filter { $0.subject == path }
            let answers = calls.map { "\($0.signature) answered by \($0.answer.map { "layer \($0)" } ?? "no layer")" }
            return (calls.contains { $0.answer == layer }, list(answers, or: "no call on \(path)"))
        case .exit(let status):
            return (facts.exitStatus == status, "exit status \(facts.exitStatus)")
        case .output(let stream, let test):
            let text = stream == .standardOutput ? facts.standardOutput : facts.standardError
            return (
                test.holds(for: text), text.isEmpty ? "\(stream.rawValue) empty" : "\(stream.rawValue) \(quote(text))"
            )
        }
    }

    /// At most four items, so that a sentence stays one.
    private func list(_ items: [String], or none: String = "nothing") -> String {
        guard !items.isEmpty else { return none }
        let rest = items.count > 4 ? ["and \(items.count - 4) more"] : []
        return (items.prefix(4) + rest).joined(separator: "; ")
    }

    /// The text's beginning in quotation marks, on one line.
    private func quote(_ text: String) -> String {
        let line = text.trimmed.split(separator: "\n").joined(separator: " ⏎ ")
        return "\"\(line.count > 120 ? line.prefix(120) + "…" : line)\""
    }
}

extension OutputTest {
    fileprivate func holds(for text: String) -> Bool {
        switch self {
        case .isEmpty: return text.trimmed.isEmpty
        case .contains(let part): return text.contains(part)
        case .matches(let pattern):
            guard let regex = try? Regex(pattern) else { return false }
            return text.contains(regex.anchorsMatchLineEndings())
        }
    }
}

extension StepFacts {
    fileprivate var effects: [LayerEffect] { operations.flatMap(\.effects).map(\.effect) }

    /// What was recorded that comes nearest to effects that were not: those of the path, or else of the kind.
    fileprivate func nearest(to pattern: EffectPattern) -> String {
        let ofPath = effects.filter { $0.path == pattern.path }
        let ofKind = effects.filter { $0.kind == pattern.kind }
        let near = [ofPath, ofKind, effects].first { !$0.isEmpty } ?? []
        guard !near.isEmpty else { return "no effect" }
        let rest = near.count > 4 ? ["and \(near.count - 4) more"] : []
        return (near.prefix(4).map(\.description) + rest).joined(separator: "; ")
    }
}

extension ObservedOperation {
    /// The call as a line of its own: `rename(/srv/www, /srv/site) = EXDEV`.
    var signature: String {
        let flags = flags.isEmpty ? [] : [flags]
        let result = errno.map { " = \($0.name)" } ?? ""
        return "\(syscall)(\((arguments + flags).joined(separator: ", ")))\(result)"
    }
}
