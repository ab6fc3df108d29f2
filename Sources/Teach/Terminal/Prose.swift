import Pictures

/// A block of a lesson's prose; its text still has Markdown's inline marks.
public enum ProseBlock: Hashable, Sendable {
    case paragraph(String)
    /// A heading of this level, from 1.
    case heading(Int, String)
    /// Items of blocks; `start` is the first number, `nil` for bullets.
    case list([[ProseBlock]], start: Int? = nil)
    /// Lines that are shown as they are.
    case code(String)
    case quote([ProseBlock])
    /// Rows of cells; the first is the head.
    case table([[String]])
}

extension [ProseBlock] {
    /// The blocks for a terminal, wrapped to `width` columns, with an empty line between two of them.
    public func text(width: Int = 80, style: Style = .plain) -> String {
        lines(width: width, style: style).map { $0 + "\n" }.joined()
    }

    fileprivate func lines(width: Int, style: Style) -> [String] {
        var lines: [String] = []
        for block in self {
            if !lines.isEmpty { lines.append("") }
            lines += block.lines(width: Swift.max(width, 20), style: style)
        }
        return lines
    }
}

extension ProseBlock {
    fileprivate func lines(width: Int, style: Style) -> [String] {
        switch self {
        case .paragraph(let text):
            return wrap(inlineSpans(text), to: width, style)
        case .heading(let level, let text):
            let words = inlineSpans(text).map(\.text).joined().printable
            let lines = Terminal.wrap(words, to: width)
            guard !style.isOn else {
                return lines.map { level == 1 ? style.apply(.bold, .underlined, to: $0) : style.apply(.bold, to: $0) }
            }
            let rule = String(repeating: level == 1 ? "=" : "-", count: lines.map(\.displayWidth).max() ?? 0)
            return lines + [rule]
        case .list(let items, let start):
            return items.enumerated().flatMap { index, blocks -> [String] in
                let mark = start.map { "\($0 + index). " } ?? "• "
                let indent = String(repeating: " ", count: mark.displayWidth)
                let lines = blocks.lines(width: width - mark.displayWidth, style: style)
                return lines.enumerated().map { $0 == 0 ? mark + $1 : $1.isEmpty ? "" : indent + $1 }
            }
        case .code(let text):
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            if lines.last == "" { lines.removeLast() }
            return lines.map { "    " + style.apply(.cyan, to: String($0).printable) }
        case .table(let rows):
            let texts = rows.map { $0.map { inlineSpans($0).map(\.text).joined() } }
            var table = Table((texts.first ?? []).map { Table.Column($0) })
            for row in texts.dropFirst() { table.add(row) }
            let lines = table.text().split(separator: "\n").map(String.init)
            guard lines.contains(where: { $0.displayWidth > width }) else {
                return table.text(style: style).split(separator: "\n").map(String.init)
            }
            // Too wide: nothing is cut, and each row becomes an item with the heads as words.
            let heads = rows.first ?? []
            let items = rows.dropFirst().map { row in
                let cells = zip(heads, row).dropFirst().filter { !$1.isEmpty }
                    .map { $0.isEmpty ? $1 : "\($0): \($1)" }
                return ([row.first ?? ""] + (cells.isEmpty ? [] : [cells.joined(separator: "; ")])).joined(
                    separator: " — ")
            }
            return ProseBlock.list(items.map { [.paragraph($0)] }).lines(width: width, style: style)
        case .quote(let blocks):
            return blocks.lines(width: width - 2, style: style).map { style.apply(.dim, to: "│") + " " + $0 }
        }
    }

    /// Words in their renditions, broken at spaces. Code keeps its back quotes where there is no colour.
    private func wrap(_ spans: [InlineSpan], to width: Int, _ style: Style) -> [String] {
        // Pieces between two spaces: one word may change its rendition in the middle, as in `cp`s.
        var words: [[InlineSpan]] = [[]]
        for span in spans {
            let text = span.kind == .code && !style.isOn ? "`\(span.text)`" : span.text
            let parts = text.split(omittingEmptySubsequences: false) { $0 == " " || $0.isNewline }
            for (index, part) in parts.enumerated() {
                if index > 0 { words.append([]) }
                if !part.isEmpty { words[words.count - 1].append(InlineSpan(kind: span.kind, text: String(part))) }
            }
        }
        var lines: [String] = []
        var column = 0
        for word in words where !word.isEmpty {
            let wordWidth = word.reduce(0) { $0 + $1.text.printable.displayWidth }
            let text = word.map { style.apply($0.kind.renditions, to: $0.text.printable) }.joined()
            if lines.isEmpty || column + 1 + wordWidth > width {
                lines.append(text)
                column = wordWidth
            } else {
                lines[lines.count - 1] += " " + text
                column += 1 + wordWidth
            }
        }
        return lines
    }
}

extension InlineSpan.Kind {
    fileprivate var renditions: [Style.Rendition] {
        switch self {
        case .plain: []
        case .emphasis: [.italic]
        case .strong: [.bold]
        case .code: [.cyan]
        }
    }
}
