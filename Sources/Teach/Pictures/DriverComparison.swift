/// The same operations under several storage drivers, side by side: what each copied, stored, refused.
public struct DriverComparison: Hashable, Sendable {
    public var title: String
    /// The drivers' names, left to right.
    public var drivers: [String]
    public var rows: [Row]
    /// What all rows came to under each driver.
    public var totals: [Cost]

    public init(title: String, drivers: [String], rows: [Row], totals: [Cost]) {
        self.title = title
        self.drivers = drivers
        self.rows = rows
        self.totals = totals
    }

    /// One operation.
    public struct Row: Hashable, Sendable {
        /// The line of the script; `nil` for what comes before all lines.
        public var line: Int?
        public var operation: String
        /// One for each driver.
        public var outcomes: [Outcome]

        public init(line: Int?, operation: String, outcomes: [Outcome]) {
            self.line = line
            self.operation = operation
            self.outcomes = outcomes
        }
    }

    /// What an operation came to under one driver. All of it is simulated.
    public enum Outcome: Hashable, Sendable {
        /// It succeeded; how many names it hid with a whiteout.
        case done(Cost, hidden: Int)
        /// The error's name.
        case refused(String)
        /// The script had ended before it.
        case notRun
    }

    /// Bytes, as far as a comparison tells them.
    public struct Cost: Hashable, Sendable {
        public var copied: Int64
        public var shared: Int64
        public var stored: Int64

        public init(copied: Int64 = 0, shared: Int64 = 0, stored: Int64 = 0) {
            self.copied = copied
            self.shared = shared
            self.stored = stored
        }

        /// What is not nothing, each in its own words.
        public var words: [String] {
            [("copied", copied), ("shared", shared), ("stored", stored)].filter { $0.1 > 0 }.map {
                "\($0.0) \(ByteCount($0.1))"
            }
        }
    }
}

extension DriverComparison.Outcome {
    /// A few words, the telling one first; `ok` where nothing is to be told.
    public var words: [String] {
        switch self {
        case .done(let cost, let hidden):
            let words = cost.words + (hidden == 0 ? [] : [hidden == 1 ? "whiteout" : "\(hidden) whiteouts"])
            return words.isEmpty ? ["ok"] : words
        case .refused(let errno): return [errno]
        case .notRun: return ["not run"]
        }
    }

    /// How dear it was, for the cell's colour.
    public var weight: Weight {
        switch self {
        case .refused: .refused
        case .notRun: .notRun
        case .done(let cost, let hidden):
            cost.copied >= Self.large ? .large : cost.copied + cost.stored > 0 ? .small : hidden > 0 ? .hidden : .free
        }
    }

    public enum Weight: Hashable, Sendable {
        case free, hidden, small, large, refused, notRun
    }

    /// A copy of so many bytes is one that somebody waits for.
    private static let large: Int64 = 1_000_000
}

extension DriverComparison {
    /// The whole table in sentences, for who cannot see it.
    public var sentences: String {
        rows.map { row in
            let parts = zip(drivers, row.outcomes).map { "\($0): \($1.words.joined(separator: ", "))" }
            return "\(row.operation) — \(parts.joined(separator: "; "))."
        }.joined(separator: " ")
    }
}
