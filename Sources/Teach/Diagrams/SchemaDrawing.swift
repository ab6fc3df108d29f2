public import Pictures

extension SchemaDiagram {
    /// The schema as a picture: a box for each table, an arrow from each foreign key to the column it names.
    public func drawing(theme: Theme = .light) -> Drawing {
        var graph = RankedGraph(theme: theme, title: title, direction: "LR", rankSeparation: 0.9)
        let names = Dictionary(
            tables.enumerated().map { ($1.name, "table_\($0)") }, uniquingKeysWith: { first, _ in first })
        for (index, table) in tables.enumerated() {
            graph.draw(table, "table_\(index)")
        }
        for reference in references {
            guard let from = names[reference.table], let to = names[reference.toTable],
                let fromIndex = index(reference.table, reference.column),
                let toIndex = index(reference.toTable, reference.toColumn)
            else { continue }
            // What is referred to is ranked first: a schema reads from the whole to its parts.
            graph.edge(
                "\(to):type\(toIndex):e", "\(from):name\(fromIndex):w", class: "reference",
                [("dir", .text("back")), ("arrowtail", .text("normal"))])
        }
        return Drawing(
            engine: .ranked, source: graph.finished, title: title, description: sentences, sentences: graph.sentences)
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
    fileprivate mutating func draw(_ table: SchemaDiagram.Table, _ name: String) {
        let paint = theme.paint(.node)
        let head = theme.paint(.nodeHead)
        let title = Line(text: table.name, size: 18, weight: .bold, color: head.ink).markup
        var rows = ["<TR><TD COLSPAN=\"2\" ALIGN=\"LEFT\" BGCOLOR=\"\(head.fill)\">\(title)</TD></TR>"]
        for (index, column) in table.columns.enumerated() {
            // A key is underlined, as in the relational textbooks.
            let line = Line(text: column.name, size: 16, weight: column.isKey ? .bold : .plain, color: paint.ink)
            let text = column.isKey ? "<U>\(line.markup)</U>" : line.markup
            let type = Line(text: column.type, size: 14, color: paint.muted).markup
            rows.append(
                "<TR><TD ALIGN=\"LEFT\" PORT=\"name\(index)\">\(text)</TD>"
                    + "<TD ALIGN=\"LEFT\" PORT=\"type\(index)\">\(type)</TD></TR>")
        }
        node(name, class: "table", paint: paint, rows: rows, sentence: table.sentence)
    }
}

extension SchemaDiagram.Table {
    fileprivate var sentence: String {
        let list = columns.map { "\($0.name) \($0.type)\($0.isKey ? " (key)" : "")" }
        return "table \(name) with \(list.joined(separator: ", "))".printable
    }
}
