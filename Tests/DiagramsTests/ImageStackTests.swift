import Diagrams
import Pictures
import Testing

@Suite("An image's layers as a stack")
struct ImageStackTests {
    private let stack = Samples.imageStack

    /// A base, layers of 1,000 bytes, and a config instruction after every tenth.
    private func tall(_ count: Int) -> ImageStack {
        let levels = (1...count).flatMap { number -> [ImageStack.Level] in
            let layer = ImageStack.Level.layer(
                .init(
                    number: number, createdBy: "RUN step \(number)", diffID: "sha256:\(number)", size: 1000,
                    wasted: number == 40 ? 600 : 0))
            return number % 10 == 0 ? [layer, .config(instruction: "ENV A=\(number)")] : [layer]
        }
        return ImageStack(name: "tall", id: "sha256:7a11", levels: levels)
    }

    @Test("the picture is what was looked at")
    func picture() {
        expectSnapshot(stack.drawing().source, "image-stack.dot")
    }

    @Test("every theme draws it, and what a screen reader reads names every layer")
    func themes() throws {
        for theme in Theme.allCases {
            let svg = String(decoding: try stack.drawing(theme: theme).rendered(as: .svg), as: UTF8.self)
            #expect(xmlFault(svg) == nil)
        }
        let told = stack.drawing().description
        for part in [
            "layer 1, 1,998,848 bytes", "12,582,940 bytes wasted: layers above hide them",
            "hides 12,582,940 bytes beneath", "shared with site:1, busybox:latest", "no layer: ENV APP_ENV=prod",
        ] { #expect(told.contains(part), "\(told)") }
    }

    @Test("the title says what is wasted, the subtitle what containers see; where nothing is stored there is no score")
    func titles() {
        #expect(stack.title == "app:1: 3 layers, 14.6 MB, 12.6 MB of it wasted")
        #expect(stack.subtitle.hasSuffix("efficiency 13.7 %: containers see 2 MB of 14.6 MB"))
        let empty = ImageStack(name: "none", id: "sha256:0e", levels: [.config(instruction: "CMD [\"x\"]")])
        #expect(empty.title == "none: no layer")
        #expect(!empty.subtitle.contains("efficiency"))
        #expect(empty.drawing().source.contains("the image holds no file"))
    }

    @Test(
        "an instruction of the history is told as a Dockerfile has it",
        arguments: [
            ("/bin/sh -c rm  /x", "RUN rm  /x"),
            ("/bin/sh -c #(nop) COPY\tdir:\(digest) in /app ", "COPY dir:0123456789ab in /app"),
            ("/bin/sh -c #(nop)  CMD [\"sh\" \"-c\" \"a  b\"]", "CMD [\"sh\", \"-c\", \"a  b\"]"),
            ("/bin/bash -ec #(nop)  ENV A=b c", "ENV A=b c"),
            ("|2 A=b c D=e /bin/sh -c echo $A", "RUN echo $A"),
            ("RUN /bin/sh -c echo 1 # buildkit", "RUN echo 1"),
            ("RUN |1 A=b /bin/sh -c echo 1 # buildkit", "RUN echo 1"),
            ("COPY . /app # buildkit", "COPY . /app"),
            // Nobody else's words change: no keyword is made up, and a command may say anything.
            ("/bin/bash -o pipefail -c echo 1", "/bin/bash -o pipefail -c echo 1"),
            ("/bin/sh -c echo '#(nop)' \(digest)", "RUN echo '#(nop)' \(digest)"),
            ("COPY site /", "COPY site /"), ("", ""),
        ])
    func historyInstructions(createdBy: String, instruction: String) {
        #expect(createdBy.historyInstruction == instruction)
    }

    private static let digest = String(repeating: "0123456789abcdef", count: 4)

    @Test("an instruction is cut between words")
    func instructions() {
        let words = "RUN apt-get install a-package another-package"
        #expect(words.shortenedAtWord { $0.count <= 34 } == "RUN apt-get install a-package …")
        #expect(words.shortenedAtWord { $0.count <= 2 } == "R…")
        #expect(words.shortenedAtWord { _ in true } == words)
    }

    @Test("what fits is told level by level; then config instructions come together")
    func together() {
        let levels =
            stack.levels + [.config(instruction: "/bin/sh -c #(nop)  EXPOSE 80"), .config(instruction: "CMD x")]
        let stack = ImageStack(name: "app:1", id: "sha256:0a", levels: levels)
        #expect(stack.rows(within: 9, layer: 2, thin: 1).count == 6)
        let rows = stack.rows(within: 8, layer: 2, thin: 1)
        #expect(rows.count == 5)
        #expect(rows.last == .config(["/bin/sh -c #(nop)  EXPOSE 80", "CMD x"]))
        #expect(ImageStack.Row.words(of: ["/bin/sh -c #(nop)  EXPOSE 80", "CMD x"]) == "┄ no layer  EXPOSE, CMD")
    }

    @Test("of a hundred layers the base, the top and the most wasteful stay, and the rest is summed up")
    func many() {
        let rows = tall(120).rows(within: 10, layer: 2, thin: 1)
        func omitted(_ layers: ClosedRange<Int>) -> ImageStack.Row {
            .omitted(.init(layers: layers, size: Int64(layers.count) * 1000, wasted: 0))
        }
        let kept = rows.compactMap { if case .layer(let layer) = $0 { layer.number } else { nil } }
        #expect(kept == [1, 40, 120])
        #expect(rows.contains(omitted(2...39)) && rows.contains(omitted(41...119)))
        let drawing = tall(120).drawing()
        #expect(drawing.source.contains("layers, "))
        #expect(drawing.description.contains("made by RUN step 77"), "a screen reader is told all")
    }

    @Test("no row is lost, whatever the room", arguments: [4.0, 5, 6, 9, 17, 40, 400])
    func room(_ room: Double) {
        let rows = tall(60).rows(within: room, layer: 2, thin: 1)
        let layers = rows.reduce(0) { sum, row in
            switch row {
            case .layer: sum + 1
            case .omitted(let omission): sum + omission.layers.count
            case .config: sum
            }
        }
        #expect(layers == 60)
    }
}
