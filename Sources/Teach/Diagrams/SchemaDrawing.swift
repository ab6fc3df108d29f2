public import Pictures

extension SchemaDiagram {
    /// The schema as a picture of about 16:9: a box for each table, in columns from the whole to its parts. A reference to
    /// a table that many refer to stands in words beside the column; the others are arrows to the column that they name.
    public func drawing(theme: Theme = .light) -> Drawing {
        var graph = RankedGraph(theme: theme, title: title, direction: "LR", rankSeparation: 0.7)
        let names = Dictionary(
            tables.enumerated().map { ($1.name, "table_\($0)") }, uniquingKeysWith: { first, _ in first })
        let hubs = Dictionary(grouping: references, by: \.toTable).filter { $0.value.count > Self.mostArrows }
        for (column, rank) in ranks.enumerated() {
            var top = 0.0
            for table in rank {
                let told = references.filter { $0.table == table.name && hubs[$0.toTable] != nil }
                let height = Self.height(table)
                graph.draw(
                    table, names[table.name] ?? "",
                    targets: Dictionary(told.map { ($0.column, $0.toTable) }, uniquingKeysWith: { first, _ in first }),
                    at: Point(x: Self.pitch * Double(column), y: top - height / 2))
                top -= height + Self.gap
            }
        }
        for reference in references where hubs[reference.toTable] == nil {
            guard let from = names[reference.table], let to = names[reference.toTable],
                let fromIndex = index(reference.table, reference.column),
                let toIndex = index(reference.toTable, reference.toColumn)
            else { continue }
            graph.edge(
                "\(to):type\(toIndex):e", "\(from):name\(fromIndex):w", class: "reference",
                [("dir", .text("back")), ("arrowtail", .text("normal"))])
        }
        return Drawing(
            engine: .placed, source: graph.finished, title: title, description: sentences, sentences: graph.sentences)
    }

    /// From one column of tables to the next.
    private static let pitch = 350.0
    /// Between the tables of a column.
    private static let gap = 28.0

    /// A line of 16 points with its padding for each column, and the head.
    private static func height(_ table: Table) -> Double { 26 * Double(table.columns.count) + 32 }

    /// The most arrows that one table's references are drawn with.
    private static let mostArrows = 3

    /// The tables in as many columns as make the picture 16:9, those that others refer to first.
    private var ranks: [[Table]] {
        let all = tables.reduce(0) { $0 + Self.height($1) + Self.gap }
        let count = max(1, (all / Self.pitch * 16 / 9).squareRoot().rounded())
        var ranks: [[Table]] = [[]]
        var filled = 0.0
        let ordered = tables.enumerated().sorted { (depth($0.element), $0.offset) < (depth($1.element), $1.offset) }
        for table in ordered.map(\.element) {
            // As far over the column's share as under it.
            if filled + Self.height(table) / 2 > all / count * Double(ranks.count), ranks[ranks.count - 1] != [] {
                ranks.append([])
            }
            ranks[ranks.count - 1].append(table)
            filled += Self.height(table) + Self.gap
        }
        return ranks
    }

    /// How many references lead from the table to one that refers to none.
    private func depth(_ table: Table, _ visited: Set<String> = []) -> Int {
        let visited = visited.union([table.name])
        let above = references.filter { $0.table == table.name && !visited.contains($0.toTable) }.compactMap {
            reference in
            tables.first { $0.name == reference.toTable }
        }
        return above.map { depth($0, visited) + 1 }.max() ?? 0
    }

    private func index(_ table: String, _ column: String) -> Int? {
        tables.first { $0.name == table }?.columns.firstIndex { $0.name == column }
    }

    private var sentences: String {
        let parts =
            tables.map(\.sentence)
            + references.map { "\($0.table).\($0.column) refers to \($0.toTable).\($0.toColumn)" }
        return parts.map { $0.printable + "." }.joined(separator: " ")
    }
}

extension RankedGraph {
    /// - Parameter targets: The tables that columns refer to, where no arrow says so.
    fileprivate mutating func draw(
        _ table: SchemaDiagram.Table, _ name: String, targets: [String: String], at center: Point
    ) {
        let paint = theme.paint(.node)
        let head = theme.paint(.nodeHead)
        let title = Line(text: table.name, size: 18, weight: .bold, color: head.ink).markup
        var rows = ["<TR><TD COLSPAN=\"2\" ALIGN=\"LEFT\" BGCOLOR=\"\(head.fill)\">\(title)</TD></TR>"]
        for (index, column) in table.columns.enumerated() {
            // A key is underlined, as in the relational textbooks.
            let line = Line(text: column.name, size: 16, weight: column.isKey ? .bold : .plain, color: paint.ink)
            let text = column.isKey ? "<U>\(line.markup)</U>" : line.markup
            let target = targets[column.name].map { " → \($0)" } ?? ""
            let type = Line(text: column.type + target, size: 16, color: paint.muted).markup
            rows.append(
                "<TR><TD ALIGN=\"LEFT\" PORT=\"name\(index)\">\(text)</TD>"
                    + "<TD ALIGN=\"LEFT\" PORT=\"type\(index)\">\(type)</TD></TR>")
        }
        node(name, class: "table", paint: paint, rows: rows, sentence: table.sentence, at: center)
    }
}

extension SchemaDiagram.Table {
    fileprivate var sentence: String {
        let list = columns.map { "\($0.name) \($0.type)\($0.isKey ? " (key)" : "")" }
        return "table \(name) with \(list.joined(separator: ", "))".printable
    }
}
