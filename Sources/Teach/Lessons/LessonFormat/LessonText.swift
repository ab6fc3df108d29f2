internal import CMarkGFM
public import Terminal

extension [ProseBlock] {
    /// A lesson's Markdown for a terminal. What a terminal cannot show (pictures, HTML) is left out.
    public init(markdown text: String) {
        guard let root = cmark_parse_document(text, text.utf8.count, CMARK_OPT_DEFAULT) else {
            self = []
            return
        }
        defer { cmark_node_free(root) }
        self = Self.blocks(beneath: root)
    }

    private static func blocks(beneath node: OpaquePointer) -> [ProseBlock] {
        MarkdownNodes(beneath: node).compactMap(block)
    }

    private static func block(_ node: OpaquePointer) -> ProseBlock? {
        switch cmark_node_get_type(node) {
        case CMARK_NODE_HEADING: .heading(Int(cmark_node_get_heading_level(node)), inline(beneath: node))
        case CMARK_NODE_PARAGRAPH: table(inline(beneath: node)) ?? .paragraph(inline(beneath: node))
        case CMARK_NODE_CODE_BLOCK: .code(literal(node))
        case CMARK_NODE_BLOCK_QUOTE: .quote(blocks(beneath: node))
        case CMARK_NODE_LIST:
            .list(
                MarkdownNodes(beneath: node).map(blocks),
                start: cmark_node_get_list_type(node) == CMARK_ORDERED_LIST
                    ? Int(cmark_node_get_list_start(node)) : nil)
        default: nil
        }
    }

    /// A table (GitHub's form of it), which is a paragraph to the core of Markdown.
    private static func table(_ text: String) -> ProseBlock? {
        let lines = text.split(separator: "\n").map(\.trimmed)
        guard lines.count > 1, lines.allSatisfy({ $0.hasPrefix("|") && $0.hasSuffix("|") }),
            lines[1].allSatisfy({ "|-: ".contains($0) })
        else { return nil }
        return .table(
            ([lines[0]] + lines.dropFirst(2)).map { line in
                line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false).map(\.trimmed)
            })
    }

    /// A paragraph's text, its inline marks as the terminal's prose has them.
    private static func inline(beneath node: OpaquePointer) -> String {
        var text = ""
        for part in MarkdownNodes(beneath: node) {
            switch cmark_node_get_type(part) {
            case CMARK_NODE_TEXT:
                for character in literal(part) {
                    text += "\\`*_[]".contains(character) ? "\\\(character)" : "\(character)"
                }
            case CMARK_NODE_SOFTBREAK, CMARK_NODE_LINEBREAK: text += "\n"
            case CMARK_NODE_CODE: text += literal(part).contains("`") ? "``\(literal(part))``" : "`\(literal(part))`"
            case CMARK_NODE_EMPH: text += "*\(inline(beneath: part))*"
            case CMARK_NODE_STRONG: text += "**\(inline(beneath: part))**"
            case CMARK_NODE_LINK, CMARK_NODE_IMAGE: text += inline(beneath: part)
            default: break
            }
        }
        return text
    }

    private static func literal(_ node: OpaquePointer) -> String {
        cmark_node_get_literal(node).map { String(cString: $0) } ?? ""
    }
}

/// The children of a node of Markdown.
private struct MarkdownNodes: Sequence, IteratorProtocol {
    private var following: OpaquePointer?

    init(beneath node: OpaquePointer) { following = cmark_node_first_child(node) }

    mutating func next() -> OpaquePointer? {
        defer { following = following.flatMap { cmark_node_next($0) } }
        return following
    }
}
