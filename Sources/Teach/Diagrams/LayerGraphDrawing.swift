public import Pictures

extension LayerGraph {
    /// The graph as a picture: lowest layers at the bottom, images above their top layer, containers above their
    /// image. An arrow points at what a thing stands on.
    public func drawing(theme: Theme = .light) -> Drawing {
        var graph = RankedGraph(theme: theme, title: title, direction: "BT", rankSeparation: 0.4)
        let names = Dictionary(
            layers.enumerated().map { ($1.chainID, "layer_\($0)") }, uniquingKeysWith: { first, _ in first })
        let counts = imagesPerLayer
        for layer in layers {
            guard let name = names[layer.chainID] else { continue }
            graph.draw(layer, name, sharedBy: counts[layer.chainID] ?? 0)
            if let parent = layer.parent.flatMap({ names[$0] }) { graph.stands(name, on: parent, "layer") }
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

    fileprivate mutating func draw(_ layer: LayerGraph.Layer, _ name: String, sharedBy count: Int) {
        let paint = theme.paint(.cell(.present))
        var lines = [
            Line(
                text: Typeface.bold.fitting(layer.createdBy, Self.room, size: 16), size: 16, weight: .bold,
                color: paint.ink),
            Line(text: "\(shortDigest(layer.digest)) · \(ByteCount(layer.size))", size: 16, color: paint.ink),
        ]
        if count > 1 { lines.append(Line(text: "×\(count) images", size: 16, weight: .bold, color: paint.ink)) }
        node(
            name, class: count > 1 ? "layer shared" : "layer", paint: paint, rows: [Self.row(lines)],
            sentence: layer.sentence(sharedBy: count))
    }

    fileprivate mutating func draw(_ image: LayerGraph.Image, _ name: String) {
        let paint = theme.paint(.node)
        let tick = theme.paint(.gapBand)
        let tags = image.tags.isEmpty ? ["(no tag)"] : image.tags
        let head =
            tags.map { tag in
                Line(
                    text: Typeface.bold.fitting(tag, Self.room, size: 16), size: 16, weight: .bold, color: paint.ink)
            } + [Line(text: "image \(shortDigest(image.id))", size: 16, color: paint.muted)]
        // A thin row each: they changed the config and made no layer.
        let ticks = image.configOnly.map { instruction in
            let words = Typeface.regular.fitting("┄ 0 B · config  \(instruction)", Self.room, size: 16)
            return Self.row([Line(text: words, size: 16, color: tick.muted)], fill: tick.fill)
        }
        node(name, class: "image", paint: paint, rows: ticks.reversed() + [Self.row(head)], sentence: image.sentence)
    }

    fileprivate mutating func draw(_ container: LayerGraph.Container, _ name: String) {
        var paint = theme.paint(.upperBand)
        paint.border = paint.ink
        paint.width = 2
        paint.line = .dashed
        let size = container.size.map { "\(ByteCount($0)) · " } ?? ""
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
        "layer \(digest.printable) of \(ByteCount(size).exact), made by \(createdBy.printable)"
            + (count > 1 ? ", shared by \(count) images" : "")
    }
}

extension LayerGraph.Image {
    fileprivate var sentence: String {
        let names = tags.isEmpty ? "without a tag" : tags.joined(separator: ", ").printable
        let config = configOnly.isEmpty ? "" : "; config only: \(configOnly.joined(separator: ", ").printable)"
        return "image \(names), \(id.printable)\(config)"
    }
}

extension LayerGraph.Container {
    fileprivate var sentence: String {
        let bytes = size.map { " of \(ByteCount($0).exact)" } ?? ""
        return "container \(name.printable) (\(id.printable)) with a writable layer\(bytes)"
    }
}
