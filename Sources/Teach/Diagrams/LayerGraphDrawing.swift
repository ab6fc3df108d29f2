public import Pictures

extension LayerGraph {
    /// The graph as a picture: layers that always go together in one box, images on their top layer, containers on their
    /// image. A few stand on each other; many stand one above the other, to the right of what they stand on, so that the
    /// picture grows downwards. An arrow points at what a thing stands on.
    public func drawing(theme: Theme = .light) -> Drawing {
        let isWide = leaves > Self.mostBeside
        var graph = RankedGraph(
            theme: theme, title: title, direction: isWide ? "LR" : "BT", rankSeparation: isWide ? 0.7 : 0.4)
        let counts = imagesPerLayer
        var names: [String: String] = [:]
        for (index, segment) in segments.enumerated() {
            let name = "layer_\(index)"
            for layer in segment.layers { names[layer.chainID] = name }
            graph.draw(segment, name)
            if let parent = segment.bottom.parent.flatMap({ names[$0] }) { graph.stands(name, on: parent, "layer") }
        }
        for (index, image) in images.enumerated() {
            graph.draw(image, "image_\(index)")
            if let top = image.top.flatMap({ names[$0] }) { graph.stands("image_\(index)", on: top, "image") }
        }
        for (index, container) in containers.enumerated() {
            graph.draw(container, "container_\(index)")
            if let image = images.firstIndex(where: { $0.id == container.image }) {
                graph.stands("container_\(index)", on: "image_\(image)", "container")
            }
        }
        return Drawing(
            engine: .ranked, source: graph.finished, title: title, description: description(counts),
            sentences: graph.sentences)
    }

    /// More things side by side than this make a picture whose letters nobody can read.
    private static let mostBeside = 4

    private func description(_ counts: [String: Int]) -> String {
        let parts =
            layers.map { $0.sentence(sharedBy: counts[$0.chainID] ?? 0) } + images.map(\.sentence)
            + containers.map(\.sentence)
        return parts.map { $0 + "." }.joined(separator: " ")
    }
}

extension RankedGraph {
    private static let room = 300.0

    /// The arrow points down although ranks grow upwards, so that the lower thing is ranked first.
    fileprivate mutating func stands(_ upper: String, on lower: String, _ classes: String) {
        edge(lower, upper, class: classes, [("dir", .text("back"))])
    }

    /// The topmost layer in the topmost row.
    fileprivate mutating func draw(_ segment: LayerGraph.Segment, _ name: String) {
        let paint = theme.paint(.cell(.present))
        let (lower, omitted, upper) = segment.parts(atMost: Self.mostLayers)
        func rows(_ layers: ArraySlice<LayerGraph.Layer>) -> [[Line]] {
            layers.reversed().map { layer in
                let instruction = layer.createdBy.historyInstruction
                let made = instruction.isEmpty ? "(the history does not tell)" : instruction
                let size = ByteCount(layer.size).decimal
                return [
                    Line(
                        text: Typeface.bold.fitting(made, Self.room, size: 16), size: 16, weight: .bold,
                        color: paint.ink),
                    Line(text: "\(shortDigest(layer.digest)) · \(size)", size: 16, color: paint.ink),
                ]
            }
        }
        var told = rows(upper)
        if !omitted.isEmpty {
            let size = ByteCount(omitted.reduce(0) { $0 + $1.size }).decimal
            told.append([Line(text: "… \(omitted.count) layers · \(size)", size: 16, color: paint.muted)])
        }
        told += rows(lower)
        if segment.images > 1 {
            told.insert(
                [Line(text: "×\(segment.images) images", size: 16, weight: .bold, color: paint.ink)], at: 0)
        }
        node(
            name, class: segment.images > 1 ? "layer shared" : "layer", paint: paint,
            rows: [told.map { Self.row($0) }.joined(separator: "<HR/>")],
            sentence: segment.layers.map { $0.sentence(sharedBy: segment.images) }.joined(separator: "; "))
    }

    /// Of more layers in a box than these the middle is summed up; `teach graph IMAGE` shows all.
    private static let mostLayers = 6

    fileprivate mutating func draw(_ image: LayerGraph.Image, _ name: String) {
        let paint = theme.paint(.node)
        let tick = theme.paint(.gapBand)
        let tags = image.tags.isEmpty ? ["(no tag)"] : image.tags
        let head =
            tags.map { tag in
                Line(
                    text: Typeface.bold.fitting(tag, Self.room, size: 16), size: 16, weight: .bold, color: paint.ink)
            } + [Line(text: "image \(shortDigest(image.id))", size: 16, color: paint.muted)]
        let words = image.configOnly.isEmpty ? [] : [ImageStack.Row.words(of: image.configOnly)]
        let ticks = words.map { words in
            let text = Typeface.regular.lines(words, Self.room, size: 16, atMost: 1)
            return Self.row(text.map { Line(text: $0, size: 16, color: tick.muted) }, fill: tick.fill)
        }
        node(name, class: "image", paint: paint, rows: ticks + [Self.row(head)], sentence: image.sentence)
    }

    fileprivate mutating func draw(_ container: LayerGraph.Container, _ name: String) {
        var paint = theme.paint(.upperBand)
        paint.border = paint.ink
        paint.width = 2
        paint.line = .dashed
        let size = container.size.map { "\(ByteCount($0).decimal) · " } ?? ""
        let lines = [
            Line(
                text: Typeface.bold.fitting("▲ \(container.name)", Self.room, size: 16), size: 16, weight: .bold,
                color: paint.ink),
            Line(text: "\(size)writable layer", size: 16, color: paint.muted),
        ]
        node(name, class: "container", paint: paint, rows: [Self.row(lines)], sentence: container.sentence)
    }
}

extension LayerGraph.Layer {
    fileprivate func sentence(sharedBy count: Int) -> String {
        "layer \(digest.printable) of \(ByteCount(size).exact), made by \(createdBy.historyInstruction.printable)"
            + (count > 1 ? ", shared by \(count) images" : "")
    }
}

extension LayerGraph.Image {
    fileprivate var sentence: String {
        let names = tags.isEmpty ? "without a tag" : tags.joined(separator: ", ").printable
        let told = configOnly.map(\.historyInstruction).joined(separator: ", ")
        let config = configOnly.isEmpty ? "" : "; no layer: \(told.printable)"
        return "image \(names), \(id.printable)\(config)"
    }
}

extension LayerGraph.Container {
    fileprivate var sentence: String {
        let bytes = size.map { " of \(ByteCount($0).exact)" } ?? ""
        return "container \(name.printable) (\(id.printable)) with a writable layer\(bytes)"
    }
}
