import Pictures

/// Where everything of a matrix lies. It depends on the columns, stacks and rows alone and never on what the cells
/// hold, so that frames of one run lie exactly over one another.
struct MatrixGeometry: Sendable {
    static let canvas = (width: 1280.0, height: 720.0)
    static let margin = 24.0

    /// A band across the canvas.
    struct Band: Hashable, Sendable {
        enum Content: Hashable, Sendable {
            case row(MatrixRow)
            /// The index of a tick or gap among the lower rows.
            case configOnly(Int)
            case omitted(Int)
        }
        var content: Content
        var box: Box
    }

    let columnCount: Int
    let bands: [Band]
    let headWidth: Double
    let pitch: Double
    let rowHeight: Double
    let cellWidth: Double
    let cellHeight: Double

    private static let rowsTop = canvas.height - 152
    private static let rowsBottom = 118.0
    private static let tickHeight = 22.0
    private static let gapHeight = 26.0
    private static let stackGap = 8.0

    init(_ matrix: LayerMatrix) {
        columnCount = matrix.columns.count
        let across = Self.canvas.width - 2 * Self.margin
        let columns = Double(max(1, columnCount))
        pitch = min(270, (across - 236) / columns)
        headWidth = min(420, across - pitch * columns)
        cellWidth = pitch - 52

        let contents: [[Band.Content]] =
            matrix.stacks.indices.map { [.row(.merged($0)), .row(.upper($0))] } + [
                matrix.lowerRows.enumerated().map { index, row in
                    switch row {
                    case .layer(let layer): .row(.lower(layer.number))
                    case .configOnly: .configOnly(index)
                    case .omitted: .omitted(index)
                    }
                }
            ]
        func fixedHeight(_ content: Band.Content) -> Double? {
            switch content {
            case .row: nil
            case .configOnly: Self.tickHeight
            case .omitted: Self.gapHeight
            }
        }
        let all = contents.flatMap(\.self)
        let rowCount = all.count { fixedHeight($0) == nil }
        let fixed = all.compactMap(fixedHeight).reduce(Double(contents.count - 1) * Self.stackGap, +)
        rowHeight = min(104, (Self.rowsTop - Self.rowsBottom - fixed) / Double(max(1, rowCount)))
        cellHeight = rowHeight - 8

        var bands: [Band] = []
        var top = Self.rowsTop
        for group in contents {
            for content in group {
                let height = fixedHeight(content) ?? rowHeight
                // Two points of the canvas show between bands.
                let box = Box(
                    center: Point(x: Self.canvas.width / 2, y: top - height / 2), width: across, height: height - 2)
                bands.append(Band(content: content, box: box))
                top -= height
            }
            top -= Self.stackGap
        }
        self.bands = bands
    }

    func band(of row: MatrixRow) -> Box? {
        bands.first { $0.content == .row(row) }?.box
    }

    /// The cell of `row` in a column; `nil` for a row that is not drawn.
    func cell(_ row: MatrixRow, _ column: Int) -> Box? {
        band(of: row).map { band in
            Box(
                center: Point(x: columnCenter(column), y: band.center.y), width: cellWidth, height: cellHeight)
        }
    }

    func columnCenter(_ column: Int) -> Double {
        Self.margin + headWidth + pitch * Double(column) + cellWidth / 2
    }

    /// The x of the line in the gutter right of a column on which arrows go up.
    func lane(_ column: Int) -> Double { columnCenter(column) + cellWidth / 2 + 28 }

    /// Where a path's name stands, over its column.
    func header(_ column: Int) -> Box {
        Box(center: Point(x: columnCenter(column), y: Self.rowsTop + 22), width: pitch - 8, height: 42)
    }

    /// Where a row's name stands.
    func head(of band: Box) -> Box {
        Box(
            center: Point(x: Self.margin + headWidth / 2, y: band.center.y), width: headWidth - 28,
            height: band.height - 2)
    }

    /// The line of text of this index (0 is the title) above the matrix.
    static func caption(y: Double, height: Double, right: Double = 0) -> Box {
        let width = canvas.width - 2 * margin - right
        return Box(center: Point(x: margin + width / 2, y: y), width: width, height: height)
    }
}
