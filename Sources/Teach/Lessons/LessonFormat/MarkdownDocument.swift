import CMarkGFM
import Glibc

/// A Markdown file cut into its front matter and its top-level blocks, each with its place in the file.
struct MarkdownDocument {
    /// A top-level block that matters here; everything that is neither a heading nor a fence is text.
    enum Content {
        case heading(level: Int, text: String)
        case fence(FencedBlock)
        case text
    }

    struct Block {
        var content: Content
        var position: SourcePosition
        /// The block's own lines as they stand in the file.
        var source: String
    }

    /// The YAML between the two `---` lines and the place of its first character.
    var frontMatter: (yaml: String, position: SourcePosition)
    var blocks: [Block]

    /// - Throws: `LessonError` where the front matter or a fence is missing its end.
    init(parsing text: String, file: String) throws(LessonError) {
        // A file with CRLF lines is the same file: the pair is one Character.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(String.init)
        let start = SourcePosition(file: file, line: 1)
        guard lines.first == "---" else { throw .noFrontMatter(start) }
        guard let end = lines.dropFirst().firstIndex(of: "---") else { throw .openFrontMatter(start) }
        frontMatter = (lines[1..<end].joined(separator: "\n"), SourcePosition(file: file, line: 2))
        blocks = try Self.blocks(of: lines, from: end + 1, file: file)
    }

    /// Parses the lines from `first` (counted from 0) on with libcmark-gfm.
    private static func blocks(of lines: [String], from first: Int, file: String) throws(LessonError) -> [Block] {
        let body = lines[first...].joined(separator: "\n")
        guard let root = cmark_parse_document(body, body.utf8.count, CMARK_OPT_DEFAULT) else { return [] }
        defer { cmark_node_free(root) }
        var blocks: [Block] = []
        var next = cmark_node_first_child(root)
        while let node = next {
            next = cmark_node_next(node)
            let range = (first + Int(cmark_node_get_start_line(node)))...(first + Int(cmark_node_get_end_line(node)))
            let position = SourcePosition(
                file: file, line: range.lowerBound, column: Int(cmark_node_get_start_column(node)))
            let source = lines[(range.lowerBound - 1)..<range.upperBound].joined(separator: "\n")
            let content = try content(of: node, at: position, lines: lines[(range.lowerBound - 1)..<range.upperBound])
            blocks.append(Block(content: content, position: position, source: source))
        }
        return blocks
    }

    private static func content(
        of node: OpaquePointer, at position: SourcePosition, lines: ArraySlice<String>
    ) throws(LessonError) -> Content {
        switch cmark_node_get_type(node) {
        case CMARK_NODE_HEADING:
            return .heading(level: Int(cmark_node_get_heading_level(node)), text: plainText(of: node))
        case CMARK_NODE_CODE_BLOCK:
            var length: CInt = 0
            var offset: CInt = 0
            var character: CChar = 0
            guard cmark_node_get_fenced(node, &length, &offset, &character) != 0 else { return .text }
            let fence = FencedBlock(
                openingLine: lines.first ?? "", fenceLength: Int(length), position: position,
                body: cmark_node_get_literal(node).map { String(cString: $0) } ?? "")
            if fence.isTeaching {
                let mark = String(
                    repeating: Character(Unicode.Scalar(UInt8(bitPattern: character))), count: Int(length))
                let closing = (lines.count > 1 ? lines.last : nil)?.drop { $0 == " " } ?? ""
                guard closing.hasPrefix(mark) else { throw .openFence(position, mark: mark) }
            }
            return .fence(fence)
        default:
            return .text
        }
    }

    private static func plainText(of node: OpaquePointer) -> String {
        guard let text = cmark_render_plaintext(node, CMARK_OPT_DEFAULT, 0) else { return "" }
        defer { free(text) }
        return String(cString: text).trimmed
    }
}

extension StringProtocol {
    /// Free of white space and line ends at both ends.
    var trimmed: String {
        guard let start = firstIndex(where: { !$0.isWhitespace }),
            let end = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[start...end])
    }
}
