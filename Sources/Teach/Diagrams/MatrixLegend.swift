import Pictures

/// One line of the legend: a sample and what it means.
private struct LegendEntry {
    enum Sample {
        /// `isPredicted`: the picture has it in outline only.
        case cell(Symbol, isPredicted: Bool)
        case refutation
        case arrow
        /// No sample: the meaning begins with the words it explains.
        case none
        /// The thick frame of what the step changed in the merged view.
        case changed
    }
    var sample: Sample
    var meaning: String
    var name: String

    var isOnlyWords: Bool { if case .none = sample { true } else { false } }
}

extension Scene {
    private static let sampleSize = (width: 30.0, height: 21.0)
    private static let textSize = 16.0

    /// The signs that the picture uses, and no others, in up to four lines at the foot.
    mutating func drawLegend(_ cells: MatrixCells) {
        let left = MatrixGeometry.margin
        let right = MatrixGeometry.canvas.width - MatrixGeometry.margin
        let ink = theme.paint(.canvas).ink
        var x = left
        var y = 94.0
        for entry in cells.legend {
            let words = Typeface.regular.width(entry.meaning, size: Self.textSize) * 1.02 + 8
            let lead = entry.isOnlyWords ? 0 : Self.sampleSize.width + 8
            let width = lead + words
            if x + width > right {
                x = left
                y -= 26
            }
            let sample = Box(
                center: Point(x: x + Self.sampleSize.width / 2, y: y), width: Self.sampleSize.width,
                height: Self.sampleSize.height)
            drawSample(entry, sample)
            let label = Box(
                center: Point(x: x + lead + words / 2, y: y), width: words, height: Self.sampleSize.height)
            text(
                "legend_\(entry.name)_text", class: "legend", label,
                lines: [Line(text: entry.meaning, size: Self.textSize, color: ink)])
            x += width + 16
        }
    }

    private mutating func drawSample(_ entry: LegendEntry, _ sample: Box) {
        let name = "legend_\(entry.name)"
        switch entry.sample {
        case .cell(let symbol, let isPredicted):
            var paint = isPredicted ? outline(symbol, on: theme.paint(.canvas)) : theme.paint(.cell(symbol))
            paint.width = min(paint.width, 4)
            let mark = symbol == .hidden ? "abc" : symbol.mark
            let line = Line(
                text: mark, size: Self.textSize, weight: symbol == .hidden ? .plain : .bold, color: paint.ink,
                isStruck: symbol == .hidden)
            box(name, class: "legend", sample, paint: paint, lines: mark.isEmpty ? [] : [line])
        case .refutation:
            let line = Line(text: "≠", size: 16, weight: .bold, color: theme.paint(.canvas).ink)
            text(name, class: "legend", sample, lines: [line], alignment: .center)
        case .none: break
        case .changed:
            var paint = theme.paint(.cell(.merged))
            paint.width = 4
            box(name, class: "legend", sample, paint: paint)
        case .arrow:
            arrow(
                name, class: "legend", from: "canvas", to: "canvas",
                along: [Point(x: sample.left, y: sample.center.y), Point(x: sample.right, y: sample.center.y)],
                color: theme.arrow, width: 4)
        }
    }
}

extension MatrixCells {
    fileprivate var legend: [LegendEntry] {
        let filled = Set(
            shown.flatMap { if case .predicted = $0 { [] as [Symbol] } else { $0.faces.map(\.symbol) } })
        var entries = symbolsUsed.map { symbol in
            LegendEntry(
                sample: .cell(symbol, isPredicted: !filled.contains(symbol)), meaning: symbol.meaning(moment),
                name: String(symbol.rawValue.map { $0 == "-" ? "_" : $0 }))
        }
        if !copyArrows.isEmpty {
            entries.append(LegendEntry(sample: .arrow, meaning: "bytes copied up", name: "arrow"))
        }
        let cells = shown
        if cells.contains(where: { $0.faces.contains(where: \.isFramed) }) {
            let when = moment == .step ? "in this step" : "by this script"
            entries.append(LegendEntry(sample: .changed, meaning: "changed \(when)", name: "framed"))
        }
        if cells.contains(where: { $0.faces.contains { $0.text.hasPrefix("dir ·") } }) {
            entries.append(
                LegendEntry(sample: .none, meaning: "dir · n: directory with n entries", name: "directory"))
        }
        if cells.contains(where: { if case .predicted = $0 { true } else { false } }) {
            // Without a sample: any colour that it had would be that of another sign.
            entries.append(
                LegendEntry(
                    sample: .none,
                    meaning:
                        "frame without filling: \(moment == .step ? "predicted, not yet run" : "simulated, not run")",
                    name: "outline"))
        }
        if cells.contains(where: { if case .refuted = $0 { true } else { false } }) {
            entries.append(
                LegendEntry(sample: .refutation, meaning: "model left, kernel right: refuted", name: "refuted"))
        }
        return entries
    }
}
