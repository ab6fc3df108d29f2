public import Pictures

extension DriverComparison {
    /// The table as a picture of 16:9, with letters that are read from the back of a room.
    ///
    /// Rows in which the drivers come to different errors are always drawn, if need be on a canvas that is higher; the others
    /// where there is room.
    public func drawing(theme: Theme = .light) -> Drawing {
        let foot = ComparisonFoot(self)
        let geometry = ComparisonGeometry(self, foot: foot)
        var scene = Scene(theme: theme, width: MatrixGeometry.canvas.width, height: geometry.height)
        let paint = theme.paint(.canvas)
        let titleBox = MatrixGeometry.caption(y: geometry.height - 36, height: 56)
        scene.text(
            "caption", class: "caption", titleBox,
            lines: [
                Line(
                    text: Typeface.bold.fitting(title, titleBox.width - 8, size: 26), size: 26, weight: .bold,
                    color: paint.ink)
            ], sentence: title)
        for (column, driver) in drivers.enumerated() {
            let box = geometry.title(column)
            scene.text(
                "driver_\(column)", class: "driver", box,
                lines: [scene.line(driver, box, size: 20, weight: .bold, paint)], alignment: .center,
                sentence: driver)
        }
        for (index, row) in geometry.shown.enumerated() { scene.draw(row, index, drivers, geometry) }
        let omitted = rows.count - geometry.shown.count
        for (index, var row) in foot.rows.enumerated() {
            if index == 0, omitted > 0 { row.head = "all, and \(omitted) more" }
            scene.draw(row, index, drivers, geometry)
        }
        scene.draw(foot.lines, definitions.map { "\($0.word): \($0.meaning)" } + notes)
        return Drawing(
            engine: .pinned, source: scene.finished, title: title, description: sentences, sentences: scene.sentences)
    }
}

/// What stands beneath the operations: sums, and what the words of the cells mean.
struct ComparisonFoot {
    struct Row {
        var name: String
        var head: String
        /// Each driver's lines.
        var cells: [[String]]
        var sentences: [String]
    }

    var rows: [Row] = []
    /// As wide as the canvas.
    var lines: [String] = []

    init(_ comparison: DriverComparison) {
        let drivers = comparison.drivers
        let sums = comparison.totals.map { $0.map { $0.words.isEmpty ? ["nothing"] : $0.words } ?? ["not run"] }
        rows.append(
            Row(
                name: "total", head: "all together", cells: sums,
                sentences: zip(drivers, sums).map { "all together under \($0): \($1.joined(separator: ", "))" }))
        let refusals = drivers.indices.map { comparison.refusals(under: $0) }
        if !refusals.allSatisfy(\.isEmpty) {
            let cells = refusals.map { names in
                names.isEmpty
                    ? ["nothing"] : names.count <= 3 ? names : names.prefix(2) + ["and \(names.count - 2) more"]
            }
            rows.append(
                Row(
                    name: "refused", head: "refused", cells: cells,
                    sentences: zip(drivers, refusals).map {
                        "refused under \($0): \($1.isEmpty ? "nothing" : $1.joined(separator: ", "))"
                    }))
        }
        let caches = comparison.totals.map { $0?.cache ?? DriverComparison.PageCache() }
        if !caches.allSatisfy(\.isEmpty) {
            rows.append(
                Row(
                    name: "cache", head: "page cache", cells: caches.map { [$0.words] },
                    sentences: zip(drivers, caches).map {
                        "files opened under \($0) through a page cache shared with others: \($1.shared) of "
                            + "\($1.shared + $1.apart)"
                    }))
        }
        let width = MatrixGeometry.canvas.width - 2 * MatrixGeometry.margin - 8
        for entry in comparison.definitions.map({ "\($0.word): \($0.meaning)" }) {
            add(entry, width, follows: !lines.isEmpty)
        }
        for note in comparison.notes.map(\.printable) { add(note, width, follows: false) }
    }

    /// - Parameter follows: Whether the entry goes on in the last line, where that holds it.
    private mutating func add(_ entry: String, _ width: Double, follows: Bool) {
        func fits(_ text: String) -> Bool { Typeface.regular.width(text, size: 16) <= width }
        if follows, let last = lines.last, fits("\(last)  ·  \(entry)") {
            lines[lines.count - 1] = "\(last)  ·  \(entry)"
            return
        }
        var line = ""
        for word in entry.split(separator: " ") {
            if line.isEmpty {
                line = String(word)
            } else if fits("\(line) \(word)") {
                line += " \(word)"
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        lines.append(line)
    }
}

/// Where everything of a comparison lies.
struct ComparisonGeometry {
    /// The operations that are drawn.
    let shown: [DriverComparison.Row]
    /// Of the canvas.
    let height: Double
    private let pitch: Double
    private let headWidth: Double
    /// The middle and the height of each row that is drawn, and of each row of the foot.
    private var rows: [(middle: Double, height: Double)] = []
    private var feet: [(middle: Double, height: Double)] = []
    private let top: Double

    /// What lies above the first row.
    private static let head = 100.0
    /// The distance between two lines of the smallest letters.
    static let lineHeight = 20.0
    private static let tallest = 92.0

    init(_ comparison: DriverComparison, foot: ComparisonFoot) {
        let across = MatrixGeometry.canvas.width - 2 * MatrixGeometry.margin
        let pitch = min(190, (across - 250) / Double(max(comparison.drivers.count, 1)))
        let headWidth = across - pitch * Double(comparison.drivers.count)
        let footHeights = foot.rows.map { row in
            Self.lineHeight * Double(min(row.cells.map(\.count).max() ?? 1, 3)) + 6
        }
        let beneath = footHeights.reduce(0, +) + 6 + Self.lineHeight * Double(foot.lines.count) + 14
        var room = MatrixGeometry.canvas.height - Self.head - beneath
        func wanted(_ row: DriverComparison.Row) -> Double { Self.height(of: row, head: headWidth - 20) }
        let telling = comparison.tellingRows
        // What drivers disagree about comes first.
        var kept = Set(telling.indices.filter { telling[$0].differsInErrors })
        room -= kept.reduce(0) { $0 + wanted(telling[$1]) }
        for index in telling.indices where !kept.contains(index) {
            guard wanted(telling[index]) <= room else { continue }
            kept.insert(index)
            room -= wanted(telling[index])
        }
        shown = telling.indices.filter(kept.contains).map { telling[$0] }
        height = MatrixGeometry.canvas.height + max(0, -room)
        // What is left over makes the rows higher.
        let spare = max(0, room) / Double(max(shown.count, 1))
        top = height - Self.head
        self.pitch = pitch
        self.headWidth = headWidth
        var y = top
        for row in shown {
            let height = max(wanted(row), min(wanted(row) + spare, Self.tallest))
            rows.append((y - height / 2, height))
            y -= height
        }
        y -= 6
        for height in footHeights {
            feet.append((y - height / 2, height))
            y -= height
        }
    }

    /// The height that the row's words need.
    private static func height(of row: DriverComparison.Row, head: Double) -> Double {
        let cells = row.outcomes.map { min($0.words.count, 4) }.max() ?? 1
        let isBroken = Typeface.mono.width(row.operation, size: 16) > head
        return max(lineHeight * Double(max(cells, isBroken ? 2 : 1)) + 12, 38)
    }

    func title(_ column: Int) -> Box { box((top + 18, 28), column) }
    func cell(_ row: Int, _ column: Int) -> Box { box((rows[row].middle, rows[row].height - 8), column) }
    func head(_ row: Int) -> Box { head(rows[row].middle, rows[row].height - 8) }
    func footCell(_ row: Int, _ column: Int) -> Box { box(feet[row], column) }
    func footHead(_ row: Int) -> Box { head(feet[row].middle, feet[row].height) }

    private func box(_ place: (middle: Double, height: Double), _ column: Int) -> Box {
        let left = MatrixGeometry.margin + headWidth + pitch * Double(column)
        return Box(center: Point(x: left + pitch / 2, y: place.middle), width: pitch - 10, height: place.height)
    }

    private func head(_ middle: Double, _ height: Double) -> Box {
        Box(center: Point(x: MatrixGeometry.margin + headWidth / 2, y: middle), width: headWidth - 12, height: height)
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
            // The mark says what the frame does, where colours cannot be told apart.
            let words =
                outcome.symbol == .refused ? outcome.words.map { "\(Symbol.refused.mark) \($0)" } : outcome.words
            box(
                "cell_\(index)_\(column)", class: "cell \(outcome.symbol)", cell, paint: paint,
                lines: words.prefix(4).enumerated().map { place, word in
                    line(
                        word, cell, size: place > 0 ? 16 : words.count > 2 ? 18 : 20,
                        weight: place == 0 ? .bold : .plain, paint)
                },
                sentence: "\(row.operation) under \(drivers[column]): \(outcome.words.joined(separator: ", "))")
        }
    }

    fileprivate mutating func draw(
        _ row: ComparisonFoot.Row, _ index: Int, _ drivers: [String], _ geometry: ComparisonGeometry
    ) {
        drawHead("foot_\(row.name)", row.head, geometry.footHead(index))
        let paint = theme.paint(.canvas)
        for (column, words) in row.cells.enumerated() {
            let box = geometry.footCell(index, column)
            text(
                "\(row.name)_\(column)", class: "total", box,
                lines: words.prefix(3).map { line($0, box, size: 17, weight: .bold, paint) }, alignment: .center,
                sentence: row.sentences[column])
        }
    }

    /// What the words of the cells mean, at the foot.
    fileprivate mutating func draw(_ lines: [String], _ definitions: [String]) {
        let paint = theme.paint(.canvas)
        let height = ComparisonGeometry.lineHeight * Double(lines.count)
        let box = Box(
            center: Point(x: MatrixGeometry.canvas.width / 2, y: 12 + height / 2),
            width: MatrixGeometry.canvas.width - 2 * MatrixGeometry.margin, height: height)
        text(
            "definitions", class: "legend", box, lines: lines.map { Line(text: $0, size: 16, color: paint.ink) },
            sentence: definitions.joined(separator: "; "))
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
