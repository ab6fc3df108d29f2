import LayerModel
import Scripts

/// How often each cell of the table was hit: (call, flag), (call, errno), (call, effect).
struct Coverage {
    /// One cell of the table.
    struct Cell: Hashable, Comparable {
        var row: String
        /// `ok`, an errno, a flag or an effect.
        var column: String
        static func < (left: Cell, right: Cell) -> Bool { (left.row, left.column) < (right.row, right.column) }
    }

    private(set) var results: [Cell: Int] = [:]
    private(set) var effects: [Cell: Int] = [:]
    /// Counted where the operation succeeded.
    private(set) var flags: [Cell: Int] = [:]
    private(set) var total = 0
    private(set) var succeeded = 0

    /// - Parameter isRandom: Whether the line was drawn: only those are asked how many of them succeed.
    mutating func count(_ line: OperationLine, _ report: OperationReport, isRandom: Bool = true) {
        let name = line.operation.name
        if isRandom {
            total += 1
            if report.errno == nil { succeeded += 1 }
        }
        results[Cell(row: name, column: report.errno?.name ?? "ok"), default: 0] += 1
        for effect in report.effects { effects[Cell(row: name, column: effect.kind.rawValue), default: 0] += 1 }
        guard report.errno == nil else { return }
        for flag in line.operation.flagNames { flags[Cell(row: name, column: flag), default: 0] += 1 }
    }

    static func += (total: inout Coverage, more: Coverage) {
        total.total += more.total
        total.succeeded += more.succeeded
        total.results.merge(more.results, uniquingKeysWith: +)
        total.effects.merge(more.effects, uniquingKeysWith: +)
        total.flags.merge(more.flags, uniquingKeysWith: +)
    }

    var table: String {
        "\(total) operations, \(succeeded) succeeded\n" + Self.rows("results", results)
            + Self.rows("flags of operations that succeeded", flags) + Self.rows("effects", effects)
    }

    private static func rows(_ title: String, _ counts: [Cell: Int]) -> String {
        let rows = Dictionary(grouping: counts, by: \.key.row).sorted { $0.key < $1.key }.map { row, cells in
            let words = cells.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key.column) \($0.value)" }
            return
                "    \(row)\(String(repeating: " ", count: max(1, 16 - row.count)))\(words.joined(separator: "  "))\n"
        }
        return "  \(title):\n\(rows.joined())"
    }
}

extension OperationLine.Operation {
    /// The word that a script writes first; `link` of a descriptor is `linkat`.
    var name: String { String(description.prefix { $0 != " " }) }

    fileprivate var flagNames: [String] {
        switch self {
        case .open(_, let flags, _, let words, let number):
            flags.description.split(separator: "|").map(String.init) + (number == nil ? [] : ["as"])
                + words.map {
                    switch $0 {
                    case .read: "read"
                    case .write: "write"
                    }
                }
        case .call(.rename(_, _, let flags)): [flags.description]
        case .call(.mknod(_, let kind, _, _)): [kind.rawValue]
        case .call(.setxattr(_, _, _, let flags)): [["0", "XATTR_CREATE", "XATTR_REPLACE"][Int(flags.rawValue)]]
        case .call(.utimens(_, let access, _)): [access == .now ? "now" : "given"]
        case .call(.access(_, let mode)): ["\(mode)"]
        case .user(let uid, let gid): [uid == 0 && gid == 0 ? "root" : "other"]
        default: []
        }
    }
}
