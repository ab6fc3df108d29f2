import LayerModel
import Events

/// How often each call came to each result, and each effect was seen.
struct Coverage {
    private(set) var results: [String: [String: Int]] = [:]
    private(set) var effects: [LayerEffect.Kind: Int] = [:]
    private(set) var verdicts: [String: Int] = [:]
    private(set) var total = 0
    private(set) var succeeded = 0

    mutating func count(_ operation: FileOperation, _ outcome: Outcome, _ verdict: Verdict) {
        total += 1
        if outcome.errno == nil { succeeded += 1 }
        results[operation.name, default: [:]][outcome.errno?.name ?? "ok", default: 0] += 1
        verdicts[verdict.name, default: 0] += 1
        for effect in outcome.effects { effects[effect.kind, default: 0] += 1 }
    }

    var table: String {
        let rows = results.sorted { $0.key < $1.key }.map { name, counts in
            let cells = counts.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }
            return "  \(name)\(String(repeating: " ", count: max(1, 14 - name.count)))\(cells.joined(separator: "  "))"
        }
        let kinds = LayerEffect.Kind.allCases.map { "\($0.rawValue) \(effects[$0] ?? 0)" }.joined(separator: "  ")
        let answers = verdicts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: "  ")
        return
            "\(total) calls, \(succeeded) succeeded; \(answers)\n\(rows.joined(separator: "\n"))\n  effects: \(kinds)"
    }
}
