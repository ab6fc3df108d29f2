import Diagrams
import Pictures
import Testing

@Suite("Drivers side by side as a picture")
struct ComparisonPictureTests {
    private static let comparison = DriverComparison(
        title: "59: simulated", drivers: ["overlay2", "devicemapper"],
        rows: [
            .init(
                line: nil, operation: "make the container",
                outcomes: [.done(.init(), hidden: 0), .done(.init(stored: 65_536), hidden: 0)]),
            .init(
                line: 8, operation: "open /data/<big> & O_RDWR write \"x\" with a line that is too long for one",
                outcomes: [
                    .done(.init(copied: 33_554_432, stored: 33_554_432), hidden: 0),
                    .done(.init(copied: 61_440), hidden: 0),
                ]),
            .init(line: 9, operation: "unlink /f", outcomes: [.done(.init(), hidden: 2), .notRun]),
            .init(line: 10, operation: "rename /d /e", outcomes: [.refused("EXDEV"), .notRun]),
        ], totals: [.init(copied: 33_554_432, stored: 33_554_432), .init(copied: 61_440)])

    @Test("an outcome's words tell what it copied, stored, hid or why it was refused")
    func words() {
        let rows = Self.comparison.rows
        #expect(rows[0].outcomes.map(\.words) == [["ok"], ["stored 64 KiB"]])
        #expect(rows[1].outcomes.map(\.words) == [["copied 32 MiB", "stored 32 MiB"], ["copied 60 KiB"]])
        #expect(rows[2].outcomes.map(\.words) == [["2 whiteouts"], ["not run"]])
        #expect(rows[3].outcomes.map(\.words) == [["EXDEV"], ["not run"]])
        #expect(rows.map { $0.outcomes[0].weight } == [.free, .large, .hidden, .refused])
        #expect(rows.map { $0.outcomes[1].weight } == [.small, .small, .notRun, .notRun])
    }

    @Test("the picture is well-formed, and no word of a cell is lost", arguments: Theme.allCases)
    func svg(theme: Theme) throws {
        let svg = String(decoding: try Self.comparison.drawing(theme: theme).rendered(as: .svg), as: UTF8.self)
        #expect(xmlFault(svg) == nil)
        for word in ["overlay2", "devicemapper", "copied 32 MiB", "stored 32 MiB", "2 whiteouts", "EXDEV", "not run"] {
            #expect(svg.contains(word), "\(word)")
        }
        #expect(svg.contains("rename /d /e — overlay2: EXDEV; devicemapper: not run."))
    }

    @Test("what of the page cache is shared stands in the cell, in a row of its own and in the words beneath")
    func pageCache() throws {
        var opened = Self.comparison
        let shared = DriverComparison.PageCache(isShared: true)
        let apart = DriverComparison.PageCache(isShared: false)
        opened.rows[0].outcomes = [.done(.init(cache: shared), hidden: 0), .done(.init(cache: apart), hidden: 0)]
        opened.totals[0]?.cache = .init(shared: 1, apart: 1)
        opened.totals[1]?.cache = .init(apart: 2)
        #expect(opened.rows[0].outcomes.map(\.words) == [["cache shared"], ["cache apart"]])
        let svg = String(decoding: try opened.drawing().rendered(as: .svg), as: UTF8.self)
        for word in ["cache shared", "cache apart", "page cache", "1 of 2 shared", "0 of 2 shared"] {
            #expect(svg.contains(word), "\(word)")
        }
        #expect(opened.definitions.map(\.word) == ["copied", "stored", "cache"])
        #expect(Self.comparison.definitions.map(\.word) == ["copied", "stored"])
    }

    @Test("what does not fit on a screen is counted")
    func manyRows() throws {
        var many = Self.comparison
        many.rows = Array(repeating: many.rows[0], count: 30)
        let svg = String(decoding: try many.drawing().rendered(as: .svg), as: UTF8.self)
        let shown = (0..<30).filter { svg.contains("id=\"cell_\($0)_0\"") }.count
        #expect((8...14).contains(shown))
        #expect(svg.contains("all, and \(30 - shown) more"))
        #expect(svg.contains("height=\"720pt\""))
    }

    @Test("a line in which drivers come to different errors is always drawn, on a higher canvas if need be")
    func differingErrors() throws {
        var many = Self.comparison
        let plain = many.rows[0]
        func row(_ line: Int, _ one: DriverComparison.Outcome, _ other: DriverComparison.Outcome)
            -> DriverComparison.Row
        {
            .init(line: line, operation: "rename /\(line) /x", outcomes: [one, other])
        }
        many.rows = Array(repeating: plain, count: 30) + [row(40, .refused("EXDEV"), .done(.init(), hidden: 1))]
        var svg = String(decoding: try many.drawing().rendered(as: .svg), as: UTF8.self)
        #expect(svg.contains("rename /40 /x") && svg.contains("⚠ EXDEV") && svg.contains("height=\"720pt\""))
        many.rows += (41...60).map { row($0, .refused("EXDEV"), .refused("EPERM")) }
        svg = String(decoding: try many.drawing().rendered(as: .svg), as: UTF8.self)
        for line in 40...60 { #expect(svg.contains("rename /\(line) /x")) }
        #expect(svg.contains("all, and 30 more") && !svg.contains("height=\"720pt\""))
        #expect(svg.contains("21 EXDEV") && svg.contains("20 EPERM"))
        #expect(!row(1, .refused("EXDEV"), .refused("EXDEV")).differsInErrors)
        #expect(!row(1, .refused("EXDEV"), .notRun).differsInErrors)
    }

    @Test("a driver that mounts nothing has a column, and a sentence that tells why")
    func refusedMount() throws {
        var refused = Self.comparison
        refused.rows[0].outcomes[1] = .refused("ENOSPC")
        for index in 1...3 { refused.rows[index].outcomes[1] = .notRun }
        refused.totals[1] = nil
        refused.notes = ["devicemapper: the mount is refused with ENOSPC: too much"]
        #expect(refused.refusals(under: 0) == ["EXDEV"] && refused.refusals(under: 1) == ["ENOSPC"])
        let svg = String(decoding: try refused.drawing().rendered(as: .svg), as: UTF8.self)
        #expect(svg.contains("⚠ ENOSPC") && svg.contains("the mount is refused with ENOSPC: too much"))
        #expect(refused.sentences.hasSuffix("refused with ENOSPC: too much."))
    }
}
