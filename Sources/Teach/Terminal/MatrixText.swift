import LayerModel
public import Pictures

extension LayerMatrix {
    /// The matrix as text, for a terminal and a screen reader: the same marks and words as the picture, `*` where it
    /// has emphasis. A grid where `width` columns hold it, otherwise one block for each path.
    ///
    /// - Parameter columns: how many paths are told at most.
    public func text(width: Int = 80, style: Style = .plain, columns: Int = 6) -> String {
        let matrix = LayerMatrix.collapse([self], columns: columns)[0]
        let writer = MatrixWriter(matrix: matrix, width: max(width, 20), style: style)
        return writer.lines.map { $0.withoutTrailingSpaces + "\n" }.joined()
    }
}

/// Writes a matrix line by line.
struct MatrixWriter {
    let matrix: LayerMatrix
    let width: Int
    let style: Style

    var lines: [String] {
        let (head, foot) = (caption, arrows + legend)
        return head + (head.isEmpty ? [] : [""]) + (MatrixGrid(self).map(\.lines) ?? blocks) + omissions
            + (foot.isEmpty ? [] : [""] + foot)
    }

    private var caption: [String] {
        let title = matrix.caption.title.printable
        var lines = (title.isEmpty ? [] : wrap(title, to: width)).map { style.apply(.bold, to: $0) }
        if !matrix.caption.subtitle.isEmpty {
            lines.append(style.apply(.dim, to: matrix.caption.subtitle.printable.shortened(to: width)))
        }
        let marks = [matrix.caption.step?.description, matrix.caption.verdict?.description].compactMap(\.self)
        if !marks.isEmpty { lines.append(marks.joined(separator: " · ")) }
        return lines
    }

    /// One block for each path: where a grid would be too wide, reading downwards is still the lookup.
    private var blocks: [String] {
        matrix.columns.flatMap { path -> [String] in
            let rows = matrix.rows.compactMap { row in matrix.cell(row, path).map { (row, $0) } }
            let widest = max(8, width / 2 - 2)
            let heads = rows.map { head($0.0, to: widest) }
            let headWidth = heads.map(\.displayWidth).max() ?? 0
            let room = width - headWidth - 4
            let cells = zip(heads, rows).flatMap { head, row in
                let lines = row.1.cellTexts(of: matrix.moment).flatMap { cell in
                    wrap([cell.headline] + cell.details, separator: " · ", to: room).map {
                        style.apply(cell.renditions, to: $0.shortened(to: room))
                    }
                }
                return lines.enumerated().map { index, line in
                    "  \((index == 0 ? head : "").padded(to: headWidth))  \(line)"
                }
            }
            return [style.apply(.bold, to: path.description.printable.shortened(to: width))] + cells
        }
    }

    /// A row's name as it stands at the left.
    func head(_ row: MatrixRow, to width: Int = Self.widestHead) -> String {
        switch row {
        case .merged(let stack): owned("merged", stack).shortened(to: width)
        case .upper(let stack):
            matrix.stacks.count > 1 ? owned("▲ upper", stack).shortened(to: width) : upper(stack, to: width)
        case .lower(let number):
            matrix.layers.first { $0.number == number }?.heading { $0.displayWidth <= width } ?? ""
        }
    }

    /// An instruction may be long; the cells are what one looks for.
    private static let widestHead = 42

    /// A writable layer that became the image's has its number too, where there is room for it.
    private func upper(_ stack: Int, to width: Int) -> String {
        let numbered = matrix.stacks[stack].becomes.map { "▲ upper → layer \($0)" }
        return numbered.flatMap { $0.displayWidth <= width ? $0 : nil } ?? "▲ upper (rw)"
    }

    private func owned(_ title: String, _ stack: Int) -> String {
        matrix.stacks.count > 1 ? "\(title) · \(matrix.stacks[stack].name.printable)" : title
    }

    private var omissions: [String] {
        guard matrix.omittedPaths > 0 else { return [] }
        return [style.apply(.dim, to: matrix.omission)]
    }

    private var arrows: [String] {
        matrix.copyArrows.flatMap { arrow in
            let upper = matrix.stacks.count > 1 ? "upper of \(matrix.stacks[arrow.toStack].name.printable)" : "upper"
            let name = arrow.fromPath == arrow.toPath ? "" : " as \(arrow.toPath.description.printable)"
            let words =
                "↑ \(arrow.isPredicted && matrix.moment == .step ? "predicted: " : "")\(arrow.label) copied up: "
                + "\(arrow.fromPath.description.printable), \(matrix.name(of: .lower(arrow.fromLayer))) → \(upper)\(name)"
            return wrap(words, to: width).map { style.apply(.magenta, to: $0) }
        }
    }

    /// The marks that were used, and no others.
    private var legend: [String] {
        var entries = matrix.symbolsUsed.filter { !$0.mark.isEmpty }.map { symbol in
            "\(symbol.mark) \(symbol.baseMeaning)"
        }
        let cells = matrix.shownCells
        if cells.contains(where: { $0.faces.contains(where: \.isChanged) }) {
            entries.append(matrix.moment == .step ? "* in this step" : "* by this script")
        }
        if cells.contains(where: { if case .refuted = $0 { true } else { false } }) {
            entries.append("≠ the model's cell, then the kernel's")
        }
        var unique: [String] = []
        for entry in entries where !unique.contains(entry) { unique.append(entry) }
        return wrap(unique, separator: " · ", to: width).map { style.apply(.dim, to: $0) }
    }
}

extension Symbol {
    /// The meaning of the mark alone; `*` says whether it is new.
    fileprivate var baseMeaning: String {
        switch self {
        case .copiedUp, .copiedEarlier: "copied up"
        case .added, .addedEarlier: "added"
        default: meaning()
        }
    }
}
