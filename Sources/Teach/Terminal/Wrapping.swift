/// Breaks `text` at spaces into lines of `width` columns at most. A word longer than a line stands alone and keeps
/// its length: a path or command that was cut could not be copied.
func wrap(_ text: String, to width: Int) -> [String] {
    wrap(text.split(separator: " ").map(String.init), separator: " ", to: width)
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
