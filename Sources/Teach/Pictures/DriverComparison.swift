/// The same operations under several storage drivers, side by side: what each copied, stored, refused.
public struct DriverComparison: Hashable, Sendable {
    public var title: String
    /// The drivers' names, left to right.
    public var drivers: [String]
    public var rows: [Row]
    /// What all rows came to under each driver; `nil` where nothing was run because the mount was refused.
    public var totals: [Cost?]
    /// What is said of one driver alone, each a sentence without its full stop.
    public var notes: [String]

    public init(title: String, drivers: [String], rows: [Row], totals: [Cost?], notes: [String] = []) {
        self.title = title
        self.drivers = drivers
        self.rows = rows
        self.totals = totals
        self.notes = notes
    }

    /// One operation.
    public struct Row: Hashable, Sendable {
        /// The line of the script; `nil` for what comes before all lines.
        public var line: Int?
        public var operation: String
        /// One for each driver.
        public var outcomes: [Outcome]

        /// Whether one driver refuses what another does, or refuses it with another error.
        public var differsInErrors: Bool {
            let errors = outcomes.compactMap { outcome -> String? in
                switch outcome {
                case .done: ""
                case .refused(let name): name
                case .notRun: nil
                }
            }
            return errors.contains { $0 != errors.first }
        }

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

    /// Of the files that were opened, how many are read through pages that the other containers of the image use too.
    public struct PageCache: Hashable, Sendable {
        public var shared: Int
        public var apart: Int

        public init(shared: Int = 0, apart: Int = 0) {
            self.shared = shared
            self.apart = apart
        }

        /// What one call's cost tells; `nil` where it opened no file.
        public init(isShared: Bool?) {
            self.init(shared: isShared == true ? 1 : 0, apart: isShared == false ? 1 : 0)
        }

        public static func += (total: inout PageCache, more: PageCache) {
            total.shared += more.shared
            total.apart += more.apart
        }

        public var isEmpty: Bool { shared + apart == 0 }

        /// `cache shared` or `cache apart` of one file, `1 of 2 shared` of several; empty of none.
        public var words: String {
            switch shared + apart {
            case 0: ""
            case 1: shared == 1 ? "cache shared" : "cache apart"
            case let all: "\(shared) of \(all) shared"
            }
        }
    }

    /// Bytes, as far as a comparison tells them.
    public struct Cost: Hashable, Sendable {
        public var copied: Int64
        public var shared: Int64
        public var stored: Int64
        /// How the files that were opened are read.
        public var cache: PageCache

        public init(copied: Int64 = 0, shared: Int64 = 0, stored: Int64 = 0, cache: PageCache = PageCache()) {
            self.copied = copied
            self.shared = shared
            self.stored = stored
            self.cache = cache
        }

        /// What is not nothing, each in its own words.
        public var words: [String] {
            [("copied", copied), ("shared", shared), ("stored", stored), ("freed", -stored)].filter { $0.1 > 0 }.map {
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
            let words =
                cost.words + (cost.cache.isEmpty ? [] : [cost.cache.words])
                + (hidden == 0 ? [] : [hidden == 1 ? "whiteout" : "\(hidden) whiteouts"])
            return words.isEmpty ? ["ok"] : words
        case .refused(let errno): return [errno]
        case .notRun: return ["not run"]
        }
    }

    /// What it cost; `nil` where it was refused or not run.
    public var cost: DriverComparison.Cost? { if case .done(let cost, _) = self { cost } else { nil } }

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
    /// What the numbers are, each with the word that stands before it: only what this table has.
    public var definitions: [(word: String, meaning: String)] {
        let costs = totals.compactMap(\.self) + rows.flatMap { $0.outcomes.compactMap(\.cost) }
        var definitions: [(String, String)] = []
        if costs.contains(where: { $0.copied > 0 }) {
            definitions.append(("copied", "bytes that a copy read and wrote"))
        }
        if costs.contains(where: { $0.shared > 0 }) {
            definitions.append(("shared", "bytes that a copy shares with its source"))
        }
        if costs.contains(where: { $0.stored > 0 }) {
            // Of the six AUFS alone leaves out the zeros that it copies.
            let isSparse = drivers.firstIndex(of: "aufs").map { column in
                let costs = rows.compactMap { column < $0.outcomes.count ? $0.outcomes[column].cost : nil }
                return costs.contains { $0.copied > $0.stored + $0.shared + 4096 }
            }
            definitions.append(
                (
                    "stored",
                    "storage that became the container's own, in whole blocks"
                        + (isSparse == true ? "; holes are not stored" : "")
                ))
        }
        if costs.contains(where: { $0.stored < 0 }) {
            definitions.append(("freed", "storage given back"))
        }
        if !costs.allSatisfy(\.cache.isEmpty) {
            definitions.append(
                ("cache", "is the file read, from then on, from the same memory by all containers of the image?"))
        }
        return definitions
    }

    /// The rows that differ from `ok` under a driver: what a picture has to show.
    public var tellingRows: [Row] { rows.filter { $0.outcomes.contains { $0.words != ["ok"] } } }

    /// What was refused under a driver, by the errors' names: `["EXDEV", "2 EPERM"]`; empty where nothing was.
    public func refusals(under column: Int) -> [String] {
        var counts: [(name: String, count: Int)] = []
        for row in rows where column < row.outcomes.count {
            guard case .refused(let name) = row.outcomes[column] else { continue }
            if let known = counts.firstIndex(where: { $0.name == name }) {
                counts[known].count += 1
            } else {
                counts.append((name, 1))
            }
        }
        return counts.map { $0.count == 1 ? $0.name : "\($0.count) \($0.name)" }
    }

    /// The whole table in sentences, for who cannot see it.
    public var sentences: String {
        (rows.map { row in
            let parts = zip(drivers, row.outcomes).map { "\($0): \($1.words.joined(separator: ", "))" }
            return "\(row.operation) — \(parts.joined(separator: "; "))."
        } + notes.map { "\($0)." }).joined(separator: " ")
    }
}
