public import Pictures

extension DriverComparison {
    /// The comparison as text, for a terminal and a screen reader: the same words as the picture. No number is ever cut.
    ///
    /// - Parameter width: the columns of the terminal.
    public func text(width: Int = 80, style: Style = .plain) -> String {
        var rows = rows.map { row in
            SideBySide.Row(
                number: row.line.map(String.init) ?? "", head: row.operation, cells: row.outcomes.map(\.cell))
        }
        rows.append(
            SideBySide.Row(
                head: "all together",
                cells: totals.map { cost in
                    SideBySide.Cell(
                        full: cost.words.isEmpty ? ["nothing"] : cost.words,
                        brief: cost.marked.isEmpty ? ["nothing"] : cost.marked, renditions: [.bold])
                }))
        rows.append(
            SideBySide.Row(
                head: "refused",
                cells: drivers.indices.map { column in
                    let count = self.rows.count { if case .refused = $0.outcomes[column] { true } else { false } }
                    return SideBySide.Cell(full: ["\(count)"], brief: ["\(count)"])
                }))
        let (lines, areBrief) = SideBySide(titles: drivers, rows: rows).lines(width: width, style: style)
        let heading = wrap(title.printable, to: width).map { style.apply(.bold, to: $0) }
        let costs = totals + self.rows.flatMap(\.outcomes).compactMap(\.cost)
        let marks = Set(areBrief ? costs.flatMap(\.marked).compactMap(\.first) : [])
        let legend = Cost.meanings.filter { marks.contains(Character($0.0)) }.map { "\($0.0) \($0.1)" }
        let foot = wrap(legend, separator: " · ", to: width).map { style.apply(.dim, to: $0) }
        return (heading + lines + foot).map { $0 + "\n" }.joined()
    }
}

extension DriverComparison.Outcome {
    fileprivate var cost: DriverComparison.Cost? { if case .done(let cost, _) = self { cost } else { nil } }

    fileprivate var cell: SideBySide.Cell {
        let brief: [String]
        if case .done(let cost, let hidden) = self, !cost.marked.isEmpty {
            brief = cost.marked + (hidden == 0 ? [] : [words.last ?? ""])
        } else {
            brief = words
        }
        return SideBySide.Cell(full: words, brief: brief, renditions: renditions)
    }

    private var renditions: [Style.Rendition] {
        switch weight {
        case .free: []
        case .hidden: [.inverse]
        case .small: [.yellow]
        case .large: [.bold, .yellow]
        case .refused: [.bold, .red]
        case .notRun: [.dim]
        }
    }
}

extension DriverComparison.Cost {
    /// The marks that stand for words where there is no room for them.
    fileprivate static let meanings = [("M", "copied"), ("=", "shared"), ("+", "stored"), ("−", "gave back")]

    /// What is not nothing, each behind its mark.
    fileprivate var marked: [String] {
        zip(Self.meanings, [copied, shared, stored, -stored]).filter { $1 > 0 }.map { "\($0.0) \(ByteCount($1))" }
    }
}
