internal import LayerContents
internal import LayerModel
internal import Pictures
public import Terminal

extension ImageBrowser {
    /// The screen as lines, `height` of them, none wider than `width`.
    public mutating func screen(width: Int, height: Int, style: Style) -> [String] {
        if case .text(let title, _, let top) = page {
            let room = max(1, height - 2)
            let lines = textLines(width: width)
            let rest = max(0, lines.count - top - room)
            return Self.page(
                style.apply(.bold, to: title.printable.shortened(to: width)),
                Array(lines.dropFirst(top).prefix(room)),
                rest > 0
                    ? ["↑ ↓ move · q back · \(rest) more lines", "↑ ↓ · q back · \(rest) more", "q back"]
                    : ["↑ ↓ move · q back", "q back"],
                width, height, style)
        }
        let details = details(width, height)
        let room = max(1, height - 2 - details.count)
        topLine = min(max(topLine, line - room + 1), line)
        return Self.page(
            style.apply(.bold, to: title(width)), rows(width, room, style),
            [
                "Tab column · Enter open · s story · h hidden · ? keys · q end",
                "Tab column · Enter open · ? keys · q end",
                "Tab · Enter · ? keys · q end", "? keys · q end",
            ],
            width, height, style, above: details)
    }

    /// The columns side by side, or the one with the selection where a name would have no room in the other.
    private func rows(_ width: Int, _ room: Int, _ style: Style) -> [String] {
        guard Self.hasBothColumns(width) else {
            return column == .layers ? layerColumn(width, room, style) : fileColumn(width, room, style)
        }
        let left = min(max(30, width * 2 / 5), 60)
        let layers = layerColumn(left, room, style)
        let files = fileColumn(width - left - 3, room, style)
        return (0..<room).map { row in
            let one = row < layers.count ? layers[row] : String(repeating: " ", count: left)
            return one + " │ " + (row < files.count ? files[row] : "")
        }
    }

    private static func hasBothColumns(_ width: Int) -> Bool { width >= 72 }

    /// What the terminal has room for: the image, and how much of it is seen; of a column that stands alone also which.
    private func title(_ width: Int) -> String {
        let name = report.name.printable
        let score = "efficiency \(Percentage(report.efficiency.score))"
        let hidden = ByteCount(report.efficiency.hiddenBytes).decimal
        let share = "\(hidden) of \(ByteCount(report.efficiency.storedBytes).decimal) stored and never seen"
        if !Self.hasBothColumns(width), column == .files, !report.layers.isEmpty {
            return ["\(name)  files of layer \(layer + 1) of \(report.layers.count)", "\(name)  layer \(layer + 1)"]
                .fitting(width)
        }
        return [
            "\(name)  \(shortDigest(report.id))  \(score), \(share)", "\(name)  \(score), \(share)",
            "\(name)  \(score), \(hidden) hidden", "\(name)  \(score)",
        ].fitting(width)
    }

    private static func page(
        _ title: String, _ rows: [String], _ keys: [String], _ width: Int, _ height: Int, _ style: Style,
        above: [String] = []
    ) -> [String] {
        var lines = [title] + rows
        let end = above + [style.apply(.inverse, to: keys.fitting(width).padded(to: width))]
        while lines.count < height - end.count { lines.append("") }
        return Array(lines.prefix(max(0, height - end.count)) + end.suffix(max(0, height)))
    }

    /// What made the selected layer, and what became of the selected name; on a low screen of what is selected alone.
    private func details(_ width: Int, _ height: Int) -> [String] {
        if height < 7 { return [] }
        let made = report.layers.indices.contains(layer) ? report.layers[layer].createdBy.historyInstruction : ""
        var story = ""
        if let path = selectedPath, let told = report.contents.story(of: path) {
            func line(_ words: (PathStory.Event) -> String) -> String {
                let chapters = told.chapters.map { chapter in
                    "layer \(chapter.layer + 1) \(String(words(chapter.event).drop { $0 == " " }))"
                }
                return "\(path): \(chapters.joined(separator: "; "))".printable
            }
            story = [line(\.words), line(\.briefWords), line { "\($0.words.prefix(1))" }].fitting(width)
        }
        let bytes = report.layers.indices.contains(layer) ? report.layers[layer].account.hiddenBytes : 0
        let hidden = bytes == 0 ? "" : "\(ByteCount(bytes).decimal) hidden · "
        let by = "\(hidden)by \(made)".printable.cut(to: width)
        if height < 14 { return [column == .layers ? by : story] }
        return [String(repeating: "─", count: width), by, story]
    }

    /// What a layer's number and size take, with the gaps, and what its instruction is to have at the least.
    private static let (numbersWidth, leastInstruction) = (13, 18)

    private func layerColumn(_ width: Int, _ room: Int, _ style: Style) -> [String] {
        let order = Array(report.layers.indices.reversed())
        let selected = order.firstIndex(of: layer) ?? 0
        let top = max(0, min(selected - room / 2, order.count - room))
        let hidden = report.layers.map {
            $0.account.hiddenBytes == 0 ? "" : " (−\(ByteCount($0.account.hiddenBytes).decimal))"
        }
        // The instructions stand in a column; what is hidden goes, for the line beneath to tell, where it would take their
        // room.
        let widest = hidden.map(\.displayWidth).max() ?? 0
        let hiddenWidth = width - Self.numbersWidth - widest >= Self.leastInstruction ? widest : 0
        return order.dropFirst(top).prefix(room).map { index in
            let layer = report.layers[index]
            let stored = ByteCount(layer.account.storedBytes).decimal.padded(to: 7, .right)
            let made = layer.createdBy.historyInstruction.printable
            let aside = hiddenWidth == 0 ? "" : hidden[index].padded(to: hiddenWidth)
            let text = "\(String(layer.number).padded(to: 3, .right)) \(stored)\(aside)  \(made)"
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
            let text = line.text(fold: fold, width: width)
            if index == self.line, column == .files { return style.apply(.inverse, to: text.padded(to: width)) }
            return line.remark.hasPrefix("hidden") ? style.apply(.dim, to: text) : text
        }
    }
}

extension LayerLine {
    /// The line in `width` columns. The name comes first: mode and size go where it would have no room, deep directories
    /// are indented less, and a long name loses its middle.
    fileprivate func text(fold: String, width: Int) -> String {
        var head = mark.padded(to: 2) + " "
        let wide = [mode.padded(to: 5), size.padded(to: 7, .right)]
        for part in width >= 46 ? wide : width >= 30 ? [wide[1]] : [] { head += part + " " }
        let room = width - head.displayWidth
        let indent = min(2 * depth, max(0, (room - fold.displayWidth) / 3))
        head += String(repeating: " ", count: indent) + fold
        let shown = name.shortened(to: max(1, width - head.displayWidth))
        return (head + shown + (remark.isEmpty ? "" : "  \(remark)")).cut(to: width)
    }
}

extension [String] {
    /// The first that takes `width` columns at most; else the beginning of the last.
    fileprivate func fitting(_ width: Int) -> String {
        first { $0.displayWidth <= width } ?? (last ?? "").cut(to: width)
    }
}

extension String {
    /// The longest beginning that takes `width` columns at most.
    func cut(to width: Int) -> String { width <= 0 ? "" : shortenedAtEnd { $0.displayWidth <= width } }
}
