/// Storage drivers side by side: a column for each, a row for each thing that was done under all of them.
public struct DriverMatrix: Hashable, Sendable {
    public struct Column: Hashable, Sendable {
        /// The driver's name as `docker info` gives it.
        public var name: String
        /// What keeps its layers apart, in a few words.
        public var note: String

        public init(name: String, note: String) {
            self.name = name
            self.note = note
        }
    }

    public struct Row: Hashable, Sendable {
        public var label: String
        /// What was measured, or what it came to beside the cells.
        public var note: String
        /// One for each column.
        public var cells: [Cell]

        public init(label: String, note: String = "", cells: [Cell]) {
            self.label = label
            self.note = note
            self.cells = cells
        }
    }

    public struct Cell: Hashable, Sendable {
        public var kind: Kind
        /// In the cell's first line, large.
        public var words: String
        /// In its second line.
        public var detail: String
        public var source: Source

        public init(_ kind: Kind, _ words: String, detail: String = "", source: Source = .simulated) {
            self.kind = kind
            self.words = words
            self.detail = detail
            self.source = source
        }
    }

    /// Who says so.
    public enum Source: String, Hashable, Sendable {
        /// The model.
        case simulated
        /// The kernel of this host.
        case measured

        /// Before a cell's words.
        public var mark: String {
            switch self {
            case .simulated: ""
            case .measured: "●"
            }
        }

        /// For the legend.
        public var meaning: String {
            switch self {
            case .simulated: "simulated"
            case .measured: "measured here"
            }
        }
    }

    /// What a cell says beyond its words; each has a mark and a colour.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// It succeeded, and nothing was copied.
        case cheap
        /// Data was copied for it.
        case copied
        /// It was refused.
        case refused
        case good, fair, bad
        case notRun = "not run"

        public var mark: String {
            switch self {
            case .cheap: "="
            case .copied: "M"
            case .refused: "✕"
            case .good: "✓"
            case .fair: "·"
            case .bad: "✗"
            case .notRun: " "
            }
        }

        /// For the legend.
        public var meaning: String {
            switch self {
            case .cheap: "done, nothing copied"
            case .copied: "data copied"
            case .refused: "refused"
            case .good: "good use"
            case .fair: "fair use"
            case .bad: "bad use"
            case .notRun: "not run"
            }
        }
    }

    public var title: String
    /// Where the figures come from.
    public var subtitle: String
    public var columns: [Column]
    public var rows: [Row]

    public init(title: String, subtitle: String, columns: [Column], rows: [Row]) {
        self.title = title
        self.subtitle = subtitle
        self.columns = columns
        self.rows = rows
    }

    /// The kinds of cells in it, in the order of the legend.
    public var kinds: [Kind] {
        Kind.allCases.filter { kind in kind != .notRun && rows.contains { $0.cells.contains { $0.kind == kind } } }
    }

    /// Whether a cell of it was measured.
    public var isMeasured: Bool { rows.contains { $0.cells.contains { $0.source == .measured } } }

    /// The whole picture in sentences.
    public var sentences: String {
        rows.map { row in
            let cells = zip(columns, row.cells).map { column, cell in
                "\(column.name): \(cell.words)\(cell.detail.isEmpty ? "" : ", \(cell.detail)"), \(cell.source.rawValue)"
            }
            return "\(row.label) — \(cells.joined(separator: "; "))."
        }.joined(separator: " ")
    }
}
