import Diagrams
import Glibc
import Pictures
import Testing

@Suite("Graphviz draws in this process")
struct GraphvizTests {
    @Test("every picture in every theme fits its boxes: Graphviz has nothing to complain of", arguments: Theme.allCases)
    func noWarnings(theme: Theme) throws {
        for (name, drawing) in Samples.drawings(theme) {
            // An SVG's text is measured by our tables, a PNG's by pango.
            for format in ["svg", "png"] {
                let rendering = try Graphviz.shared.render(
                    drawing.source, engine: drawing.engine.rawValue, format: format)
                #expect(rendering.warnings == "", "\(name) as \(format)")
            }
            // For looking at: TEACH_PICTURES names a directory.
            if let directory = getenv("TEACH_PICTURES") {
                try drawing.write(to: "\(String(cString: directory))/\(name)-\(theme.rawValue).png")
                try drawing.write(to: "\(String(cString: directory))/\(name)-\(theme.rawValue).svg")
            }
        }
    }

    @Test("a PNG of a matrix is 1920 × 1080", arguments: Theme.allCases)
    func png(theme: Theme) throws {
        for (name, matrix) in Samples.all {
            let bytes = try matrix.drawing(theme: theme).rendered(as: .png)
            #expect(Array(bytes.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "\(name)")
            func number(at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
            #expect(number(at: 16) == 1920, "\(name)")
            #expect(number(at: 20) == 1080, "\(name)")
        }
    }

    @Test("a PDF is a PDF, whole", arguments: Theme.allCases)
    func pdf(theme: Theme) throws {
        let bytes = try Samples.copyUp.drawing(theme: theme).rendered(as: .pdf)
        #expect(bytes.starts(with: Array("%PDF-".utf8)))
        #expect(String(decoding: bytes.suffix(8), as: UTF8.self).contains("%%EOF"))
    }

    @Test("a source that Graphviz cannot read gives its own message, and the next picture is drawn all the same")
    func malformed() throws {
        for _ in 0..<2 {
            let error = #expect(throws: PictureError.self) {
                try Graphviz.shared.render("digraph {\n a -> ; }", engine: "dot", format: "svg")
            }
            let words = try #require(error).description
            #expect(words.contains("syntax error in line 2 near ';'"), "\(words)")
        }
        let drawing = Samples.copyUp.drawing()
        #expect(try drawing.rendered(as: .svg) == drawing.rendered(as: .svg))
    }

    @Test("what follows a graph in its source does not reach the next one")
    func leftOver() throws {
        let alone = try Graphviz.shared.render("graph x { a }", engine: "dot", format: "svg").bytes
        _ = try Graphviz.shared.render("graph { b }\n graph { c }\n graph { d", engine: "dot", format: "svg")
        #expect(try Graphviz.shared.render("graph x { a }", engine: "dot", format: "svg").bytes == alone)
    }

    @Test("markup that Graphviz refuses inside a label is told")
    func malformedLabel() throws {
        let rendering = try Graphviz.shared.render("digraph { a [label=<<B></B>>] }", engine: "dot", format: "svg")
        #expect(rendering.warnings.contains("syntax error"))
    }

    @Test("an unknown layout or format is named")
    func unknownNames() {
        #expect(throws: PictureError.self) { try Graphviz.shared.render("graph {}", engine: "no-such", format: "svg") }
        #expect(throws: PictureError.self) { try Graphviz.shared.render("graph {}", engine: "dot", format: "no-such") }
    }

    @Test("without the library the error names it and the cure; the DOT needs no library")
    func missingLibrary() throws {
        let absent = Graphviz(library: "libgvc-that-is-not-there.so.0")
        let error = try #require(
            #expect(throws: PictureError.self) { try Samples.copyUp.drawing().rendered(as: .svg, by: absent) })
        #expect(
            "\(error)".hasPrefix(
                "Graphviz's library libgvc-that-is-not-there.so.0 is not installed; `apt-get install libgvc6` brings it"
            ))
        #expect(try Samples.copyUp.drawing().rendered(as: .dot, by: absent).starts(with: Array("digraph".utf8)))
    }

    @Test("a library that is not Graphviz is refused, not called")
    func wrongLibrary() {
        #expect(throws: PictureError.self) {
            try Graphviz(library: "libc.so.6").render("graph {}", engine: "dot", format: "svg")
        }
    }

    @Test("many threads may draw at once")
    func concurrently() async throws {
        let expected = try Samples.copyUp.drawing().rendered(as: .svg)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { try Samples.copyUp.drawing().rendered(as: .svg) == expected }
            }
            for try await isEqual in group { #expect(isEqual) }
        }
    }
}

@Suite("Files of pictures")
struct PictureFileTests {
    @Test("the format follows the ending")
    func endings() {
        #expect(PictureFormat(path: "layers.PNG") == .png)
        #expect(PictureFormat(path: "/tmp/a.b/layers.dot") == .dot)
        #expect(PictureFormat(path: "/tmp/a.png/layers") == nil)
        #expect(PictureFormat(path: "layers.gif") == nil)
    }

    @Test("a picture replaces the file as a whole and leaves nothing beside it")
    func atomically() throws {
        let folder = try temporaryFolder()
        defer { removeFolder(folder) }
        let path = "\(folder)/layers.svg"
        try Samples.graph.drawing().write(to: path)
        try Samples.copyUp.drawing().write(to: path)
        #expect(contents(of: path)?.contains("copy-up of 1.4 KiB") == true)
        #expect(names(in: folder) == ["layers.svg"])
    }

    @Test("a place that cannot be written is named, and nothing is left behind")
    func unwritable() throws {
        let folder = try temporaryFolder()
        defer { removeFolder(folder) }
        let error = try #require(
            #expect(throws: PictureError.self) { try Samples.graph.drawing().write(to: "\(folder)/no/such.dot") })
        #expect(
            "\(error)" == "the picture cannot be written to \(folder)/no/such.dot: there is no folder \(folder)/no; "
                + "make it, or name another")
        // The rename fails on a directory, after the temporary file was written.
        mkdir("\(folder)/taken.dot", 0o755)
        #expect(throws: PictureError.self) { try Samples.graph.drawing().write(to: "\(folder)/taken.dot") }
        #expect(names(in: folder) == ["taken.dot"])
    }

    private func temporaryFolder() throws -> String {
        var template = Array("/tmp/teach-pictures-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        return template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    private func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private func removeFolder(_ folder: String) {
        for name in names(in: folder) where unlink("\(folder)/\(name)") != 0 { rmdir("\(folder)/\(name)") }
        rmdir(folder)
    }
}
