public import Pictures

extension DiskLayout {
    /// The layout as text: layer by layer from the container's down, each directory with what it holds.
    ///
    /// - Parameter width: the columns of the terminal.
    public func text(width: Int = 80, style: Style = .plain) -> String {
        var lines = wrap(title.printable, to: width).map { style.apply(.bold, to: $0) }
        lines += wrap(subtitle.printable, to: width).map { style.apply(.dim, to: $0) }
        for row in rows {
            lines.append("")
            for (column, cell) in zip(columns, row.cells) {
                let path = column.path(of: row).printable
                lines.append(style.apply(row.isContainer ? [.bold, .yellow] : [.bold], to: path))
                switch cell {
                case .nothing(let why): lines += wrap(why, to: width - 4).map { "    " + style.apply(.dim, to: $0) }
                case .lines(let told):
                    for line in told {
                        // A path keeps its length: one that was cut could not be looked at.
                        let text = line.text.printable
                        lines.append("    " + (line.isMark ? style.apply(.inverse, to: text) : text))
                    }
                }
            }
        }
        if !beside.isEmpty { lines.append("") }
        for place in beside {
            lines.append(style.apply(.bold, to: place.path.printable))
            lines += wrap(place.holds.printable, to: width - 4).map { "    " + $0 }
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
