/// Breaks `text` at spaces into lines of `width` columns at most. A word longer than a line stands alone and keeps
/// its length: a path or command that was cut could not be copied.
func wrap(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
        if line.isEmpty {
            line = String(word)
        } else if line.displayWidth + 1 + word.displayWidth <= width {
            line += " " + word
        } else {
            lines.append(line)
            line = String(word)
        }
    }
    return line.isEmpty ? lines : lines + [line]
}
