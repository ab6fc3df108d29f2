/// Why a template cannot be read or executed, worded as Go's text/template words it: `template: :1:2: executing ...`.
public struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// An error of the syntax, on a line that is counted from 1.
    init(line: Int, _ sentence: String) { description = "template: :\(line): \(sentence)" }

    /// An error at a node of the template.
    init(at node: Place, in source: TemplateSource, _ sentence: String) {
        let (line, column) = source.position(of: node.offset)
        let text = node.text.utf8.count > 20 ? node.text.prefix(20) + "..." : node.text
        description = "template: :\(line):\(column): executing \"\" at <\(text)>: \(sentence)"
    }
}

/// A template's text.
struct TemplateSource: Hashable, Sendable {
    let bytes: [UInt8]

    /// The line, counted from 1, and the bytes before `offset` in it.
    func position(of offset: Int) -> (line: Int, column: Int) {
        let before = bytes.prefix(offset)
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let column = before.lastIndex(of: UInt8(ascii: "\n")).map { offset - $0 - 1 } ?? offset
        return (line, column)
    }
}

/// Where a node begins, and how Go writes it in an error.
struct Place: Hashable, Sendable {
    var offset: Int
    var text: String
}
