public import Pictures

extension BlockMap {
    /// The map as a picture of 16:9, 1280 × 720 points: a bar for each driver, as long as the file.
    public func drawing(theme: Theme = .light) -> Drawing {
        var scene = Scene(theme: theme, width: 1280, height: 720)
        scene.draw(self)
        return Drawing(
            engine: .pinned, source: scene.finished, title: title, description: sentences, sentences: scene.sentences)
    }

    /// Where the bars lie.
    fileprivate static let bar = (left: 270.0, width: 986.0)
    /// Blocks that are narrower than this have no line between them.
    fileprivate static let narrowest = 7.0

    fileprivate func x(_ offset: Int64) -> Double {
        Self.bar.left + Self.bar.width * Double(offset) / Double(max(size, 1))
    }
}

extension Scene {
    fileprivate mutating func draw(_ map: BlockMap) {
        let ink = theme.paint(.canvas)
        text(
            "caption", class: "caption", Box(center: Point(x: 640, y: 672), width: 1232, height: 80),
            lines: [
                Line(
                    text: Typeface.bold.fitting(map.title, 1220, size: 26), size: 26, weight: .bold, color: ink.ink),
                Line(
                    text: Typeface.regular.fitting(map.subtitle, 1220, size: 18), size: 18, color: ink.muted),
            ], sentence: map.title)
        let height = min(124, 540 / Double(max(map.rows.count, 1)))
        for (number, row) in map.rows.enumerated() {
            draw(row, of: map, number, y: 606 - (Double(number) + 0.5) * height, height: height)
        }
        for (index, isExclusive) in [false, true].enumerated() {
            let paint = paint(isExclusive: isExclusive)
            let left = 30 + Double(index) * 520
            box(
                "legend\(index)", class: "legend", Box(center: Point(x: left + 18, y: 28), width: 36, height: 28),
                paint: paint, lines: [mark(isExclusive: isExclusive, paint)])
            text(
                "meaning\(index)", class: "legend", Box(center: Point(x: left + 270, y: 28), width: 452, height: 30),
                lines: [
                    Line(
                        text: isExclusive ? "exclusive: the container's own" : "shared with the image", size: 18,
                        color: ink.ink)
                ])
        }
    }

    private func paint(isExclusive: Bool) -> Paint { theme.paint(.cell(isExclusive ? .copiedUp : .present)) }

    private func mark(isExclusive: Bool, _ paint: Paint) -> Line {
        Line(text: isExclusive ? "M" : "=", size: 18, weight: .bold, color: paint.ink)
    }

    private mutating func draw(_ row: BlockMap.Row, of map: BlockMap, _ number: Int, y: Double, height: Double) {
        let ink = theme.paint(.canvas)
        text(
            "row\(number)", class: "row", Box(center: Point(x: 146, y: y), width: 236, height: height - 8),
            lines: [
                Line(text: row.driver, size: 20, weight: .bold, color: ink.ink),
                Line(text: Typeface.regular.fitting(row.unit, 230, size: 16), size: 16, color: ink.muted),
                Line(
                    text: "\(ByteCount(row.exclusive)) own", size: 16, weight: .bold, color: ink.ink),
            ], sentence: "\(row.driver): \(ByteCount(row.exclusive)) exclusive, \(ByteCount(row.shared)) shared")
        let width = BlockMap.bar.width * Double(row.granularity) / Double(max(map.size, 1))
        // The container's own last, so that one narrow block is not covered by its neighbours.
        let runs = row.runs.filter { !$0.isExclusive } + row.runs.filter(\.isExclusive)
        for (index, run) in runs.enumerated() {
            let paint = paint(isExclusive: run.isExclusive)
            // Block by block where one can be seen, and else as one run, which is as wide as can be seen.
            let step = width >= BlockMap.narrowest ? row.granularity : Int64(run.range.count)
            var offset = run.range.lowerBound
            var block = 0
            while offset < run.range.upperBound {
                let end = min(offset + step, run.range.upperBound, map.size)
                let (left, right) = (map.x(offset), max(map.x(end), map.x(offset) + (run.isExclusive ? 14 : 4)))
                let lines = right - left > 26 ? [mark(isExclusive: run.isExclusive, paint)] : []
                box(
                    "b\(number)_\(index)_\(block)", class: run.isExclusive ? "block exclusive" : "block shared",
                    Box(center: Point(x: (left + right) / 2, y: y), width: right - left, height: height - 34),
                    paint: paint, lines: lines,
                    sentence: "\(row.driver): bytes \(offset) to \(end), "
                        + (run.isExclusive ? "the container's own" : "shared with the image"))
                block += 1
                offset = offset + step
            }
        }
    }
}
