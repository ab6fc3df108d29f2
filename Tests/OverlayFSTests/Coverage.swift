import Events
import LayerModel
import Linux
import StorageDrivers

/// How often each cell of the table was hit: (call, flag), (call, errno), (call, effect), (form, success or failure).
struct Coverage {
    /// One cell of the table.
    struct Cell: Hashable, Comparable {
        /// A call of `FileOperation`, or the system call itself.
        var row: String
        /// `ok`, an errno, a flag or an effect.
        var column: String
        static func < (left: Cell, right: Cell) -> Bool { (left.row, left.column) < (right.row, right.column) }
    }

    private(set) var results: [Cell: Int] = [:]
    private(set) var effects: [Cell: Int] = [:]
    /// Flags and kinds, counted where the call succeeded.
    private(set) var flags: [Cell: Int] = [:]
    private(set) var forms: [Cell: Int] = [:]
    private(set) var callers: [Cell: Int] = [:]
    private(set) var verdicts: [String: Int] = [:]
    /// What could not be predicted, by its reason.
    private(set) var unmodelled: [String: Int] = [:]
    private(set) var total = 0
    private(set) var succeeded = 0

    mutating func count(_ step: CallStep, _ outcome: Outcome, _ verdict: Verdict) {
        let name = step.operation.name
        let result = outcome.errno == nil ? "ok" : "failed"
        total += 1
        if outcome.errno == nil { succeeded += 1 }
        results[Cell(row: name, column: outcome.errno?.name ?? "ok"), default: 0] += 1
        forms[Cell(row: step.form.syscall.rawValue, column: result), default: 0] += 1
        callers[Cell(row: step.caller.rawValue, column: result), default: 0] += 1
        verdicts[verdict.name, default: 0] += 1
        if case .unmodelled(let reason) = verdict { unmodelled[reason, default: 0] += 1 }
        for effect in outcome.effects { effects[Cell(row: name, column: effect.kind.rawValue), default: 0] += 1 }
        guard outcome.errno == nil else { return }
        for flag in step.operation.flagNames { flags[Cell(row: name, column: flag), default: 0] += 1 }
    }

    var table: String {
        let answers = verdicts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: "  ")
        let reasons = unmodelled.sorted { $0.key < $1.key }.map { "  \($0.value) times: \($0.key)\n" }.joined()
        return "\(total) calls, \(succeeded) succeeded; \(answers)\n\(reasons)"
            + Self.rows("results", results) + Self.rows("flags of calls that succeeded", flags)
            + Self.rows("effects", effects) + Self.rows("forms", forms) + Self.rows("callers", callers)
    }

    private static func rows(_ title: String, _ counts: [Cell: Int]) -> String {
        let rows = Dictionary(grouping: counts, by: \.key.row).sorted { $0.key < $1.key }.map { row, cells in
            let words = cells.sorted { $0.value > $1.value }.map { "\($0.key.column) \($0.value)" }
            return
                "    \(row)\(String(repeating: " ", count: max(1, 14 - row.count)))\(words.joined(separator: "  "))\n"
        }
        return "  \(title):\n\(rows.joined())"
    }
}

extension FileOperation {
    /// The flags, kinds and ways of reaching the operand, as columns of the table.
    fileprivate var flagNames: [String] {
        switch self {
        case .open(_, let flags, _): flags.description.split(separator: "|").map(String.init)
        case .rename(_, _, let flags): [flags.description]
        case .link(_, _, let follows): [follows ? "AT_SYMLINK_FOLLOW" : "0"]
        case .linkDescriptor(.named, _, let spelling): ["named", spelling.rawValue]
        case .linkDescriptor(.nameless, _, let spelling): ["nameless", spelling.rawValue]
        case .mknod(_, let kind, _, _): [kind.rawValue]
        case .setxattr(let operand, _, let flags):
            [operand.resolution.rawValue, ["0", "XATTR_CREATE", "XATTR_REPLACE"][Int(flags.rawValue)]]
        case .utimens(let operand, let change): [operand.resolution.rawValue, change.rawValue]
        case .access(let operand, let mode): [operand.resolution.rawValue, "\(mode)"]
        default: operand.map { [$0.resolution.rawValue] } ?? []
        }
    }
}
