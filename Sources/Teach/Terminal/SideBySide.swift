import Pictures

/// Things side by side in a terminal of any width: rows of a head and a cell for each thing.
///
/// A piece of a cell is never cut, for it holds a number. Where the width does not hold the columns beside the heads, a
/// head stands on lines of its own above its cells; where it does not hold the columns, they are told in brief; and where
/// it does not hold those either, each cell has a line.
struct SideBySide {
    /// What stands in one cell, as pieces of which each keeps its length.
    struct Cell {
        var full: [String]
        /// The same in fewer columns: the least important words are left out.
        var brief: [String]
        /// Of the first piece.
        var renditions: [Style.Rendition] = []
    }

    struct Row {
        /// A number that stands before the head; empty for none.
        var number = ""
        var head: String
        /// What is said of the head, in smaller words.
        var note = ""
        var cells: [Cell]
    }

    /// What stands over the columns.
    var titles: [String]
    var rows: [Row]

    /// The lines, and whether cells were told in brief.
    func lines(width: Int, style: Style) -> (lines: [String], areBrief: Bool) {
        let margin = rows.map(\.number.displayWidth).max() ?? 0
        let indent = margin > 0 ? margin + Self.gap : 0
        let full = widths(\.full)
        let brief = widths(\.brief)
        let across = full.reduce(0) { $0 + $1 + Self.gap }
        let heads = rows.flatMap { [$0.head.printable, $0.note.printable] }.map(\.displayWidth).max() ?? 0
        let headWidth = min(heads, width - indent - across)
        if headWidth >= min(heads, Self.narrowestHead) {
            return (beside(full, indent: indent, head: headWidth, style), false)
        }
        if across <= width { return (beneath(full, \.full, indent: indent, width: width, style), false) }
        if brief.reduce(0, { $0 + $1 + Self.gap }) <= width {
            return (beneath(brief, \.brief, indent: indent, width: width, style), true)
        }
        return (listed(indent: indent, width: width, style), false)
    }

    private static let gap = 2
    /// A head that is narrower is broken into too many lines to be read at a glance.
    private static let narrowestHead = 24

    private func widths(_ pieces: (Cell) -> [String]) -> [Int] {
        titles.indices.map { column in
            rows.flatMap { column < $0.cells.count ? pieces($0.cells[column]) : [] }.map(\.displayWidth)
                .reduce(titles[column].displayWidth, max)
        }
    }

    private func beside(_ widths: [Int], indent: Int, head: Int, _ style: Style) -> [String] {
        let blank = String(repeating: " ", count: indent + head)
        var lines = [blank + line(titles.map { ($0, [.bold]) }, widths, style)]
        for row in rows {
            let words =
                wrap(row.head.printable, to: head).map { ($0, [Style.Rendition]()) }
                + (row.note.isEmpty ? [] : wrap(row.note.printable, to: head).map { ($0, [.dim]) })
            let cells = line(of: row, \.full)
            for index in 0..<max(words.count, cells.count) {
                let number = index == 0 ? row.number : ""
                let before =
                    indent > 0
                    ? number.padded(to: indent - Self.gap, .right) + String(repeating: " ", count: Self.gap) : ""
                let (text, renditions) = index < words.count ? words[index] : ("", [])
                // A word that is longer than the column keeps its length; its cells then begin on the next line.
                let padding = String(repeating: " ", count: max(0, head - text.displayWidth))
                let rest = index < cells.count ? line(cells[index], widths, style) : ""
                if text.displayWidth > head {
                    lines.append(before + style.apply(renditions, to: text))
                    if !rest.isEmpty { lines.append(blank + rest) }
                } else {
                    lines.append(before + style.apply(renditions, to: text) + padding + rest)
                }
            }
        }
        return lines.map(\.withoutTrailingSpaces)
    }

    private func beneath(
        _ widths: [Int], _ pieces: (Cell) -> [String], indent: Int, width: Int, _ style: Style
    ) -> [String] {
        // The cells keep the heads' indent where there is room for it.
        let across = widths.reduce(0) { $0 + $1 + Self.gap }
        let blank = String(repeating: " ", count: max(0, min(indent, width - across)))
        var lines = [blank + line(titles.map { ($0, [.bold]) }, widths, style)]
        for row in rows {
            lines += headLines(row, indent: indent, width: width, style)
            lines += line(of: row, pieces).map { blank + line($0, widths, style) }
        }
        return lines.map(\.withoutTrailingSpaces)
    }

    private func listed(indent: Int, width: Int, _ style: Style) -> [String] {
        let names = titles.map(\.displayWidth).max() ?? 0
        return rows.flatMap { row in
            headLines(row, indent: indent, width: width, style)
                + zip(titles, row.cells).flatMap { title, cell in
                    let room = max(1, width - names - 2 * Self.gap)
                    let pieces = cell.full.map { String($0.drop { $0 == " " }) }
                    return wrap(pieces, separator: ", ", to: room).enumerated().map { index, text in
                        "  \((index == 0 ? title : "").padded(to: names))  \(style.apply(cell.renditions, to: text))"
                    }
                }
        }
    }

    private func headLines(_ row: Row, indent: Int, width: Int, _ style: Style) -> [String] {
        let words = wrap(row.head.printable, to: max(1, width - indent))
        let blank = String(repeating: " ", count: indent)
        var lines = words.enumerated().map { index, text in
            let before =
                index == 0 && indent > 0
                ? row.number.padded(to: indent - Self.gap, .right) + String(repeating: " ", count: Self.gap) : blank
            return before + style.apply(.bold, to: text)
        }
        if !row.note.isEmpty {
            lines += wrap(row.note.printable, to: max(1, width - indent)).map { blank + style.apply(.dim, to: $0) }
        }
        return lines
    }

    /// A row's cells line by line: as many lines as the tallest has pieces.
    private func line(
        of row: Row, _ pieces: (Cell) -> [String]
    ) -> [[(text: String, renditions: [Style.Rendition])]] {
        let height = row.cells.map { pieces($0).count }.max() ?? 0
        return (0..<height).map { index in
            row.cells.map { cell in
                let pieces = pieces(cell)
                return index < pieces.count ? (pieces[index], index == 0 ? cell.renditions : []) : ("", [])
            }
        }
    }

    private func line(
        _ cells: [(text: String, renditions: [Style.Rendition])], _ widths: [Int], _ style: Style
    ) -> String {
        zip(cells, widths).map { cell, width in
            String(repeating: " ", count: Self.gap) + style.apply(cell.renditions, to: cell.text)
                + String(repeating: " ", count: max(0, width - cell.text.displayWidth))
        }.joined()
    }
}
