internal import LayerContents
internal import LayerModel
internal import Pictures
public import Terminal

extension ImageBrowser {
    /// The screen as lines, `height` of them, none wider than `width`.
    public mutating func screen(width: Int, height: Int, style: Style) -> [String] {
        if case .text(let title, let lines, let top) = page {
            let shown = lines.dropFirst(top).prefix(max(0, height - 2)).map { $0.printable.cut(to: width) }
            let rest = max(0, lines.count - top - (height - 2))
            return Self.page(
                style.apply(.bold, to: title.printable.shortened(to: width)), Array(shown),
                "↑ ↓ move · q back" + (rest > 0 ? " · \(rest) more lines" : ""), width, height, style)
        }
        let room = max(1, height - 6)
        topLine = min(max(topLine, line - room + 1), line)
        let left = min(max(30, width * 2 / 5), 60)
        let right = max(10, width - left - 3)
        let layers = layerColumn(left, room, style)
        let files = fileColumn(right, room, style)
        var rows: [String] = []
        for row in 0..<room {
            let one = row < layers.count ? layers[row] : String(repeating: " ", count: left)
            rows.append(one + " │ " + (row < files.count ? files[row] : ""))
        }
        let efficiency = report.efficiency
        let title =
            "\(report.name.printable)  \(shortDigest(report.id))  efficiency \(Percentage(efficiency.score)), "
            + "\(ByteCount(efficiency.hiddenBytes)) of \(ByteCount(efficiency.storedBytes)) stored and never seen"
        return Self.page(
            style.apply(.bold, to: title.cut(to: width)), rows,
            "Tab column · Enter open · s story · h hidden · ? keys · q end",
            width, height, style, above: details(width))
    }

    private static func page(
        _ title: String, _ rows: [String], _ keys: String, _ width: Int, _ height: Int, _ style: Style,
        above: [String] = []
    ) -> [String] {
        var lines = [title] + rows
        let end = above + [style.apply(.inverse, to: keys.cut(to: width).padded(to: width))]
        while lines.count < height - end.count { lines.append("") }
        return Array(lines.prefix(max(0, height - end.count)) + end)
    }

    /// What made the selected layer, and what became of the selected name.
    private func details(_ width: Int) -> [String] {
        guard report.layers.indices.contains(layer) else { return ["", "", ""] }
        let made = report.layers[layer].createdBy.printable
        var story = ""
        if let path = selectedPath, let told = report.contents.story(of: path) {
            story = told.chapters.map { "layer \($0.layer + 1) \($0.event.words)" }.joined(separator: "; ")
        }
        let rule = String(repeating: "─", count: width)
        return [
            rule, "by \(made)".cut(to: width),
            (selectedPath.map { "\($0.description.printable): \(story)" } ?? "").cut(to: width),
        ]
    }

    private func layerColumn(_ width: Int, _ room: Int, _ style: Style) -> [String] {
        let order = Array(report.layers.indices.reversed())
        let selected = order.firstIndex(of: layer) ?? 0
        let top = max(0, min(selected - room / 2, order.count - room))
        return order.dropFirst(top).prefix(room).map { index in
            let layer = report.layers[index]
            let stored = "\(ByteCount(layer.account.storedBytes))".padded(to: 7, .right)
            let hidden = layer.account.hiddenBytes == 0 ? "" : " (−\(ByteCount(layer.account.hiddenBytes)))"
            let text = "\(String(layer.number).padded(to: 3, .right)) \(stored)\(hidden)  \(layer.createdBy.printable)"
                .cut(to: width).padded(to: width)
            if index != self.layer { return text }
            return column == .layers ? style.apply(.inverse, to: text) : style.apply(.bold, to: text)
        }
    }

    private func fileColumn(_ width: Int, _ room: Int, _ style: Style) -> [String] {
        if lines.isEmpty { return ["nothing: the layer is empty"] }
        return lines.indices.dropFirst(topLine).prefix(room).map { index in
            let place = lines[index]
            let line = LayerLine(place, in: layer, of: report.contents)
            let fold = line.isDirectory ? (isFolded(place.entry) ? "▸ " : "▾ ") : "  "
            let name = String(repeating: "  ", count: place.depth) + fold + line.name
            let remark = line.remark.isEmpty ? "" : "  \(line.remark)"
            let text =
                "\(line.mark.padded(to: 1)) \(line.mode.padded(to: 5)) \(line.size.padded(to: 7, .right)) \(name)\(remark)"
                .cut(to: width)
            if index == self.line, column == .files { return style.apply(.inverse, to: text.padded(to: width)) }
            return line.remark.hasPrefix("hidden") ? style.apply(.dim, to: text) : text
        }
    }
}

extension String {
    /// The longest beginning that takes `width` columns at most.
    fileprivate func cut(to width: Int) -> String { shortenedAtEnd { $0.displayWidth <= width } }
}
