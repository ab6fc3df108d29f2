public import Pictures

extension DriverMatrix {
    /// The most rows that can be read from the back of a room; what is beyond is left out, and said.
    public static let mostRows = 7

    /// The matrix as a picture of 16:9, 1280 × 720 points.
    public func drawing(theme: Theme = .light) -> Drawing {
        var scene = Scene(theme: theme, width: 1280, height: 720)
        let shown = rows.prefix(Self.mostRows)
        let geometry = DriverMatrixGeometry(columns: columns.count, rows: shown.count)
        scene.drawHeading(self, hidden: rows.count - shown.count)
        for (index, column) in columns.enumerated() { scene.drawDriver(column, geometry.head(index), index) }
        for (number, row) in shown.enumerated() {
            scene.drawLabel(row, geometry.label(number), number)
            for (index, cell) in row.cells.prefix(columns.count).enumerated() {
                scene.draw(
                    cell, geometry.cell(number, index), name: "r\(number)_c\(index)",
                    sentence: "\(row.label) under \(columns[index].name): \(cell.words) \(cell.detail)".printable)
            }
        }
        scene.drawLegend(of: kinds, isMeasured: isMeasured)
        return Drawing(
            engine: .pinned, source: scene.finished, title: title, description: sentences, sentences: scene.sentences)
    }
}

/// Where things stand.
private struct DriverMatrixGeometry {
    var columns: Int
    var rows: Int

    private var labelWidth: Double { 286 }
    private var left: Double { 24 }
    private var cellWidth: Double { (1280 - 2 * left - labelWidth) / Double(max(columns, 1)) }
    private var top: Double { 720 - 104 }
    private var headHeight: Double { 62 }
    private var rowHeight: Double { min(88, (top - headHeight - 58) / Double(max(rows, 1))) }

    private func x(_ column: Int) -> Double { left + labelWidth + (Double(column) + 0.5) * cellWidth }
    private func y(_ row: Int) -> Double { top - headHeight - (Double(row) + 0.5) * rowHeight }

    func head(_ column: Int) -> Box {
        Box(center: Point(x: x(column), y: top - headHeight / 2), width: cellWidth - 8, height: headHeight - 8)
    }

    func label(_ row: Int) -> Box {
        Box(center: Point(x: left + labelWidth / 2, y: y(row)), width: labelWidth - 8, height: rowHeight - 8)
    }

    func cell(_ row: Int, _ column: Int) -> Box {
        Box(center: Point(x: x(column), y: y(row)), width: cellWidth - 8, height: rowHeight - 8)
    }
}

extension DriverMatrix.Kind {
    /// The cell of the layer matrix that it is painted as.
    fileprivate var symbol: Symbol {
        switch self {
        case .cheap, .fair: .merged
        case .copied: .copiedUp
        case .refused, .bad: .refused
        case .good: .addedEarlier
        case .notRun: .hidden
        }
    }
}

extension Scene {
    fileprivate mutating func drawHeading(_ matrix: DriverMatrix, hidden: Int) {
        let paint = theme.paint(.canvas)
        let more = hidden > 0 ? " · \(hidden) more in the table" : ""
        let box = Box(center: Point(x: 640, y: 720 - 48), width: 1232, height: 80)
        text(
            "caption", class: "caption", box,
            lines: [
                Line(
                    text: Typeface.bold.fitting(matrix.title, 1220, size: 26), size: 26, weight: .bold,
                    color: paint.ink),
                Line(
                    text: Typeface.regular.fitting(matrix.subtitle + more, 1220, size: 18), size: 18,
                    color: paint.muted),
            ], sentence: matrix.title)
    }

    fileprivate mutating func drawDriver(_ column: DriverMatrix.Column, _ box: Box, _ index: Int) {
        let paint = theme.paint(.nodeHead)
        self.box(
            "driver\(index)", class: "driver", box, paint: paint,
            lines: [
                Self.line(column.name, sizes: [19, 17, 16], width: box.width - 8, color: paint.ink),
                Line(
                    text: Typeface.regular.fitting(column.note, box.width - 8, size: 16), size: 16,
                    color: paint.muted),
            ], sentence: "\(column.name): \(column.note)")
    }

    fileprivate mutating func drawLabel(_ row: DriverMatrix.Row, _ box: Box, _ number: Int) {
        let paint = theme.paint(.canvas)
        // Two lines where one is too short, broken at a space.
        let words = row.label.split(separator: " ")
        var first = row.label
        var count = words.count
        while count > 1, Typeface.bold.width(first, size: 17) > box.width - 8 {
            count -= 1
            first = words.prefix(count).joined(separator: " ")
        }
        let rest = words.dropFirst(count).joined(separator: " ")
        var lines = [first, rest].filter { !$0.isEmpty }.map {
            Line(text: Typeface.bold.fitting($0, box.width - 8, size: 17), size: 17, weight: .bold, color: paint.ink)
        }
        if !row.note.isEmpty {
            lines.append(
                Line(
                    text: Typeface.regular.fitting(row.note, box.width - 8, size: 16), size: 16, color: paint.muted))
        }
        text("row\(number)", class: "row", box, lines: lines, sentence: "\(row.label) \(row.note)".printable)
    }

    fileprivate mutating func draw(_ cell: DriverMatrix.Cell, _ box: Box, name: String, sentence: String) {
        let paint = theme.paint(.cell(cell.kind.symbol)).drawn(from: cell.source)
        let marked = cell.kind == .notRun ? cell.words : "\(cell.kind.mark) \(cell.words)"
        let words = cell.source == .measured ? "\(cell.source.mark) \(marked)" : marked
        var lines = [Self.line(words, sizes: [20, 17], width: box.width - 10, color: paint.ink)]
        if !cell.detail.isEmpty {
            lines.append(
                Line(
                    text: Typeface.regular.fitting(cell.detail, box.width - 10, size: 16), size: 16,
                    color: paint.muted))
        }
        self.box(name, class: "cell \(cell.kind.rawValue)", box, paint: paint, lines: lines, sentence: sentence)
    }

    /// In the first of the sizes in which it is short enough; shortened in the last.
    private static func line(_ text: String, sizes: [Double], width: Double, color: String) -> Line {
        let size = sizes.first { Typeface.bold.width(text, size: $0) <= width } ?? sizes[sizes.count - 1]
        return Line(text: Typeface.bold.fitting(text, width, size: size), size: size, weight: .bold, color: color)
    }

    fileprivate mutating func drawLegend(of kinds: [DriverMatrix.Kind], isMeasured: Bool) {
        let simulated = theme.paint(.cell(.merged)).drawn(from: .simulated)
        let measured = theme.paint(.cell(.merged)).drawn(from: .measured)
        let sources =
            isMeasured
            ? [(DriverMatrix.Source.measured, measured), (.simulated, simulated)].map { ($0.mark, $0.meaning, $1) } : []
        let entries = kinds.map { ($0.mark, $0.meaning, theme.paint(.cell($0.symbol))) } + sources
        let pitch = min(290, 1232 / Double(max(entries.count, 1)))
        for (index, (mark, meaning, paint)) in entries.enumerated() {
            let left = 30 + Double(index) * pitch
            box(
                "legend\(index)", class: "legend",
                Box(center: Point(x: left + 18, y: 26), width: 36, height: 26), paint: paint,
                lines: mark.isEmpty ? [] : [Line(text: mark, size: 17, weight: .bold, color: paint.ink)])
            let room = pitch - 58
            text(
                "meaning\(index)", class: "legend",
                Box(center: Point(x: left + 44 + room / 2, y: 26), width: room, height: 28),
                lines: [
                    Line(
                        text: Typeface.regular.fitting(meaning, room, size: 17), size: 17,
                        color: theme.paint(.canvas).ink)
                ])
        }
    }
}

extension Paint {
    /// What was not run is in outline, as a prediction in the layer matrix.
    fileprivate func drawn(from source: DriverMatrix.Source) -> Paint {
        var paint = self
        paint.line = source == .simulated ? .dashed : .solid
        paint.width = source == .simulated ? 1.5 : max(paint.width, 3)
        return paint
    }
}
