/// Breaks `text` at spaces into lines of `width` columns at most. A word longer than a line stands alone and keeps
/// its length: a path or command that was cut could not be copied.
func wrap(_ text: String, to width: Int) -> [String] {
    wrap(text.split(separator: " ").map(String.init), separator: " ", to: width)
}

extension String {
    /// The text in pieces of `width` columns at most, broken at a space where that leaves more than half a line, and what
    /// continues a line indented as it is: what is looked at, and never copied.
    public func broken(to width: Int) -> [String] {
        let width = max(2, width)
        guard displayWidth > width else { return [self] }
        let indent = String(prefix { $0 == " " }.prefix(width / 3))
        var (lines, line, columns) = ([String](), "", 0)
        for character in self {
            if columns + character.displayWidth > width {
                var rest = ""
                if let space = line.lastIndex(of: " "), line[..<space].displayWidth > width / 2 {
                    rest = String(line[line.index(after: space)...])
                    line = String(line[..<space])
                }
                lines.append(line)
                line = indent + (rest.isEmpty && character == " " ? "" : rest)
                columns = line.displayWidth
                if rest.isEmpty, character == " " { continue }
            }
            line.append(character)
            columns += character.displayWidth
        }
        return lines + [line]
    }
}

/// Sets `pieces` into lines of `width` columns at most, with `separator` between two of a line.
func wrap(_ pieces: [String], separator: String, to width: Int) -> [String] {
    var lines: [String] = []
    for piece in pieces {
        if let last = lines.last, last.displayWidth + separator.displayWidth + piece.displayWidth <= width {
            lines[lines.count - 1] += separator + piece
        } else {
            lines.append(piece)
        }
    }
    return lines
}
