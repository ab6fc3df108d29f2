public import Pictures

extension DiskLayout {
    /// The layout as a picture of 16:9, 1280 × 720 points: a row for each layer, the container's on top, and a column for
    /// each directory.
    public func drawing(theme: Theme = .light) -> Drawing {
        var scene = Scene(theme: theme, width: 1280, height: 720)
        let geometry = DiskLayoutGeometry(self)
        scene.drawHeading(self, geometry)
        for (index, row) in rows.prefix(geometry.rows.count).enumerated() {
            scene.draw(row, index, self, geometry)
        }
        scene.drawFoot(self, geometry)
        return Drawing(
            engine: .pinned, source: scene.finished, title: title, description: sentences, sentences: scene.sentences)
    }
}

/// Where things stand, and how many lines each row has room for.
private struct DiskLayoutGeometry {
    struct Row {
        var top: Double
        var lines: Int
        var height: Double { Double(lines) * DiskLayoutGeometry.lineHeight + 16 }
    }

    static let lineHeight = 23.0
    static let text = 16.0
    private static let left = 24.0
    private static let labelWidth = 152.0
    private static let gap = 8.0
    private static let top = 552.0
    private static let bottom = 84.0
    let columnCount: Int
    private(set) var rows: [Row] = []
    /// The layers that there is no room for.
    let omitted: Int

    init(_ layout: DiskLayout) {
        columnCount = max(layout.columns.count, 1)
        let wanted = layout.rows.map { row in
            max(2, row.cells.map { if case .lines(let lines) = $0 { lines.count } else { 1 } }.max() ?? 1)
        }
        // A row takes its lines and, around them, the height of one more.
        let room = Int((Self.top - Self.bottom) / Self.lineHeight)
        let shown = min(wanted.count, room / 3)
        var lines = Array(wanted.prefix(shown))
        while lines.reduce(0, { $0 + $1 + 1 }) > room, let tallest = lines.indices.max(by: { lines[$0] < lines[$1] }) {
            lines[tallest] -= 1
        }
        omitted = wanted.count - shown
        var top = Self.top
        for count in lines {
            let row = Row(top: top, lines: count)
            rows.append(row)
            top -= row.height + 7
        }
    }

    private var columnWidth: Double {
        (1280 - 2 * Self.left - Self.labelWidth) / Double(columnCount)
    }

    func head(_ column: Int) -> Box {
        Box(center: Point(x: x(column), y: Self.top + 38), width: columnWidth - Self.gap, height: 62)
    }

    func band(_ row: Int) -> Box {
        Box(
            center: Point(x: 640, y: rows[row].top - rows[row].height / 2), width: 1280 - 2 * Self.left + 16,
            height: rows[row].height)
    }

    func label(_ row: Int) -> Box {
        var box = band(row)
        box.center.x = Self.left + Self.labelWidth / 2
        box.width = Self.labelWidth - 4
        return box
    }

    func cell(_ row: Int, _ column: Int) -> Box {
        var box = band(row)
        box.center.x = x(column)
        box.width = columnWidth - Self.gap
        box.height -= 10
        return box
    }

    func line(_ row: Int, _ column: Int, _ number: Int) -> Box {
        let cell = cell(row, column)
        return Box(
            center: Point(x: cell.center.x, y: cell.top - 3 - (Double(number) + 0.5) * Self.lineHeight),
            width: cell.width - 12, height: Self.lineHeight - 1)
    }

    private func x(_ column: Int) -> Double {
        Self.left + Self.labelWidth + (Double(column) + 0.5) * columnWidth
    }
}

extension Scene {
    fileprivate mutating func drawHeading(_ layout: DiskLayout, _ geometry: DiskLayoutGeometry) {
        let paint = theme.paint(.canvas)
        text(
            "caption", class: "caption", Box(center: Point(x: 640, y: 676), width: 1232, height: 72),
            lines: [
                Line(
                    text: Typeface.bold.fitting(layout.title, 1220, size: 26), size: 26, weight: .bold,
                    color: paint.ink),
                Line(text: Typeface.regular.fitting(layout.subtitle, 1220, size: 16), size: 16, color: paint.muted),
            ], sentence: layout.title)
        for (index, column) in layout.columns.enumerated() {
            let box = geometry.head(index)
            text(
                "column\(index)", class: "column", box,
                lines: [
                    Line(
                        text: Typeface.bold.fitting(column.path, box.width - 8, size: 18), size: 18, weight: .bold,
                        color: paint.ink),
                    Line(
                        text: Typeface.regular.fitting(column.holds, box.width - 8, size: 16), size: 16,
                        color: paint.muted),
                ], sentence: "\(column.path): \(column.holds)")
        }
    }

    fileprivate mutating func draw(
        _ row: DiskLayout.Row, _ number: Int, _ layout: DiskLayout, _ geometry: DiskLayoutGeometry
    ) {
        let band = theme.paint(row.isContainer ? .upperBand : .lowerBand)
        box("band\(number)", class: row.isContainer ? "band upper" : "band lower", geometry.band(number), paint: band)
        let label = geometry.label(number)
        text(
            "row\(number)", class: "row", label,
            lines: [
                Line(
                    text: Typeface.bold.fitting(row.name, label.width - 8, size: 18), size: 18, weight: .bold,
                    color: band.ink),
                Line(text: row.isContainer ? "▲ read-write" : "read-only", size: 16, color: band.muted),
            ], sentence: row.name)
        for (column, cell) in row.cells.enumerated() {
            draw(cell, number, column, path: layout.columns[column].path(of: row), geometry)
        }
    }

    private mutating func draw(
        _ cell: DiskLayout.Cell, _ row: Int, _ column: Int, path: String, _ geometry: DiskLayoutGeometry
    ) {
        let name = "r\(row)_c\(column)"
        let sentence = "\(path): \(cell.words)".printable
        guard case .lines(let lines) = cell else {
            let paint = theme.paint(.cell(.missing))
            let place = geometry.cell(row, column)
            box(
                name, class: "cell nothing", place, paint: paint,
                lines: [
                    Line(
                        text: Typeface.regular.fitting(cell.words, place.width - 12, size: 16), size: 16,
                        color: paint.muted)
                ], sentence: sentence)
            return
        }
        let paint = theme.paint(.cell(.merged))
        box(name, class: "cell", geometry.cell(row, column), paint: paint, sentence: sentence)
        let room = geometry.rows[row].lines
        let isCut = lines.count > room
        for (number, line) in lines.prefix(isCut ? room - 1 : room).enumerated() {
            let place = geometry.line(row, column, number)
            let ink = line.isMark ? theme.paint(.cell(.whiteout)) : paint
            if line.isMark { box("\(name)_m\(number)", class: "mark", place, paint: ink) }
            text(
                "\(name)_\(number)", class: "line", place,
                lines: [
                    Line(
                        text: Typeface.mono.fitting(line.text, place.width - 8, size: DiskLayoutGeometry.text),
                        size: DiskLayoutGeometry.text, color: ink.ink)
                ], isMono: true)
        }
        if isCut {
            text(
                "\(name)_more", class: "line", geometry.line(row, column, room - 1),
                lines: [
                    Line(text: "… \(lines.count - room + 1) more", size: DiskLayoutGeometry.text, color: paint.muted)
                ])
        }
    }

    fileprivate mutating func drawFoot(_ layout: DiskLayout, _ geometry: DiskLayoutGeometry) {
        let paint = theme.paint(.canvas)
        var lines: [String] = []
        if geometry.omitted > 0 { lines.append("… \(geometry.omitted) more layers beneath") }
        if layout.rows.contains(where: { $0.cells.contains(where: \.holdsMark) }) {
            let mark = theme.paint(.cell(.whiteout))
            box(
                "legend", class: "legend", Box(center: Point(x: 42, y: 58), width: 36, height: 24), paint: mark,
                lines: [Line(text: "✕", size: 16, weight: .bold, color: mark.ink)])
            text(
                "meaning", class: "legend", Box(center: Point(x: 668, y: 58), width: 1200, height: 26),
                lines: [
                    Line(
                        text: (["a mark: it hides what lies beneath"] + lines).joined(separator: " · "), size: 16,
                        color: paint.ink)
                ])
        } else if let line = lines.first {
            text(
                "meaning", class: "legend", Box(center: Point(x: 640, y: 58), width: 1232, height: 26),
                lines: [Line(text: line, size: 16, color: paint.ink)])
        }
        let beside = layout.beside.map(\.path).joined(separator: ", ")
        guard !beside.isEmpty else { return }
        text(
            "beside", class: "beside", Box(center: Point(x: 640, y: 26), width: 1232, height: 26),
            lines: [
                Line(
                    text: Typeface.regular.fitting("beside them: \(beside)", 1220, size: 16), size: 16,
                    color: paint.muted)
            ], sentence: layout.beside.map { "\($0.path): \($0.holds)" }.joined(separator: "; "))
    }
}

extension DiskLayout.Cell {
    fileprivate var holdsMark: Bool {
        if case .lines(let lines) = self { lines.contains(where: \.isMark) } else { false }
    }
}
