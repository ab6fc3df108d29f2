import LayerModel
import Pictures

extension Scene {
    /// The copy-ups of the frame, each from its source's right side up the gutter to the copy's right side.
    mutating func drawCopyArrows(_ cells: MatrixCells, _ matrix: LayerMatrix, _ geometry: MatrixGeometry) {
        for (index, arrow) in cells.copyArrows.enumerated() {
            guard let route = CopyRoute(arrow, cells, matrix, geometry) else { continue }
            // The gutter is narrow: where the label does not fit into it, the number stands over the unit.
            let isShort = Typeface.bold.width(arrow.label, size: 16) <= 44
            let label = isShort ? [arrow.label] : arrow.label.split(separator: " ").prefix(2).map(String.init)
            self.arrow(
                "copy_up_\(index)", class: arrow.isPredicted ? "copy-up predicted" : "copy-up", from: route.tail,
                to: route.head, along: route.corners, color: theme.arrow, width: 4, isDashed: arrow.isPredicted,
                label: (label, route.label))
        }
    }
}

/// The way of a copy-up's arrow through the gutters.
struct CopyRoute {
    var tail: String
    var head: String
    var corners: [Point]
    var label: Point

    /// `nil` where an end is not in the picture.
    init?(_ arrow: CopyArrow, _ cells: MatrixCells, _ matrix: LayerMatrix, _ geometry: MatrixGeometry) {
        guard let toColumn = matrix.columns.firstIndex(of: arrow.toPath),
            let fromColumn = matrix.columns.firstIndex(of: arrow.fromPath),
            let to = geometry.cell(.upper(arrow.toStack), toColumn),
            let from = geometry.cell(.lower(arrow.fromLayer), fromColumn)
        else { return nil }
        tail = "l\(arrow.fromLayer)_c\(fromColumn)"
        head = "s\(arrow.toStack)_upper_c\(toColumn)"
        let isRefuted = cells[.upper(arrow.toStack), toColumn]?.faces.count == 2
        // The halves of a refuted cell stand out on both sides; the border has a width of its own.
        let end = Point(x: to.right + (isRefuted ? 11 : 2), y: to.center.y)
        let start = Point(x: from.right + 2, y: from.center.y)
        let lane = geometry.lane(fromColumn)
        if fromColumn == toColumn {
            corners = [start, Point(x: lane, y: start.y), Point(x: lane, y: end.y), end]
            label = Point(x: lane, y: (start.y + end.y) / 2)
        } else {
            // Across in the gap beneath the writable layer's cells, where no cell is in the way.
            let crossing = to.bottom - 4
            let last = geometry.lane(toColumn)
            corners = [
                start, Point(x: lane, y: start.y), Point(x: lane, y: crossing), Point(x: last, y: crossing),
                Point(x: last, y: end.y), end,
            ]
            label = Point(x: lane, y: (start.y + crossing) / 2)
        }
    }
}
