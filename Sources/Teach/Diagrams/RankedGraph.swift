import Pictures

/// A source whose nodes Graphviz ranks and orders itself (`dot`). Every node is a table, so that its lines keep
/// their places whatever the font.
struct RankedGraph {
    private(set) var source: String
    private(set) var sentences: [String: String] = [:]
    let theme: Theme

    init(theme: Theme, title: String, direction: String, rankSeparation: Double) {
        self.theme = theme
        let canvas = theme.paint(.canvas)
        source = "digraph picture {\n"
        source += Dot.statement(
            "graph",
            [
                ("rankdir", .text(direction)), ("bgcolor", .text(canvas.fill)), ("pad", .text("0.3")),
                ("splines", .text("true")), ("nodesep", .text("0.4")), ("ranksep", .text(Dot.number(rankSeparation))),
                ("labelloc", .text("t")),
                ("fontname", .text(Typeface.bold.family)),
                (
                    "label",
                    .html(Line(text: title, size: 22, weight: .bold, color: canvas.ink).markup + "<BR/> <BR/>")
                ),
            ])
        source += Dot.statement("node", [("shape", .text("plain")), ("fontname", .text(Typeface.regular.family))])
        source += Dot.statement(
            "edge",
            [
                ("color", .text(canvas.ink)), ("penwidth", .text("2")), ("arrowsize", .text("0.8")),
                ("fontname", .text(Typeface.regular.family)), ("fontcolor", .text(canvas.ink)),
                ("fontsize", .text("16")),
            ])
    }

    var finished: String { source + "}\n" }

    /// A node of stacked rows. The rows are markup of `<TR>` elements.
    ///
    /// - Parameter center: Where it stands, in a drawing whose nodes are placed.
    mutating func node(
        _ name: String, class classes: String, paint: Paint, rows: [String], sentence: String, at center: Point? = nil
    ) {
        let style = paint.line == .solid ? "" : " STYLE=\"\(paint.line.rawValue.uppercased())\""
        let table =
            "<TABLE BORDER=\"\(Int(paint.width.rounded(.up)))\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"4\" "
            + "COLOR=\"\(paint.border)\" BGCOLOR=\"\(paint.fill)\"\(style)>\(rows.joined())</TABLE>"
        source += Dot.statement(
            name,
            [
                ("id", .text(name)), ("class", .text(classes)), ("label", .html(table)), ("tooltip", .text(sentence)),
            ] + (center.map { [("pos", .text("\(Dot.number($0.x)),\(Dot.number($0.y))!"))] } ?? []))
        sentences[name] = sentence
    }

    /// A row of one cell with lines of text.
    static func row(_ lines: [Line], fill: String? = nil, port: String? = nil) -> String {
        let ground = fill.map { " BGCOLOR=\"\($0)\"" } ?? ""
        let port = port.map { " PORT=\"\($0)\"" } ?? ""
        let text = lines.map { $0.markup + "<BR ALIGN=\"LEFT\"/>" }.joined()
        // Room at the sides: the widths that Graphviz reckons with are not those of every font that draws.
        return "<TR><TD CELLPADDING=\"8\" ALIGN=\"LEFT\" BALIGN=\"LEFT\"\(ground)\(port)>\(text)</TD></TR>"
    }

    mutating func edge(_ tail: String, _ head: String, class classes: String, _ more: [(String, Dot.Value)] = []) {
        source += Dot.statement("\(tail) -> \(head)", [("class", .text(classes))] + more)
    }
}
