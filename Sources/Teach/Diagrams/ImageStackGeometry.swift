import Pictures

/// Where things stand, and what there is room for.
struct ImageStackGeometry {
    static let left = 24.0
    static let right = 1256.0
    private static let top = 596.0
    private static let bottom = 56.0
    private static let gap = 5.0
    private static let thin = 27.0
    private static let lowest = 50.0
    private static let highest = 104.0

    /// From the base up.
    let rows: [ImageStack.Row]
    let largest: Int64
    private let layerHeight: Double
    private let centers: [Double]
    private let sharedWidth: Double

    init(_ stack: ImageStack) {
        let room = Self.top - Self.bottom
        rows = stack.rows(within: room, layer: Self.lowest, thin: Self.thin)
        largest = stack.layers.map(\.size).max() ?? 0
        sharedWidth = stack.layers.contains { !$0.sharedWith.isEmpty } ? 236 : 0
        let boxes = rows.count(where: \.isLayer)
        let others = Double(rows.count - boxes) * Self.thin
        layerHeight = boxes == 0 ? 0 : min(Self.highest, (room - others) / Double(boxes))
        var y = Self.bottom + (room - others - Double(boxes) * layerHeight) / 2
        var centers: [Double] = []
        for row in rows {
            let height = row.isLayer ? layerHeight : Self.thin
            centers.append(y + height / 2)
            y += height
        }
        self.centers = centers
    }

    /// The top of the highest row.
    private var crown: Double { (rows.indices.last.map { box($0).top }) ?? Self.bottom }

    /// In the place of the stack where there is none.
    var nothing: Box { Box(center: Point(x: 640, y: (crown + 626) / 2), width: 640, height: 84) }

    func box(_ row: Int) -> Box {
        let height = rows[row].isLayer ? layerHeight : Self.thin
        return Box(
            center: Point(x: (Self.left + Self.right) / 2, y: centers[row]), width: Self.right - Self.left,
            height: height - Self.gap)
    }

    /// How many lines an instruction has.
    var lines: Int { layerHeight >= 78 ? 2 : 1 }

    func number(_ row: Int) -> Box { column(row, from: Self.left + 8, to: Self.left + 62) }
    func words(_ row: Int) -> Box { column(row, from: Self.left + 68, to: sizeLeft - 10) }
    func size(_ row: Int) -> Box { column(row, from: sizeLeft, to: sizeLeft + 92) }
    func bar(_ row: Int) -> Box { column(row, from: sizeLeft + 104, to: sizeLeft + 104 + 176) }
    func shared(_ row: Int) -> Box { column(row, from: Self.right - sharedWidth + 8, to: Self.right - 12) }
    func head(_ box: Box) -> Box {
        Box(center: Point(x: box.center.x, y: crown + 16), width: box.width, height: 22)
    }

    private var sizeLeft: Double { Self.right - sharedWidth - 292 }

    private func column(_ row: Int, from left: Double, to right: Double) -> Box {
        let box = box(row)
        return Box(center: Point(x: (left + right) / 2, y: box.center.y), width: right - left, height: box.height - 8)
    }

    var hasShared: Bool { sharedWidth > 0 }
    var top: Int? { rows.lastIndex(where: \.isLayer) }
}

extension ImageStack.Row {
    var isLayer: Bool { if case .layer = self { true } else { false } }

    var layer: ImageStack.Layer? { if case .layer(let layer) = self { layer } else { nil } }
}
