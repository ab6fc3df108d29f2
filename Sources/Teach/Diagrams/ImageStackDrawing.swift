public import Pictures

extension ImageStack {
    /// The stack as a picture of 16:9, 1280 × 720 points: the base at the bottom, a box for each layer, a thin line for
    /// what made none.
    public func drawing(theme: Theme = .light) -> Drawing {
        var scene = Scene(theme: theme, width: 1280, height: 720)
        let geometry = ImageStackGeometry(self)
        scene.drawHeading(of: self)
        if layers.isEmpty { scene.drawNothing(geometry.nothing) }
        if !layers.isEmpty { scene.drawHeads(geometry) }
        for (index, row) in geometry.rows.enumerated() { scene.draw(row, index, geometry) }
        scene.drawLegend(of: geometry)
        return Drawing(
            engine: .pinned, source: scene.finished, title: title, description: sentences, sentences: scene.sentences)
    }
}

extension Scene {
    fileprivate mutating func drawHeading(of stack: ImageStack) {
        let paint = theme.paint(.canvas)
        text(
            "caption", class: "caption", Box(center: Point(x: 640, y: 688), width: 1232, height: 36),
            lines: [
                Line(
                    text: Typeface.bold.fitting(stack.title, 1220, size: 26), size: 26, weight: .bold,
                    color: paint.ink)
            ], sentence: stack.title.printable)
        text(
            "subtitle", class: "subtitle", Box(center: Point(x: 640, y: 656), width: 1232, height: 26),
            lines: [
                Line(text: Typeface.regular.fitting(stack.subtitle, 1220, size: 18), size: 18, color: paint.muted)
            ])
    }

    fileprivate mutating func drawNothing(_ box: Box) {
        let paint = theme.paint(.cell(.missing))
        self.box(
            "nothing", class: "nothing", box, paint: paint,
            lines: [Line(text: "— no layer: the image holds no file", size: 20, color: paint.ink)],
            sentence: "the image has no layer")
    }

    /// What the columns hold, over the topmost layer.
    fileprivate mutating func drawHeads(_ geometry: ImageStackGeometry) {
        guard let top = geometry.top else { return }
        var heads = [
            ("words", geometry.words(top), "instruction, DiffID, names", Alignment.left),
            ("size", geometry.size(top), "size", .right),
        ]
        if geometry.hasShared { heads.append(("shared", geometry.shared(top), "also in", .left)) }
        for (name, box, words, alignment) in heads {
            text(
                "head_\(name)", class: "head", geometry.head(box),
                lines: [Line(text: words, size: 16, color: theme.paint(.canvas).muted)], alignment: alignment)
        }
    }

    fileprivate mutating func draw(_ row: ImageStack.Row, _ index: Int, _ geometry: ImageStackGeometry) {
        switch row {
        case .layer(let layer): draw(layer, index, geometry)
        case .config(let instructions):
            drawThin(
                index, "config", ImageStack.Row.words(of: instructions),
                "no layer: \(instructions.map(\.historyInstruction).joined(separator: "; "))", geometry)
        case .omitted(let omission): drawThin(index, "omitted", omission.words, omission.words, geometry)
        }
    }

    /// A row that is no layer.
    private mutating func drawThin(
        _ index: Int, _ kind: String, _ words: String, _ sentence: String, _ geometry: ImageStackGeometry
    ) {
        let paint = theme.paint(.gapBand)
        let box = geometry.box(index)
        self.box("row\(index)", class: "row \(kind)", box, paint: paint, sentence: sentence.printable)
        let inner = Box(center: Point(x: box.center.x + 24, y: box.center.y), width: box.width - 84, height: box.height)
        text(
            "\(kind)\(index)", class: kind, inner,
            lines: Typeface.regular.lines(words, inner.width - 8, size: 16, atMost: 1).map {
                Line(text: $0, size: 16, color: paint.muted)
            })
    }

    private mutating func draw(_ layer: ImageStack.Layer, _ index: Int, _ geometry: ImageStackGeometry) {
        var paint = theme.paint(.lowerBand)
        paint.border = theme.paint(.cell(.present)).border
        paint.width = 2
        let box = geometry.box(index)
        self.box(
            "layer\(layer.number)", class: layer.sharedWith.isEmpty ? "layer" : "layer shared", box, paint: paint,
            sentence: layer.sentence)
        if !layer.sharedWith.isEmpty { drawFrame("frame\(layer.number)", within: box, paint: paint) }
        text(
            "number\(layer.number)", class: "number", geometry.number(index),
            lines: [Line(text: "\(layer.number)", size: 26, weight: .bold, color: paint.ink)], alignment: .center)
        drawWords(of: layer, geometry.words(index), atMost: geometry.lines, paint)
        text(
            "size\(layer.number)", class: "size", geometry.size(index),
            lines: [Line(text: ByteCount(layer.size).decimal, size: 19, weight: .bold, color: paint.ink)],
            alignment: .right)
        drawBar(of: layer, geometry.bar(index), largest: geometry.largest)
        guard !layer.sharedWith.isEmpty else { return }
        let shared = geometry.shared(index)
        text(
            "shared\(layer.number)", class: "shared", shared,
            lines: Self.names(layer.sharedWith, shared.width - 8, atMost: geometry.lines + 1).map {
                Line(text: $0, size: 16, color: paint.ink)
            })
    }

    /// A second frame inside the first.
    mutating func drawFrame(_ name: String, within box: Box, paint: Paint) {
        var paint = paint
        paint.width = 1.5
        self.box(
            name, class: "frame", Box(center: box.center, width: box.width - 8, height: box.height - 8), paint: paint)
    }

    /// The instruction, and beneath it what the layer holds.
    private mutating func drawWords(of layer: ImageStack.Layer, _ box: Box, atMost count: Int, _ paint: Paint) {
        let pitch = min(21, (box.height - 1) / 2)
        // Where glyphs are drawn on whole pixels, each of them is a little wider than the font's tables say.
        let lines = Typeface.monoBold.lines(layer.heading, (box.width - 8) / 1.05, size: 17, atMost: count)
        let top = box.center.y + Double(lines.count + 1) * pitch / 2 - 2
        func place(_ first: Int, _ count: Int) -> Box {
            Box(
                center: Point(x: box.center.x, y: top - (Double(first) + Double(count) / 2) * pitch), width: box.width,
                height: Double(count) * pitch)
        }
        text(
            "instruction\(layer.number)", class: "instruction", place(0, lines.count),
            lines: lines.map { Line(text: $0, size: 17, weight: .bold, color: paint.ink) }, isMono: true)
        text(
            "detail\(layer.number)", class: "detail", place(lines.count, 1),
            lines: [
                Line(
                    text: Typeface.regular.fitting(layer.detail, box.width - 8, size: 16), size: 16, color: paint.muted)
            ])
    }

    /// The layer's bytes against those of the largest one; what of them is wasted is dashed, and told beneath.
    private mutating func drawBar(of layer: ImageStack.Layer, _ box: Box, largest: Int64) {
        guard layer.size > 0, largest > 0 else { return }
        let hasWords = layer.waste != nil
        let height = 14.0
        let y = hasWords ? box.center.y + min(13, box.height / 2 - 9) : box.center.y
        let share = box.width / Double(largest)
        // However little of it there is, each part is to be seen.
        let wasted = layer.wasted == 0 ? 0 : max(6, share * Double(layer.wasted))
        let seen = layer.wasted == layer.size ? 0 : max(4, share * Double(layer.size) - wasted)
        var paint = theme.paint(.cell(.present))
        paint.fill = paint.border
        if seen > 0 {
            self.box(
                "seen\(layer.number)", class: "bar",
                Box(center: Point(x: box.left + seen / 2, y: y), width: seen, height: height), paint: paint)
        }
        guard let waste = layer.waste else { return }
        self.box(
            "wasted\(layer.number)", class: "bar wasted",
            Box(center: Point(x: box.left + seen + wasted / 2, y: y), width: wasted, height: height),
            paint: theme.wastedBar(width: wasted), sentence: "\(ByteCount(layer.wasted).exact) wasted")
        text(
            "waste\(layer.number)", class: "waste",
            Box(center: Point(x: box.center.x, y: box.center.y - 9), width: box.width + 8, height: 22),
            lines: [Line(text: waste, size: 16, weight: .bold, color: theme.paint(.lowerBand).ink)])
    }

    /// The names one a line, and how many there are beyond.
    private static func names(_ names: [String], _ width: Double, atMost count: Int) -> [String] {
        let shown = names.prefix(names.count > count ? count - 1 : count).map {
            Typeface.regular.fitting($0, width, size: 16)
        }
        return shown + (names.count > count ? ["… \(names.count - shown.count) more"] : [])
    }
}
