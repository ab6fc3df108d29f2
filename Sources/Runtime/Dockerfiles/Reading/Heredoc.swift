/// A document that stands in the Dockerfile after the instruction that uses it: `<<EOF`, as in a shell.
public struct Heredoc: Hashable, Sendable {
    /// The word that ends it, and the name of the file that it becomes.
    public var name: String
    /// The lines, each with its newline; tabs at their beginnings are gone where `<<-` says so.
    public var content: String
    /// Whether variables in it are expanded: not where a part of its name is quoted.
    public var isExpanded: Bool
}

/// The word that announces a heredoc.
struct HeredocMark {
    var name: String
    var isExpanded: Bool
    var stripsTabs: Bool
    /// As it stands in the line.
    var word: String

    /// - Returns: `nil` where `word` announces none: `[fd]<<[-]name`.
    init?(_ word: String) {
        let afterNumber = word.unicodeScalars.drop { ("0"..."9").contains($0) }
        guard afterNumber.starts(with: "<<".unicodeScalars) else { return nil }
        var rest = afterNumber.dropFirst(2)
        stripsTabs = rest.first == "-"
        if stripsTabs { rest = rest.dropFirst() }
        guard !rest.isEmpty, !rest.contains("<") else { return nil }
        let text = String(String.UnicodeScalarView(rest))
        guard let plain = ShellExpansion.onlyWord(of: text, keepsQuotes: false),
            let raw = ShellExpansion.onlyWord(of: text, keepsQuotes: true)
        else { return nil }
        name = plain
        // What a shell does: a quoted name means that the document is taken as it is.
        isExpanded = plain == raw
        self.word = word
    }

    /// The marks of a line, in their order.
    static func all(in line: String) -> [HeredocMark] {
        guard line.contains("<<") else { return [] }
        return ShellExpansion.rawWords(of: line).compactMap { HeredocMark($0) }
    }

    /// Reads the document, up to its name on a line of its own.
    ///
    /// - Returns: `nil` where the file ends before.
    func read(from lines: inout PhysicalLines) -> Heredoc? {
        var content: [UInt8] = []
        while let line = lines.next() {
            let stripped = stripsTabs ? line.content.drop { $0 == ASCII.tab } : line.content
            if stripped.elementsEqual(name.utf8) {
                return Heredoc(name: name, content: content[...].text, isExpanded: isExpanded)
            }
            content += stripsTabs ? line.whole.drop { $0 == ASCII.tab } : line.whole
        }
        return nil
    }
}
