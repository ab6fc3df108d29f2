import Pictures

/// Rows of text in columns that line up. The widest columns are shortened first where the terminal is too narrow.
public struct Table: Hashable, Sendable {
    public struct Column: Hashable, Sendable {
        /// What stands over it; all titles empty: no head at all.
        public var title: String
        public var alignment: TextAlignment
        /// How narrow it may become; a digest or a number that must be read whole has its own width here.
        public var minimumWidth: Int

        public init(_ title: String, _ alignment: TextAlignment = .left, minimumWidth: Int = 6) {
            self.title = title
            self.alignment = alignment
            self.minimumWidth = minimumWidth
        }
    }

    public var columns: [Column]
    public private(set) var rows: [[String]] = []

    /// The widths of the part that has been told, where the table is told in parts.
    private var told: [Int]?

    public init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row. Missing cells are empty; what is more than the columns is left out.
    public mutating func add(_ cells: [String]) {
        let printable = cells.prefix(columns.count).map(\.printable)
        rows.append(printable + Array(repeating: "", count: columns.count - printable.count))
    }

    /// The table as lines that end with a line break each.
    ///
    /// - Parameter width: the columns of the terminal; `nil` where the output is no terminal and nothing is cut.
    public func text(width: Int? = nil, style: Style = .plain) -> String {
        let widths = columnWidths(total: width)
        func line(_ cells: [String]) -> String {
            let padded = columns.indices.map { index in
                cells[index].shortened(to: widths[index]).padded(to: widths[index], columns[index].alignment)
            }
            return padded.joined(separator: Self.gap).withoutTrailingSpaces
        }
        var lines = rows.map(line)
        if columns.contains(where: { !$0.title.isEmpty }) {
            lines.insert(style.apply(.bold, to: line(columns.map(\.title))), at: 0)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The rows so far as `text` gives them, and forgets them: a table of any length is told in parts of a few hundred
    /// rows. The head comes with the first part, and a column never becomes narrower from one part to the next.
    public mutating func takePart(width: Int? = nil, style: Style = .plain) -> String {
        var part = self
        if told != nil { part.columns = columns.map { Column("", $0.alignment, minimumWidth: $0.minimumWidth) } }
        let text = part.text(width: width, style: style)
        told = columnWidths(total: width)
        rows = []
        return text
    }

    private static let gap = "  "

    private func columnWidths(total: Int?) -> [Int] {
        var widths = columns.indices.map { index in
            rows.reduce(told?[index] ?? columns[index].title.displayWidth) { max($0, $1[index].displayWidth) }
        }
        guard let total else { return widths }
        var excess = widths.reduce(0, +) + Self.gap.count * (columns.count - 1) - total
        while excess > 0 {
            // The widest column that may still shrink gives way, one column of the terminal at a time.
            let candidates = widths.indices.filter { widths[$0] > columns[$0].minimumWidth }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}

extension String {
    var withoutTrailingSpaces: String {
        var text = Substring(self)
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
