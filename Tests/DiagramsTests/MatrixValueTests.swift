import LayerModel
import Pictures
import Testing

@Suite("The matrix as a value")
struct MatrixValueTests {
    @Test("sizes have few digits, and the unit changes where the rounding does")
    func byteCounts() {
        let expected: [(Int64, String)] = [
            (0, "0 B"), (999, "999 B"), (1000, "1 KB"), (1434, "1.4 KB"), (4096, "4.1 KB"), (99_949, "99.9 KB"),
            (99_951, "100 KB"), (188_100_000, "188 MB"), (999_949, "1000 KB"), (999_950, "1 MB"),
            (1_500_000_000, "1.5 GB"), (-1434, "-1.4 KB"), (.max, "9.2 EB"),
        ]
        for (bytes, text) in expected { #expect(ByteCount(bytes).decimal == text) }
        let binary: [(Int64, String)] = [
            (0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1434, "1.4 KiB"), (4096, "4 KiB"), (65_536, "64 KiB"),
            (2 << 20, "2 MiB"), ((1 << 20) - 52, "1024 KiB"), ((1 << 20) - 51, "1 MiB"), (-1434, "-1.4 KiB"),
            (.max, "8 EiB"),
        ]
        for (bytes, text) in binary { #expect(ByteCount(bytes).description == text) }
        #expect(ByteCount(1).exact == "1 byte")
        #expect(ByteCount(1_234_567).exact == "1,234,567 bytes")
    }

    @Test("the source of a copy-up follows from the copy, whether or not its cell was given")
    func source() {
        var matrix = Samples.copyUp
        let given = matrix.cell(.lower(2), "/etc/passwd")
        #expect(given?.faces.first?.symbol == .source)
        matrix.lowerRows[2] = .layer(.init(number: 2, createdBy: "RUN apk add nginx"))
        #expect(matrix.cell(.lower(2), "/etc/passwd") == given)
        #expect(matrix.copyArrows.map(\.label) == ["1.4 KiB"])
        // An earlier copy is no news: no arrow, no source.
        matrix.stacks[0].upper["/etc/passwd"] = .observed(
            .copiedUp(CopyUp(.file(size: 1434), fromLayer: 2), .earlier))
        #expect(matrix.copyArrows.isEmpty)
        #expect(matrix.cell(.lower(2), "/etc/passwd") == nil)
    }

    @Test("a copy-up under a new name starts at the old one")
    func renamed() throws {
        let arrow = try #require(Samples.twoContainers.copyArrows.first)
        #expect(arrow.fromPath == "/usr/share/nginx/html/index.html")
        #expect(arrow.toPath == "/usr/share/nginx/html/start.html")
        #expect(arrow.toStack == 1)
    }

    @Test("frames are collapsed alike: a path changed in any of them stays in all")
    func collapse() {
        let columns = (0..<20).map { Path("/file\($0)") }
        var frames = (0..<2).map { number in
            LayerMatrix(
                caption: .init(cause: "frame \(number)", effect: ""), columns: columns, stacks: [.init()],
                lowerRows: (1...12).reversed().map { .layer(.init(number: $0, createdBy: "layer \($0)")) })
        }
        frames[0].stacks[0].upper["/file17"] = .observed(.whiteout(.thisStep))
        frames[1].stacks[0].upper["/file19"] = .observed(
            .copiedUp(CopyUp(.file(size: 1), fromLayer: 3), .thisStep))
        let collapsed = LayerMatrix.collapse(frames)
        #expect(collapsed[0].columns == ["/file0", "/file1", "/file2", "/file3", "/file17", "/file19"])
        #expect(collapsed[1].columns == collapsed[0].columns)
        #expect(collapsed.map(\.omittedPaths) == [14, 14])
        for frame in collapsed {
            #expect(frame.layers.map(\.number) == [12, 11, 10, 3])
            #expect(frame.lowerRows.contains(.omitted(6)))
            #expect(frame.lowerRows.last == .omitted(2))
        }
    }

    @Test("what fits is left as it is")
    func nothingToCollapse() {
        for (_, matrix) in Samples.all { #expect(LayerMatrix.collapse([matrix]) == [matrix]) }
    }

    @Test("the description says every cell")
    func description() {
        let text = Samples.copyUp.description
        #expect(text.contains("/etc/hosts in upper: a whiteout made earlier: it hides the name in the layers beneath."))
        #expect(text.contains("/etc/passwd in layer 2: a file of 1,434 bytes, the source of the copy-up."))
    }

    @Test("a layer counts the images that stand on it")
    func sharedLayers() {
        let counts = Samples.graph.imagesPerLayer
        #expect(counts == ["sha256:1111111111111111": 3, "sha256:2222222222222222": 2, "sha256:3333333333333333": 1])
    }
}
