import LayerModel
public import Pictures

extension LayerMatrix {
    /// The matrix as a picture of 16:9, 1280 × 720 points. Beyond six columns or six layers it is collapsed first;
    /// collapse the frames of a run together (`LayerMatrix.collapse`) so that they stay alike.
    public func drawing(theme: Theme = .light) -> Drawing {
        let matrix = LayerMatrix.collapse([self])[0]
        let geometry = MatrixGeometry(matrix)
        let cells = MatrixCells(matrix)
        var scene = Scene(
            theme: theme, width: MatrixGeometry.canvas.width, height: MatrixGeometry.canvas.height)
        scene.drawCaption(matrix)
        scene.drawBands(matrix, geometry)
        scene.drawHeaders(matrix, geometry)
        for row in matrix.rows {
            for column in matrix.columns.indices {
                guard let box = geometry.cell(row, column) else { continue }
                scene.drawCell(cells[row, column], MatrixPlace(matrix, row, column), box, of: matrix.moment)
            }
        }
        scene.drawCopyArrows(cells, matrix, geometry)
        scene.drawLegend(cells)
        return Drawing(
            engine: .pinned, source: scene.finished, title: matrix.caption.title,
            description: matrix.caption.description.isEmpty ? cells.sentences : matrix.caption.description,
            sentences: scene.sentences)
    }
}

/// Where a cell stands, in the names that the picture's nodes carry.
struct MatrixPlace {
    /// The node's name and id: `s0_upper_c2`, `l3_c0`.
    var name: String
    /// The row's class: `merged`, `upper` or `lower`.
    var rowClass: String
    var row: MatrixRow
    /// What a sentence about the cell begins with.
    var subject: String

    init(_ matrix: LayerMatrix, _ row: MatrixRow, _ column: Int) {
        self.row = row
        rowClass = row.className
        name = "\(row.nodeName)_c\(column)"
        subject = "\(matrix.columns[column].description.printable) in \(matrix.name(of: row))"
    }
}

extension MatrixRow {
    var className: String {
        switch self {
        case .merged: "merged"
        case .upper: "upper"
        case .lower: "lower"
        }
    }

    var nodeName: String {
        switch self {
        case .merged(let stack): "s\(stack)_merged"
        case .upper(let stack): "s\(stack)_upper"
        case .lower(let number): "l\(number)"
        }
    }

    var band: Surface {
        switch self {
        case .merged: .mergedBand
        case .upper: .upperBand
        case .lower: .lowerBand
        }
    }
}

extension Scene {
    /// Cause → effect in one line, or in two where one is too short; the command; the step and the verdict.
    fileprivate mutating func drawCaption(_ matrix: LayerMatrix) {
        let paint = theme.paint(.canvas)
        let caption = matrix.caption
        let top = MatrixGeometry.canvas.height
        let step = caption.step?.description
        // `frame 12 of 14` makes it longer.
        let aside = max(180, (step.map { Typeface.regular.width($0, size: 16) } ?? 0).rounded(.up) + 16)
        let room = MatrixGeometry.canvas.width - 2 * MatrixGeometry.margin - aside - 8

        func line(_ text: String, _ size: Double) -> Line {
            Line(text: Typeface.bold.fitting(text, room, size: size), size: size, weight: .bold, color: paint.ink)
        }
        let isOneLine = Typeface.bold.width(caption.title.printable, size: 24) <= room || caption.effect.isEmpty
        let title = isOneLine ? [line(caption.title, 24)] : [line(caption.cause, 20), line("→ \(caption.effect)", 20)]
        text(
            "caption", class: "caption", MatrixGeometry.caption(y: top - 44, height: 56, right: aside), lines: title,
            sentence: caption.title)
        if !caption.subtitle.isEmpty {
            let fitted = Typeface.mono.fitting(caption.subtitle, room + aside - 8, size: 16)
            text(
                "subtitle", class: "subtitle", MatrixGeometry.caption(y: top - 87, height: 24),
                lines: [Line(text: fitted, size: 16, color: paint.muted)], isMono: true, sentence: caption.subtitle)
        }
        var marks: [Line] = []
        if let step { marks.append(Line(text: step, size: 16, color: paint.muted)) }
        if let verdict = caption.verdict {
            marks.append(Line(text: verdict.description, size: 16, weight: .bold, color: paint.ink))
        }
        if !marks.isEmpty {
            let right = MatrixGeometry.canvas.width - MatrixGeometry.margin
            let box = Box(center: Point(x: right - aside / 2, y: top - 44), width: aside, height: 48)
            text("step", class: "step", box, lines: marks, alignment: .right)
        }
    }

    /// The bands, with each row's name at their left.
    fileprivate mutating func drawBands(_ matrix: LayerMatrix, _ geometry: MatrixGeometry) {
        for band in geometry.bands {
            switch band.content {
            case .row(let row):
                let paint = theme.paint(row.band)
                box("band_\(row.nodeName)", class: "band \(row.className)", band.box, paint: paint)
                let (lines, sentence) = matrix.head(of: row, width: geometry.headWidth - 34, paint: paint)
                text(
                    "head_\(row.nodeName)", class: "head \(row.className)", geometry.head(of: band.box), lines: lines,
                    sentence: sentence)
            case .configOnly(let index):
                if case .configOnly(let instructions) = matrix.lowerRows[index] {
                    drawThin(
                        "tick_\(index)", "config", band.box, geometry, configTick(instructions), instructions)
                }
            case .omitted(let index):
                if case .omitted(let count) = matrix.lowerRows[index] {
                    let words = "… \(count) more layer\(count == 1 ? "" : "s"): nothing of these paths"
                    drawThin("gap_\(index)", "omitted", band.box, geometry, words, [words])
                }
            }
        }
        if matrix.stacks.count > 1 { drawStackBars(matrix, geometry) }
    }

    private func configTick(_ instructions: [String]) -> String {
        "┄ no layer   \(instructions.joined(separator: ", "))"
    }

    /// A band that is no row: a tick or a gap.
    private mutating func drawThin(
        _ name: String, _ classes: String, _ band: Box, _ geometry: MatrixGeometry, _ words: String,
        _ whole: [String]
    ) {
        let paint = theme.paint(.gapBand)
        box("band_\(name)", class: "band \(classes)", band, paint: paint)
        // It ends before the first gutter, where an arrow may pass.
        let width = geometry.headWidth + geometry.cellWidth - 14
        let center = Point(x: band.left + 14 + width / 2, y: band.center.y)
        let inner = Box(center: center, width: width, height: band.height)
        text(
            name, class: classes, inner,
            lines: [
                Line(text: Typeface.regular.fitting(words, inner.width - 8, size: 16), size: 16, color: paint.muted)
            ], sentence: whole.joined(separator: "; "))
    }

    /// A bar at the left of each container's two rows: they belong together.
    private mutating func drawStackBars(_ matrix: LayerMatrix, _ geometry: MatrixGeometry) {
        for stack in matrix.stacks.indices {
            guard let merged = geometry.band(of: .merged(stack)), let upper = geometry.band(of: .upper(stack)) else {
                continue
            }
            var paint = theme.paint(.canvas)
            paint.fill = paint.ink
            let height = merged.top - upper.bottom
            let center = Point(x: MatrixGeometry.margin + 3, y: upper.bottom + height / 2)
            box("bar_s\(stack)", class: "bar", Box(center: center, width: 6, height: height), paint: paint)
        }
    }

    /// The paths over the columns: the directory small, the name large, where one line does not hold both.
    fileprivate mutating func drawHeaders(_ matrix: LayerMatrix, _ geometry: MatrixGeometry) {
        let paint = theme.paint(.canvas)
        for (column, path) in matrix.columns.enumerated() {
            let box = geometry.header(column)
            let whole = path.description.printable
            let room = box.width - 4
            var lines: [Line] = []
            if Typeface.mono.width(whole, size: 16) <= room {
                lines = [Line(text: whole, size: 16, color: paint.ink)]
            } else {
                let name = (path.name?.text ?? "/") + (path.demandsDirectory ? "/" : "")
                let directory = path.parent == .root ? "/" : "\(path.parent)/"
                lines = [
                    Line(text: Typeface.mono.fitting(directory, room, size: 16), size: 16, color: paint.muted),
                    Line(text: Typeface.mono.fitting(name, room, size: 16), size: 16, color: paint.ink),
                ]
            }
            text("path_c\(column)", class: "path", box, lines: lines, alignment: .center, isMono: true, sentence: whole)
        }
        if matrix.omittedPaths > 0 {
            let words = matrix.omission
            let header = geometry.header(0)
            let box = Box(
                center: Point(x: MatrixGeometry.margin + geometry.headWidth / 2, y: header.center.y),
                width: geometry.headWidth - 28, height: 24)
            text(
                "omitted_paths", class: "omitted", box, lines: [Line(text: words, size: 16, color: paint.muted)],
                sentence: "\(matrix.omittedPaths) more paths"
                    + (matrix.omittedChanges == 0
                        ? ", which no frame changes" : ", \(matrix.omittedChanges) of them changed"))
        }
    }
}

extension LayerMatrix {
    /// A row's name and what it is, and the same whole for its tooltip.
    fileprivate func head(of row: MatrixRow, width: Double, paint: Paint) -> (lines: [Line], sentence: String) {
        func lines(_ title: String, _ detail: String) -> [Line] {
            [
                Line(
                    text: Typeface.bold.fitting(title, width, size: 16), size: 16, weight: .bold, color: paint.ink),
                Line(text: Typeface.regular.fitting(detail, width, size: 16), size: 16, color: paint.muted),
            ]
        }
        func owned(_ title: String, _ stack: Stack) -> String {
            guard stacks.count > 1 else { return title }
            let room = width - Typeface.bold.width(title + " · ", size: 16)
            return "\(title) · \(Typeface.bold.fitting(stack.name, room, size: 16))"
        }
        switch row {
        case .merged(let index):
            let title = owned(stacks.count > 1 ? "merged" : "merged view", stacks[index])
            return (lines(title, "what the process sees"), "\(name(of: row)): what the process sees")
        case .upper(let index):
            let size = stacks[index].size.map { "\(ByteCount($0)) · " } ?? ""
            let becomes = stacks[index].becomes
            let layer = becomes.map { "becomes layer \($0)" } ?? "container layer"
            return (
                lines(owned(stacks.count > 1 ? "▲ upper" : "▲ upper (rw)", stacks[index]), size + layer),
                "\(name(of: row)): the container's writable layer"
                    + (becomes.map { ", which became layer \($0) of the image" } ?? "")
            )
        case .lower(let number):
            guard let layer = layers.first(where: { $0.number == number }) else { return ([], "") }
            let size = layer.size.map { "\(ByteCount($0)) · " } ?? ""
            let digest = layer.digest.map { ", \($0)" } ?? ""
            let bytes = layer.size.map { ", \(ByteCount($0).exact)" } ?? ""
            return (
                lines(
                    layer.heading { Typeface.bold.width($0, size: 16) <= width },
                    layer.isOfImage ? size + "image (ro)" : "not of the image"),
                "\(name(of: row)): \(layer.createdBy.printable)\(bytes)\(digest)"
            )
        }
    }
}
