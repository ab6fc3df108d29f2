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
                    guard let cost else { return SideBySide.Cell(full: ["not run"], brief: ["not run"]) }
                    return SideBySide.Cell(
                        full: cost.words.isEmpty ? ["nothing"] : cost.words,
                        brief: cost.marked.isEmpty ? ["nothing"] : cost.marked, renditions: [.bold])
                }))
        rows.append(
            SideBySide.Row(
                head: "refused",
                cells: drivers.indices.map { column in
                    let refusals = refusals(under: column)
                    let words = refusals.isEmpty ? ["nothing"] : refusals
                    return SideBySide.Cell(full: words, brief: words)
                }))
        let caches = totals.map { $0?.cache ?? PageCache() }
        if !caches.allSatisfy(\.isEmpty) {
            rows.append(
                SideBySide.Row(
                    head: "page cache", cells: caches.map { SideBySide.Cell(full: [$0.words], brief: [$0.brief]) }))
        }
        let (lines, areBrief) = SideBySide(titles: drivers, rows: rows).lines(width: width, style: style)
        let heading = wrap(title.printable, to: width).map { style.apply(.bold, to: $0) }
        let legend = definitions.map { word, meaning in
            (areBrief ? Cost.marks[word].map { "\($0) " } ?? "" : "") + "\(word): \(meaning)"
        }
        let foot = (notes.map(\.printable) + legend).flatMap { wrap($0, to: width) }.map { style.apply(.dim, to: $0) }
        return (heading + lines + foot).map { $0 + "\n" }.joined()
    }
}

extension DriverComparison.Outcome {
    fileprivate var cell: SideBySide.Cell {
        let brief: [String]
        if case .done(let cost, let hidden) = self, !cost.marked.isEmpty || !cost.cache.isEmpty {
            brief =
                cost.marked + (cost.cache.isEmpty ? [] : [cost.cache.brief]) + (hidden == 0 ? [] : [words.last ?? ""])
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

extension DriverComparison.PageCache {
    /// In the columns that a terminal of 80 leaves for each of six drivers.
    fileprivate var brief: String {
        switch shared + apart {
        case 0: ""
        case 1: shared == 1 ? "◉ shared" : "◎ apart"
        case let all: "◉ \(shared) of \(all)"
        }
    }
}

extension DriverComparison.Cost {
    /// The marks that stand for words where there is no room for them.
    fileprivate static let marks = ["copied": "M", "shared": "=", "stored": "+", "freed": "−", "cache": "◉"]

    /// What is not nothing, each behind its mark.
    fileprivate var marked: [String] {
        [("M", copied), ("=", shared), ("+", stored), ("−", -stored)].filter { $1 > 0 }.map { "\($0) \(ByteCount($1))" }
    }
}
