import Diagrams
import Pictures
import Testing

struct DriverMatrixTests {
    private let matrix = DriverMatrix(
        title: "Two drivers", subtitle: "simulated",
        columns: [.init(name: "overlay2", note: "whole files"), .init(name: "devicemapper", note: "64 KiB chunks")],
        rows: [
            .init(
                label: "open /a/rather/long/path/to/a/file O_WRONLY write \"x\"",
                cells: [.init(.copied, "328 KB", detail: "stored 328 KB"), .init(.cheap, "ok")]),
            .init(label: "rename /a /b", cells: [.init(.refused, "EXDEV"), .init(.notRun, "not run")]),
        ])

    @Test func everyCellIsADrawnSentence() throws {
        let drawing = matrix.drawing()
        #expect(drawing.sentences.values.contains { $0.contains("rename /a /b under overlay2: EXDEV") })
        #expect(drawing.description.contains("devicemapper: ok"))
        let svg = String(decoding: try drawing.rendered(as: .svg), as: UTF8.self)
        #expect(svg.contains("EXDEV") && svg.contains("devicemapper"))
        for theme in Theme.allCases { _ = try matrix.drawing(theme: theme).rendered(as: .svg) }
    }

    @Test func theLegendListsWhatIsInThePicture() {
        #expect(matrix.kinds == [.cheap, .copied, .refused])
        #expect(!matrix.drawing().source.contains("good use"))
    }

    @Test func whatDoesNotFitIsSaid() {
        var many = matrix
        many.rows = Array(repeating: matrix.rows[0], count: DriverMatrix.mostRows + 3)
        #expect(many.drawing().source.contains("3 more in the table"))
    }
}

struct BlockMapTests {
    @Test func theContainersOwnBlocksAreToldApart() throws {
        let map = BlockMap(
            title: "A file", subtitle: "simulated", size: 1 << 20,
            rows: [
                .init(
                    driver: "devicemapper", unit: "64 KiB chunks", granularity: 65536,
                    runs: [
                        .init(0..<65536, isExclusive: true), .init(65536..<1 << 20, isExclusive: false),
                    ]),
                .init(
                    driver: "btrfs", unit: "4 KiB blocks", granularity: 4096,
                    runs: [.init(4096..<8192, isExclusive: true)]),
            ])
        let drawing = map.drawing()
        #expect(drawing.description.contains("devicemapper, 64 KiB chunks: 64 KiB exclusive, 960 KiB shared"))
        #expect(drawing.sentences.values.count { $0.contains("the container's own") } == 2)
        #expect(drawing.sentences.values.count { $0.contains("shared with the image") } == 15)
        #expect(String(decoding: try drawing.rendered(as: .svg), as: UTF8.self).contains("block exclusive"))
    }
}
