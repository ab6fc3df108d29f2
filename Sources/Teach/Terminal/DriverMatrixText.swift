public import Pictures

extension DriverMatrix {
    /// The matrix as text, with the same marks and words as the picture. No number is ever cut.
    ///
    /// - Parameter width: the columns of the terminal.
    public func text(width: Int = 80, style: Style = .plain) -> String {
        let rows = rows.map { row in
            SideBySide.Row(
                head: row.label, note: row.note, cells: row.cells.map { $0.cell(besideMeasured: isMeasured) })
        }
        let (lines, _) = SideBySide(titles: columns.map(\.name), rows: rows).lines(width: width, style: style)
        var legend = kinds.map { "\($0.mark) \($0.meaning)" }
        if isMeasured { legend.append("\(Source.measured.mark) \(Source.measured.meaning)") }
        let heading =
            wrap(title.printable, to: width).map { style.apply(.bold, to: $0) }
            + wrap(subtitle.printable, to: width).map { style.apply(.dim, to: $0) }
        let foot = wrap(legend, separator: "   ", to: width).map { style.apply(.dim, to: $0) }
        return (heading + lines + foot).map { $0 + "\n" }.joined()
    }
}

extension DriverMatrix.Cell {
    fileprivate func cell(besideMeasured: Bool) -> SideBySide.Cell {
        let first = kind == .notRun ? words : "\(kind.mark) \(words)"
        let marked = source == .measured ? "\(source.mark) \(first)" : first
        // The marks of one column stand beneath one another.
        func aligned(_ text: String) -> String { besideMeasured ? "  \(text)" : text }
        return SideBySide.Cell(
            full: [source == .measured ? marked : aligned(first)] + (detail.isEmpty ? [] : [aligned(detail)]),
            brief: [marked], renditions: renditions)
    }

    private var renditions: [Style.Rendition] {
        switch kind {
        case .good: [.green]
        case .bad, .refused: [.bold, .red]
        case .copied: [.yellow]
        case .notRun: [.dim]
        case .cheap, .fair: []
        }
    }
}
