import Diagrams
import Glibc
import LayerModel
import Pictures
import Testing

@Suite("The layer matrix as a picture")
struct MatrixPictureTests {
    @Test(
        "the source is as recorded", arguments: ["before", "copy-up", "two-containers", "refuted", "graph", "schema"])
    func source(name: String) throws {
        let drawing = try #require(Samples.drawings(.light).first { $0.name == name }).drawing
        expectSnapshot(drawing.source, "\(name).dot")
    }

    @Test("every SVG is well-formed, has a title, a description and one id for each cell", arguments: Theme.allCases)
    func svg(theme: Theme) throws {
        for (name, drawing) in Samples.drawings(theme) {
            let svg = String(decoding: try drawing.rendered(as: .svg), as: UTF8.self)
            #expect(xmlFault(svg) == nil, "\(name)")
            #expect(svg.contains("<svg role=\"img\" aria-labelledby=\"picture-title picture-desc\""), "\(name)")
            #expect(svg.contains("<title id=\"picture-title\">"), "\(name)")
            #expect(svg.contains("<desc id=\"picture-desc\">"), "\(name)")
        }
        for (name, matrix) in Samples.all {
            let places = try places(in: matrix.drawing(theme: theme))
            for row in matrix.rows {
                for column in matrix.columns.indices {
                    #expect(places["\(nodeName(row))_c\(column)"] != nil, "\(name) \(row) \(column)")
                }
            }
        }
    }

    @Test("the step's words begin inside their box, which ends at the margin", arguments: [nil, 7, 2400])
    func stepFitsItsBox(frames: Int?) throws {
        var matrix = Samples.copyUp
        matrix.caption.step = .init(12, of: 20, frame: frames.map { .init($0, of: $0) })
        let drawing = matrix.drawing()
        let box = try #require(drawing.source.firstMatch(of: #/\nstep \[.* pos="([\d.]+),[\d.]+!" width="([\d.]+)"/#))
        let (center, half) = (try #require(Double(box.1)), try #require(Double(box.2)) * 72 / 2)
        let svg = String(decoding: try drawing.rendered(as: .svg), as: UTF8.self)
        let words = try #require(svg.firstMatch(of: #/<text [^>]*x="([\d.]+)"[^>]*>step 12 of 20/#))
        // Words that are too long stand in the middle of their box, and so to the left of it too.
        #expect(try #require(Double(words.1)) >= center - half)
        #expect(abs(center + half - 1256) < 0.1)
    }

    @Test("a cell's class says its state and whether the step changed it")
    func classes() throws {
        let svg = String(decoding: try Samples.copyUp.drawing().rendered(as: .svg), as: UTF8.self)
        // Graphviz spells a hyphen as a character reference.
        let plain = svg.replacing("&#45;", with: "-")
        #expect(plain.contains(#"<g id="s0_upper_c0" class="node cell upper copied-up changed">"#))
        #expect(plain.contains(#"<g id="s0_upper_c1" class="node cell upper whiteout">"#))
        #expect(plain.contains(#"<g id="l2_c0" class="node cell lower source changed">"#))
        #expect(plain.contains(#"<g id="l3_c0" class="node cell lower empty">"#))
        #expect(plain.contains(#"<g id="copy_up_0" class="edge copy-up">"#))
        #expect(plain.contains("4,096 bytes allocated, 0 bytes shared"))
    }

    @Test("nothing moves between two frames of one run")
    func fixedGeometry() throws {
        let first = try places(in: Samples.before.drawing())
        let second = try places(in: Samples.copyUp.drawing(theme: .dark))
        let shared = Set(first.keys).intersection(second.keys).filter { !$0.hasPrefix("legend") }
        #expect(shared.count > 40)
        for name in shared where !second[name]!.isEmpty && !first[name]!.isEmpty {
            // A whiteout made in this step has a second frame around the first.
            guard name != "s0_upper_c1" else { continue }
            #expect(first[name] == second[name], "\(name)")
        }
    }

    @Test("labels cannot break out of the source or the picture")
    func hostileNames() throws {
        let name = Path(#"/a"]; evil [label="x<B>&amp;\N\"# + "\n\u{1B}[31m\u{202E}")
        let matrix = LayerMatrix(
            caption: .init(cause: #"open("<&>\")"#, effect: #"\"# + "\"", subtitle: "--> ]]>"),
            columns: [name],
            stacks: [.init(name: "<b>", merged: [name: .observed(.present(.symlink(target: "<&\\"), from: .upper))])],
            lowerRows: [.layer(.init(number: 1, createdBy: "RUN echo \"<x>\" && true", cells: [:]))])
        let drawing = matrix.drawing()
        let rendering = try Graphviz.shared.render(drawing.source, engine: drawing.engine.rawValue, format: "svg")
        #expect(rendering.warnings == "")
        let svg = String(decoding: try drawing.rendered(as: .svg), as: UTF8.self)
        #expect(xmlFault(svg) == nil)
        #expect(!svg.contains(#"id="evil""#))
        let plain = svg.replacing("&#92;", with: #"\"#)
        #expect(plain.contains(#"open(&quot;&lt;&amp;&gt;\&quot;) → \&quot;</title>"#))
        // The backslash at the end of the name and the spelled line break after it.
        #expect(plain.contains(#"&amp;amp;\N\\n\x1B[31m\u202E"#))
    }

    @Test("a refuted cell shows both sides, and both are said")
    func refuted() throws {
        let svg = String(decoding: try Samples.refuted.drawing().rendered(as: .svg), as: UTF8.self)
        for word in [">model<", ">kernel<", ">≠<", "refuted: predicted was removed in this step"] {
            #expect(svg.contains(word), "\(word)")
        }
    }

    @Test("the legend explains the signs of the picture and no others")
    func legend() throws {
        let names = try Set(
            places(in: Samples.before.drawing()).keys.filter { $0.hasPrefix("legend_") }.map {
                $0.hasSuffix("_text") ? String($0.dropLast(5)) : $0
            })
        #expect(
            names == [
                "legend_merged", "legend_missing", "legend_whiteout", "legend_opaque", "legend_present",
                "legend_hidden", "legend_directory", "legend_framed",
            ])
    }

    /// Each node's first outline, by its id.
    private func places(in drawing: Drawing) throws -> [String: String] {
        let svg = Substring(String(decoding: try drawing.rendered(as: .svg), as: UTF8.self))
        var places: [String: String] = [:]
        for part in svg.split(separator: "<g id=\"").dropFirst() {
            let name = String(part.prefix { $0 != "\"" })
            let outline = part.range(of: " points=\"").map { String(part[$0.upperBound...].prefix { $0 != "\"" }) }
            places[name.hasPrefix("a_") ? String(name.dropFirst(2)) : name] = outline ?? ""
        }
        return places
    }

    private func nodeName(_ row: MatrixRow) -> String {
        switch row {
        case .merged(let stack): "s\(stack)_merged"
        case .upper(let stack): "s\(stack)_upper"
        case .lower(let number): "l\(number)"
        }
    }
}

@Suite("Colours can be read")
struct ContrastTests {
    @Test(
        "every text stands out from its ground by 4.5:1 at least, by 7:1 with high contrast", arguments: Theme.allCases)
    func text(theme: Theme) {
        for surface in Surface.allCases {
            let paint = theme.paint(surface)
            let least = theme == .highContrast ? 7 : 4.5
            #expect(contrast(paint.ink, paint.fill) >= least, "\(surface): \(paint.ink) on \(paint.fill)")
            #expect(contrast(paint.muted, paint.fill) >= least, "\(surface): \(paint.muted) on \(paint.fill)")
        }
    }

    @Test("frames and arrows stand out from the bands by 3:1 at least", arguments: Theme.allCases)
    func graphics(theme: Theme) {
        for band in [Surface.canvas, .upperBand, .lowerBand] {
            let fill = theme.paint(band).fill
            #expect(contrast(theme.arrow, fill) >= 3, "\(band)")
            for symbol in Symbol.allCases {
                let border = theme.paint(.cell(symbol)).border
                #expect(contrast(border, fill) >= 3, "\(symbol) on \(band)")
            }
        }
    }

    @Test("no two signs differ by colour alone")
    func marks() {
        // The fill aside, two signs must differ in mark, frame or the words in the cell.
        for theme in Theme.allCases {
            let looks = [Symbol.merged, .unchanged, .present, .hidden].map { symbol in
                let paint = theme.paint(.cell(symbol))
                return "\(symbol.mark) \(paint.width) \(paint.line)"
            }
            // Those without a mark stand in different rows (merged, upper, lower) or have another frame.
            #expect(Set(looks).count >= 3)
        }
        let marks = Symbol.allCases.map(\.mark).filter { !$0.isEmpty && $0 != "M" && $0 != "+" }
        #expect(Set(marks).count == marks.count)
        for (now, earlier) in [(Symbol.copiedUp, Symbol.copiedEarlier), (.added, .addedEarlier)] {
            #expect(Theme.light.paint(.cell(now)).width > Theme.light.paint(.cell(earlier)).width)
        }
    }

    /// The contrast ratio of WCAG 2.2, success criterion 1.4.3.
    private func contrast(_ left: String, _ right: String) -> Double {
        let (a, b) = (luminance(left), luminance(right))
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    private func luminance(_ color: String) -> Double {
        let value = Int(color.dropFirst(), radix: 16) ?? 0
        func linear(_ channel: Int) -> Double {
            let part = Double(channel & 0xFF) / 255
            return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(value >> 16) + 0.7152 * linear(value >> 8) + 0.0722 * linear(value)
    }
}
