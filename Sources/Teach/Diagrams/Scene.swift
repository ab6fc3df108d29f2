import Pictures

/// A point on the canvas, from its lower left corner, in points: Graphviz's own coordinates.
struct Point: Hashable, Sendable {
    var x: Double
    var y: Double
}

/// A rectangle by its centre.
struct Box: Hashable, Sendable {
    var center: Point
    var width: Double
    var height: Double

    var left: Double { center.x - width / 2 }
    var right: Double { center.x + width / 2 }
    var top: Double { center.y + height / 2 }
    var bottom: Double { center.y - height / 2 }
}

/// Where text stands in its box, in the words of HTML-like labels.
enum Alignment: String {
    case left = "LEFT"
    case center = "CENTER"
    case right = "RIGHT"
}

/// One line of a label.
struct Line {
    enum Weight { case plain, bold }
    var text: String
    var size: Double
    var weight = Weight.plain
    var color: String
    var isStruck = false
    var typeface: Typeface { weight == .bold ? .bold : .regular }
}

/// A source of pinned nodes and drawn edges, written in the order in which they lie on one another.
struct Scene {
    private(set) var source: String
    private(set) var sentences: [String: String] = [:]
    let theme: Theme

    init(theme: Theme, width: Double, height: Double) {
        self.theme = theme
        let background = theme.paint(.canvas)
        source = "digraph picture {\n"
        source += Dot.statement(
            "graph", [("bgcolor", .text(background.fill)), ("pad", .text("0")), ("outputorder", .text("breadthfirst"))])
        source += Dot.statement(
            "node",
            [
                ("shape", .text("box")), ("style", .text("filled")), ("fixedsize", .text("true")),
                ("margin", .text("0")), ("penwidth", .text("0")), ("label", .text("")),
                ("fontname", .text(Typeface.regular.family)), ("fontsize", .text("16")),
                ("fontcolor", .text(background.ink)),
            ])
        source += Dot.statement(
            "edge", [("fontname", .text(Typeface.bold.family)), ("fontsize", .text("16"))])
        // The canvas itself: it fixes the bounding box, so that no frame is larger than another.
        box(
            "canvas", class: "canvas", Box(center: Point(x: width / 2, y: height / 2), width: width, height: height),
            paint: background)
    }

    /// The finished source.
    var finished: String { source + "}\n" }

    /// A rectangle with centred lines of text.
    mutating func box(
        _ name: String, class classes: String, _ box: Box, paint: Paint, lines: [Line] = [], sentence: String = "",
        rings: Int = 1
    ) {
        var attributes = placed(box, classes, name)
        attributes += [("fillcolor", .text(paint.fill)), ("color", .text(paint.border))]
        if paint.width > 0 {
            attributes.append(("penwidth", .text(Dot.number(paint.width))))
            if paint.line != .solid { attributes.append(("style", .text("filled,\(paint.line.rawValue)"))) }
        }
        if rings > 1 { attributes.append(("peripheries", .text(String(rings)))) }
        if !lines.isEmpty { attributes.append(("label", .html(lines.map(\.markup).joined(separator: "<BR/>")))) }
        add(name, attributes, sentence)
    }

    /// Lines of text without a frame, set to the left of `box`, to its right, or centred in it.
    mutating func text(
        _ name: String, class classes: String, _ box: Box, lines: [Line], alignment: Alignment = .left,
        isMono: Bool = false, sentence: String = ""
    ) {
        var attributes = placed(box, classes, name)
        attributes.append(("style", .text("")))
        if isMono { attributes.append(("fontname", .text(Typeface.mono.family))) }
        let markup: String
        if alignment == .center {
            markup = lines.map(\.markup).joined(separator: "<BR/>")
        } else {
            // A cell as wide as the box: only then does "left" mean the box's left.
            let side = alignment.rawValue
            let text = lines.map { $0.markup + "<BR ALIGN=\"\(side)\"/>" }.joined()
            markup =
                "<TABLE BORDER=\"0\" CELLPADDING=\"0\" CELLSPACING=\"0\"><TR>"
                + "<TD ALIGN=\"\(side)\" BALIGN=\"\(side)\" WIDTH=\"\(Int(box.width) - 4)\">\(text)</TD></TR></TABLE>"
        }
        attributes.append(("label", .html(markup)))
        add(name, attributes, sentence)
    }

    /// An edge along corners, with an arrowhead at the last.
    mutating func arrow(
        _ name: String, class classes: String, from tail: String, to head: String, along corners: [Point],
        color: String, width: Double, isDashed: Bool = false, label: (lines: [String], at: Point)? = nil
    ) {
        var attributes: [(String, Dot.Value)] = [
            ("id", .text(name)), ("class", .text(classes)), ("pos", .text(Spline(corners, headLength: 10).text)),
            ("color", .text(color)), ("penwidth", .text(Dot.number(width))),
        ]
        if isDashed { attributes.append(("style", .text("dashed"))) }
        if let label {
            let paint = theme.paint(.canvas)
            let text = label.lines.map(Dot.escaped).joined(separator: "<BR/>")
            attributes.append(
                (
                    "label",
                    .html(
                        "<TABLE BORDER=\"1\" CELLBORDER=\"0\" CELLPADDING=\"1\" CELLSPACING=\"0\" COLOR=\"\(color)\" "
                            + "BGCOLOR=\"\(paint.fill)\"><TR><TD><FONT COLOR=\"\(paint.ink)\"><B>\(text)</B></FONT>"
                            + "</TD></TR></TABLE>")
                ))
            attributes.append(("lp", .text("\(Dot.number(label.at.x)),\(Dot.number(label.at.y))")))
        }
        source += Dot.statement("\(tail) -> \(head)", attributes)
    }

    private mutating func add(_ name: String, _ attributes: [(String, Dot.Value)], _ sentence: String) {
        var attributes = attributes
        if !sentence.isEmpty {
            attributes.append(("tooltip", .text(sentence)))
            sentences[name] = sentence
        }
        source += Dot.statement(name, attributes)
    }

    private func placed(_ box: Box, _ classes: String, _ name: String) -> [(String, Dot.Value)] {
        [
            ("id", .text(name)), ("class", .text(classes)),
            ("pos", .text("\(Dot.number(box.center.x)),\(Dot.number(box.center.y))!")),
            ("width", .text(Dot.inches(box.width))), ("height", .text(Dot.inches(box.height))),
        ]
    }
}

extension Line {
    /// The line as an HTML-like label has it. Never empty: Graphviz refuses `<B></B>`.
    var markup: String {
        let escaped = text.isEmpty ? " " : Dot.escaped(text)
        let struck = isStruck ? "<S>\(escaped)</S>" : escaped
        let weighted = weight == .bold ? "<B>\(struck)</B>" : struck
        return "<FONT POINT-SIZE=\"\(Dot.number(size))\" COLOR=\"\(color)\">\(weighted)</FONT>"
    }
}
