import LayerModel
import Pictures

/// The matrix as a grid of text: paths across, layers down.
struct MatrixGrid {
    private let writer: MatrixWriter
    private let headWidth: Int
    private let columnWidths: [Int]

    private static let gap = 2

    /// `nil` where the width does not hold it.
    init?(_ writer: MatrixWriter) {
        let matrix = writer.matrix
        self.writer = writer
        let heads = matrix.rows.map { writer.head($0).displayWidth }.max() ?? 0
        // A path and a row's name are shortened before what the cells say.
        let texts = matrix.columns.map { path in
            matrix.rows.flatMap { matrix.cell($0, path)?.cellTexts(of: matrix.moment) ?? [] }
        }
        let needed = texts.map { $0.flatMap { [$0.headline] + $0.details }.map(\.displayWidth).max() ?? 0 }
        // In the last resort the smaller lines lose their middles; never the main one.
        let scarce = texts.map { max($0.map(\.headline.displayWidth).max() ?? 0, 10) }
        let wanted = zip(matrix.columns, needed).map { max($1, $0.description.printable.displayWidth) }
        let gaps = Self.gap * needed.count
        func fits(_ head: Int, _ columns: [Int]) -> Bool { head + columns.reduce(gaps, +) <= writer.width }
        let least = needed.map { max($0, 12) }
        let shortHead = min(heads, 16)
        if fits(heads, wanted) {
            (headWidth, columnWidths) = (heads, wanted)
        } else if fits(shortHead, wanted) {
            (headWidth, columnWidths) = (writer.width - wanted.reduce(gaps, +), wanted)
        } else if fits(shortHead, least) {
            (headWidth, columnWidths) = (min(heads, writer.width - least.reduce(gaps, +)), least)
        } else if fits(shortHead, scarce) {
            (headWidth, columnWidths) = (min(heads, writer.width - scarce.reduce(gaps, +)), scarce)
        } else {
            return nil
        }
    }

    var lines: [String] {
        let matrix = writer.matrix
        var lines = [
            line("", matrix.columns.map { ($0.description.printable, [.bold]) })
        ]
        for stack in matrix.stacks.indices {
            lines += row(.merged(stack)) + row(.upper(stack))
        }
        for lower in matrix.lowerRows {
            switch lower {
            case .layer(let layer): lines += row(.lower(layer.number))
            case .configOnly(let instructions):
                let words = "┄ no layer  \(instructions.joined(separator: ", ").printable)"
                lines.append(writer.style.apply(.dim, to: words.shortened(to: writer.width)))
            case .omitted(let count):
                let words = "… \(count) more layer\(count == 1 ? "" : "s"): nothing of these paths"
                lines.append(writer.style.apply(.dim, to: words.shortened(to: writer.width)))
            }
        }
        return lines
    }

    /// A row of cells: as many lines as its tallest cell.
    private func row(_ row: MatrixRow) -> [String] {
        let cells = writer.matrix.columns.map { path in
            (writer.matrix.cell(row, path)?.cellTexts(of: writer.matrix.moment) ?? []).flatMap { text in
                [(text.headline, text.renditions)] + text.details.map { ($0, []) }
            }
        }
        let height = max(1, cells.map(\.count).max() ?? 0)
        return (0..<height).map { index in
            line(
                index == 0 ? writer.head(row, to: headWidth) : "", cells.map { index < $0.count ? $0[index] : ("", []) }
            )
        }
    }

    private func line(_ head: String, _ cells: [(text: String, renditions: [Style.Rendition])]) -> String {
        var line = head.padded(to: headWidth)
        for (cell, width) in zip(cells, columnWidths) {
            let text = cell.text.brief(in: width).shortened(to: width)
            line += String(repeating: " ", count: Self.gap) + writer.style.apply(cell.renditions, to: text)
            line += String(repeating: " ", count: max(0, width - text.displayWidth))
        }
        return line
    }
}

extension String {
    /// `from layer 2` without its first word where the column is too narrow for both.
    fileprivate func brief(in width: Int) -> String {
        displayWidth > width && hasPrefix("from ") ? String(dropFirst(5)) : self
    }
}
