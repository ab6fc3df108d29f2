public import Pictures

extension ImageStack {
    /// The stack as text, the base at the bottom, with the marks and words of the picture; every layer is told.
    ///
    /// - Parameter width: the columns of the terminal.
    public func text(width: Int = 80, style: Style = .plain) -> String {
        let width = max(width, 40)
        var lines = wrap(title.printable, to: width).map { style.apply(.bold, to: $0) }
        lines += wrap(subtitle.printable, to: width).map { style.apply(.dim, to: $0) }
        lines.append("")
        let edge = String(repeating: "─", count: width - 2)
        var isOpen = false
        for level in levels.reversed() {
            switch level {
            case .layer(let layer):
                lines.append(isOpen ? "├\(edge)┤" : "┌\(edge)┐")
                isOpen = true
                lines += layer.lines(width: width - 4).map { text, renditions in
                    "│ \(style.apply(renditions, to: text.padded(to: width - 4))) │"
                }
            case .config(let instruction):
                if isOpen { lines.append("└\(edge)┘") }
                isOpen = false
                let words = Row.words(of: [instruction]).printable.shortenedAtWord { $0.displayWidth <= width - 2 }
                lines.append("  " + style.apply(.dim, to: words))
            }
        }
        if isOpen { lines.append("└\(edge)┘") }
        return lines.map { $0 + "\n" }.joined()
    }
}

extension ImageStack.Layer {
    /// What is told of the layer, in lines of `width` columns.
    fileprivate func lines(width: Int) -> [(text: String, renditions: [Style.Rendition])] {
        func fitting(_ text: String) -> String { text.printable.shortenedAtWord { $0.displayWidth <= width } }
        var lines: [(String, [Style.Rendition])] = [(fitting("\(number)  \(heading)"), [.bold])]
        let detail = wrap([ByteCount(size).decimal, detail], separator: " · ", to: width - 3)
        lines += detail.map { (fitting("   \($0)"), []) }
        if let waste { lines.append((fitting("   \(waste): layers above hide them"), [.yellow])) }
        if !sharedWith.isEmpty {
            lines += wrap("also in \(sharedWith.joined(separator: ", ").printable)", to: width - 3).map {
                (fitting("   \($0)"), [.dim])
            }
        }
        return lines
    }
}
