/// What layers are on the disk: a row for each layer, from the container's down, and a column for each directory that a
/// storage driver keeps for them.
public struct DiskLayout: Hashable, Sendable {
    public struct Column: Hashable, Sendable {
        /// The directory, with `<layer>` for a layer's name.
        public var path: String
        public var holds: String

        public init(_ path: String, _ holds: String) {
            self.path = path
            self.holds = holds
        }
    }

    public struct Row: Hashable, Sendable {
        /// The layer's name.
        public var name: String
        public var isContainer: Bool
        /// One for each column.
        public var cells: [Cell]

        public init(_ name: String, isContainer: Bool, cells: [Cell]) {
            self.name = name
            self.isContainer = isContainer
            self.cells = cells
        }
    }

    public enum Cell: Hashable, Sendable {
        case lines([Line])
        /// Nothing is there, and why.
        case nothing(String)
    }

    public struct Line: Hashable, Sendable {
        public var text: String
        /// Whether it hides something of the layers beneath.
        public var isMark: Bool

        public init(_ text: String, isMark: Bool = false) {
            self.text = text
            self.isMark = isMark
        }
    }

    public var title: String
    public var subtitle: String
    public var columns: [Column]
    public var rows: [Row]
    /// What is there once, or beside the layers.
    public var beside: [Column]

    public init(title: String, subtitle: String, columns: [Column], rows: [Row], beside: [Column]) {
        self.title = title
        self.subtitle = subtitle
        self.columns = columns
        self.rows = rows
        self.beside = beside
    }
}

extension DiskLayout.Cell {
    /// The whole cell in words.
    public var words: String {
        switch self {
        case .nothing(let why): why
        case .lines(let lines): lines.map(\.text).joined(separator: ", ")
        }
    }
}

extension DiskLayout.Column {
    /// The directory of one layer.
    public func path(of row: DiskLayout.Row) -> String {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        for index in parts.indices where parts[index] == "<layer>" { parts[index] = row.name }
        return parts.joined(separator: "/")
    }
}

extension DiskLayout {
    /// The whole picture in sentences.
    public var sentences: String {
        let trees = rows.flatMap { row in
            zip(columns, row.cells).map { "\($0.path(of: row)): \($1.words)." }
        }
        return (trees + beside.map { "\($0.path): \($0.holds)." }).joined(separator: " ")
    }
}
