public import Pictures

extension DriverComparison {
    /// The most operations that a screen holds in letters of 16 points; the first ones that tell anything are drawn.
    private var shownRows: [Row] {
        let telling = tellingRows
        let isTall = telling.prefix(8).contains { $0.outcomes.contains { $0.words.count > 2 } }
        return Array(telling.prefix(isTall ? 6 : 8))
    }

    /// The table as a picture of 16:9, with letters that are read from the back of a room.
    public func drawing(theme: Theme = .light) -> Drawing {
        var scene = Scene(theme: theme, width: MatrixGeometry.canvas.width, height: MatrixGeometry.canvas.height)
        let shown = shownRows
        let geometry = ComparisonGeometry(drivers: drivers.count, rows: shown.count)
        let paint = theme.paint(.canvas)
        let titleBox = MatrixGeometry.caption(y: MatrixGeometry.canvas.height - 44, height: 56)
        scene.text(
            "caption", class: "caption", titleBox,
            lines: [
                Line(
                    text: Typeface.bold.fitting(title, titleBox.width - 8, size: 26), size: 26, weight: .bold,
                    color: paint.ink)
            ], sentence: title)
        for (column, driver) in drivers.enumerated() {
            let box = geometry.cell(-1, column)
            scene.text(
                "driver_\(column)", class: "driver", box,
                lines: [scene.line(driver, box, size: 20, weight: .bold, paint)], alignment: .center,
                sentence: driver)
        }
        for (index, row) in shown.enumerated() { scene.draw(row, index, drivers, geometry) }
        scene.draw(totals, drivers, geometry, omitted: rows.count - shown.count)
        scene.drawDefinitions(definitions)
        return Drawing(
            engine: .pinned, source: scene.finished, title: title, description: sentences, sentences: scene.sentences)
    }
}

/// Where everything of a comparison lies.
struct ComparisonGeometry {
    private let pitch: Double
    private let headWidth: Double
    private let rowHeight: Double
    fileprivate let rows: Int
    private static let top = MatrixGeometry.canvas.height - 128
    private static let bottom = 76.0
    /// The row of the page cache, beneath the totals.
    private static let cacheHeight = 34.0

    init(drivers: Int, rows: Int) {
        let across = MatrixGeometry.canvas.width - 2 * MatrixGeometry.margin
        pitch = min(190, (across - 250) / Double(max(drivers, 1)))
        headWidth = across - pitch * Double(drivers)
        // The totals are one row more.
        rowHeight = min(92, (Self.top - Self.bottom - Self.cacheHeight - 6) / Double(rows + 1))
        self.rows = rows
    }

    /// The cell of an operation under a driver; -1 is the row of the drivers' names, the one after the last the totals'.
    func cell(_ row: Int, _ column: Int) -> Box {
        let left = MatrixGeometry.margin + headWidth + pitch * Double(column)
        return Box(
            center: Point(x: left + pitch / 2, y: middle(row)), width: pitch - 10, height: row < 0 ? 32 : rowHeight - 8)
    }

    /// What lies beneath the totals: its head, and the cell of a driver.
    var cacheHead: Box { beneathTotals(head(rows)) }
    func cacheCell(_ column: Int) -> Box { beneathTotals(cell(rows, column)) }

    private func beneathTotals(_ box: Box) -> Box {
        Box(
            center: Point(x: box.center.x, y: box.center.y - (rowHeight + Self.cacheHeight) / 2), width: box.width,
            height: Self.cacheHeight - 6)
    }

    func head(_ row: Int) -> Box {
        Box(
            center: Point(x: MatrixGeometry.margin + headWidth / 2, y: middle(row)), width: headWidth - 12,
            height: rowHeight - 8)
    }

    private func middle(_ row: Int) -> Double {
        row < 0 ? Self.top + 22 : Self.top - rowHeight * (Double(row) + 0.5) - (row == rows ? 6 : 0)
    }
}

extension Scene {
    fileprivate mutating func draw(
        _ row: DriverComparison.Row, _ index: Int, _ drivers: [String], _ geometry: ComparisonGeometry
    ) {
        drawHead("row_\(index)", row.operation, geometry.head(index))
        for (column, outcome) in row.outcomes.enumerated() {
            let cell = geometry.cell(index, column)
            let paint = theme.palette.cell(outcome.symbol)
            let words = outcome.words
            box(
                "cell_\(index)_\(column)", class: "cell \(outcome.symbol)", cell, paint: paint,
                lines: words.prefix(3).enumerated().map { place, word in
                    line(
                        word, cell, size: place > 0 ? 16 : words.count > 2 ? 18 : 20,
                        weight: place == 0 ? .bold : .plain, paint)
                },
                sentence: "\(row.operation) under \(drivers[column]): \(words.joined(separator: ", "))")
        }
    }

    fileprivate mutating func draw(
        _ totals: [DriverComparison.Cost], _ drivers: [String], _ geometry: ComparisonGeometry, omitted: Int
    ) {
        // The last row's place is the number of the rows before it.
        let row = geometry.lastRow
        drawHead("totals", omitted == 0 ? "all together" : "all, and \(omitted) more", geometry.head(row))
        let paint = theme.paint(.canvas)
        for (column, cost) in totals.enumerated() {
            let box = geometry.cell(row, column)
            let words = cost.words.isEmpty ? ["nothing"] : cost.words
            text(
                "total_\(column)", class: "total", box,
                lines: words.prefix(2).map { line($0, box, size: 17, weight: .bold, paint) }, alignment: .center,
                sentence: "all together under \(drivers[column]): \(words.joined(separator: ", "))")
        }
        guard totals.contains(where: { !$0.cache.isEmpty }) else { return }
        drawHead("cache", "page cache", geometry.cacheHead)
        for (column, cost) in totals.enumerated() {
            let box = geometry.cacheCell(column)
            text(
                "cache_\(column)", class: "total", box,
                lines: [line(cost.cache.words, box, size: 17, weight: .bold, paint)], alignment: .center,
                sentence: "files opened under \(drivers[column]) through a page cache shared with others: "
                    + "\(cost.cache.shared) of \(cost.cache.shared + cost.cache.apart)")
        }
    }

    /// What the words of the cells mean, in up to two lines at the foot.
    fileprivate mutating func drawDefinitions(_ definitions: [(word: String, meaning: String)]) {
        let paint = theme.paint(.canvas)
        let width = MatrixGeometry.canvas.width - 2 * MatrixGeometry.margin
        let box = Box(
            center: Point(x: MatrixGeometry.canvas.width / 2, y: 40), width: width, height: 60)
        var lines: [String] = []
        for entry in definitions.map({ "\($0.word): \($0.meaning)" }) {
            let joined = lines.last.map { "\($0)  ·  \(entry)" }
            if let joined, Typeface.regular.width(joined, size: 16) <= width - 8 {
                lines[lines.count - 1] = joined
            } else {
                lines.append(entry)
            }
        }
        text(
            "definitions", class: "legend", box,
            lines: lines.prefix(3).map { Line(text: $0, size: 16, color: paint.ink) },
            sentence: definitions.map { "\($0.word): \($0.meaning)" }.joined(separator: "; "))
    }

    private mutating func drawHead(_ name: String, _ operation: String, _ box: Box) {
        let paint = theme.paint(.canvas)
        text(
            name, class: "operation", box,
            lines: operation.printable.brokenInTwo(where: { Typeface.mono.width($0, size: 16) <= box.width - 8 }).map {
                Line(text: Typeface.mono.fitting($0, box.width - 8, size: 16), size: 16, color: paint.ink)
            }, isMono: true, sentence: operation)
    }

    fileprivate func line(_ word: String, _ box: Box, size: Double, weight: Line.Weight, _ paint: Paint) -> Line {
        let typeface = weight == .bold ? Typeface.bold : .regular
        // A long number becomes smaller before it loses its end.
        var size = size
        while size > 16, typeface.width(word, size: size) > box.width - 12 { size -= 1 }
        return Line(
            text: typeface.fitting(word, box.width - 8, size: size), size: size, weight: weight, color: paint.ink)
    }
}

extension ComparisonGeometry {
    fileprivate var lastRow: Int { rows }
}

extension DriverComparison.Outcome {
    /// The matrix's paint that says the same: a copy is orange there too.
    fileprivate var symbol: Symbol {
        switch weight {
        case .free: .unchanged
        case .hidden: .whiteout
        case .small: .copiedEarlier
        case .large: .copiedUp
        case .refused: .refused
        case .notRun: .missing
        }
    }
}

extension String {
    /// At a blank, where one line does not hold it: the first line as long as fits.
    fileprivate func brokenInTwo(where fits: (String) -> Bool) -> [String] {
        guard !fits(self) else { return [self] }
        var words = split(separator: " ").map(String.init)
        var first: [String] = []
        while let word = words.first, fits((first + [word]).joined(separator: " ")) {
            first.append(word)
            words.removeFirst()
        }
        return first.isEmpty ? [self] : [first.joined(separator: " "), words.joined(separator: " ")]
    }
}
