import Pictures
import Terminal
import Testing

@Suite("The layer matrix as text")
struct MatrixTextTests {
    @Test("the text is as recorded", arguments: ["before", "copy-up", "two-containers", "refuted"])
    func text(name: String) throws {
        let matrix = try #require(Samples.all.first { $0.name == name }).matrix
        expectSnapshot(matrix.text(width: 120), "\(name)-120.txt")
        expectSnapshot(matrix.text(width: 50), "\(name)-50.txt")
    }

    @Test("no line of it is wider than the terminal", arguments: [60, 80, 100, 120, 200])
    func width(width: Int) {
        for (name, matrix) in Samples.all {
            for line in matrix.text(width: width).split(separator: "\n") {
                #expect(line.displayWidth <= width, "\(name): \(line)")
            }
        }
    }

    @Test("colour only repeats what the text says", arguments: [50, 120])
    func colour(width: Int) {
        for (_, matrix) in Samples.all {
            let coloured = matrix.text(width: width, style: .coloured)
            #expect(coloured.contains("\u{1B}["))
            let lines = withoutEscapes(coloured).split(separator: "\n", omittingEmptySubsequences: false)
            let plain = matrix.text(width: width).split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.map(trimmed) == plain.map(trimmed))
        }
    }

    @Test("a name cannot send commands to the terminal")
    func hostileName() {
        #expect(!Samples.refuted.text(width: 200).contains("\u{1B}"))
        #expect(Samples.refuted.text(width: 200).contains(#"/tmp/a\x1B[31mb"#))
    }

    private func trimmed(_ line: Substring) -> Substring {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }

    private func withoutEscapes(_ text: String) -> String {
        var result = ""
        var isInside = false
        for character in text {
            if character == "\u{1B}" { isInside = true }
            if !isInside { result.append(character) }
            if isInside, character == "m" { isInside = false }
        }
        return result
    }
}
