import LayerContents
import LayerModel
import Testing

struct ContentsTests {
    /// What becomes of each name, as `layer:path change hidden-by`.
    private func told(_ contents: ImageContents) -> [String] {
        contents.layers.indices.flatMap { layer in
            contents.layers[layer].entries.indices.dropFirst().map { entry in
                let appearance = contents.appearance(of: entry, in: layer)
                let hidden = appearance.hiddenBy.map { " <\($0)" } ?? ""
                return "\(layer):\(contents.layers[layer].path(of: entry)) \(appearance.change)\(hidden)"
            }
        }
    }

    @Test func aNameIsAddedChangedAndRemoved() {
        let contents = ImageContents(layers: [
            listing(["d /etc", "f /etc/a 10", "f /etc/b 20"]),
            listing(["d /etc", "f /etc/a 11", "w /etc/b", "f /etc/c 1"]),
        ])
        #expect(
            told(contents) == [
                "0:/etc added", "0:/etc/a added <1", "0:/etc/b added <1", "1:/etc unchanged", "1:/etc/a changed",
                "1:/etc/b removed", "1:/etc/c added",
            ])
        #expect(contents.efficiency == Efficiency(storedBytes: 42, hiddenBytes: 30))
        #expect(contents.accounts[0].hiddenBytes == 30 && contents.accounts[1].hidesBytes == 30)
    }

    /// As `docker history` counts them.
    @Test func aSymbolicLinkHasTheBytesOfItsTarget() {
        let contents = ImageContents(layers: [
            listing(["l /a 12345", "= /b /a", "l /c 123", "f /d 100"]), listing(["w /a", "w /c"]), listing(["w /b"]),
        ])
        #expect(contents.accounts.map(\.storedBytes) == [108, 0, 0])
        #expect(contents.accounts.map(\.hidesBytes) == [0, 3, 5])
        #expect(contents.hiddenFiles().map(\.size) == [5, 5, 3])
    }

    @Test func aDirectoryIsChangedByTheSecondOfItsTime() throws {
        func directory(at nanoseconds: Int64, mode: UInt16 = 0o755) -> LayerListing {
            let root = LayerListing.Entry(name: "", parent: nil, kind: .directory, permissions: 0o755, inode: 0)
            return LayerListing(entries: [
                root,
                .init(
                    name: "a", parent: 0, kind: .directory, permissions: mode, modified: nanoseconds, inode: 1),
            ])
        }
        func change(_ from: Int64, _ to: Int64) -> ImageContents.Change {
            ImageContents(layers: [directory(at: from), directory(at: to)]).appearance(of: 1, in: 1).change
        }
        #expect(change(5_000_000_000, 5_999_999_999) == .unchanged)
        #expect(change(5_999_999_999, 6_000_000_000) == .changed)
        #expect(change(-1, -1_000_000_000) == .unchanged)
        #expect(change(-1, 0) == .changed)
        let contents = ImageContents(layers: [directory(at: 0), directory(at: 0, mode: 0o700)])
        let (before, after) = (contents.layers[0].entries[1], contents.layers[1].entries[1])
        #expect(contents.altered(by: 1, in: 1) == before)
        #expect(try #require(contents.story(of: "/a")).chapters[1].event == .alters(after, from: before))
        #expect(contents.altered(by: 1, in: 0) == nil)
    }

    @Test func anOpaqueDirectoryAndADeletedOneHideAllBeneath() {
        let contents = ImageContents(layers: [
            listing(["d /a", "d /a/b", "f /a/b/c 5", "d /d", "f /d/e 7"]), listing(["o /a", "f /a/new 1", "w /d"]),
        ])
        #expect(
            told(contents) == [
                "0:/a added <1", "0:/a/b added <1", "0:/a/b/c added <1", "0:/d added <1", "0:/d/e added <1",
                "1:/a changed", "1:/a/new added", "1:/d removed",
            ])
        #expect(contents.hiddenFiles().map(\.reason) == [.deleted("/d"), .opaque("/a")])
        #expect(contents.efficiency.hiddenBytes == 12)
    }

    @Test func aFileOverADirectoryCoversItAndADirectoryOverAFileBeginsAnew() {
        let contents = ImageContents(layers: [
            listing(["d /a", "f /a/b 5"]), listing(["f /a 2"]), listing(["d /a", "f /a/b 6"]),
        ])
        #expect(
            told(contents) == [
                "0:/a added <1", "0:/a/b added <1", "1:/a changed <2", "2:/a changed", "2:/a/b added",
            ])
        #expect(contents.hiddenFiles().map(\.reason) == [.covered("/a"), .replaced])
        #expect(contents.efficiency == Efficiency(storedBytes: 13, hiddenBytes: 7))
    }

    @Test func aFileOfTwoNamesIsHiddenWithTheLastOne() {
        let base = listing(["f /a 100", "= /b /a"])
        #expect(
            ImageContents(layers: [base, listing(["w /a"])]).efficiency == Efficiency(storedBytes: 100, hiddenBytes: 0))
        let both = ImageContents(layers: [base, listing(["w /a"]), listing(["f /b 1"])])
        #expect(both.efficiency == Efficiency(storedBytes: 101, hiddenBytes: 100))
        #expect(both.accounts[2].hidesBytes == 100)
    }

    @Test func whatMergedIsHiddenWithAllItsLayers() {
        let contents = ImageContents(layers: [
            listing(["d /a", "f /a/x 1"]), listing(["d /a", "f /a/y 2"]), listing(["w /a"]),
            listing(["d /a", "f /a/x 4"]),
        ])
        #expect(
            told(contents) == [
                "0:/a added <2", "0:/a/x added <2", "1:/a unchanged <2", "1:/a/y added <2", "2:/a removed",
                "3:/a added", "3:/a/x added",
            ])
    }

    @Test func onlyWhatLayersAboveTheBaseHideIsTheImagesOwn() {
        let contents = ImageContents(layers: [
            listing(["f /a 10"]), listing(["f /a 10"]), listing(["w /a", "f /b 80"]),
        ])
        #expect(contents.efficiency.hiddenBytes == 20)
        #expect(contents.efficiency(above: 2).hiddenBytes == 10)
        #expect(ImageContents(layers: []).efficiency.score == 1)
    }

    @Test func aPathHasAStory() throws {
        let contents = ImageContents(layers: [
            listing(["d /a", "f /a/b 5"]), listing(["o /a"]), listing(["d /a", "f /a/b 6"]), listing(["w /a"]),
        ])
        let story = try #require(contents.story(of: "/a/b"))
        #expect(story.chapters.map(\.layer) == [0, 1, 2, 3])
        #expect(story.chapters[1].event == .hides(.opaque("/a")))
        #expect(story.chapters[3].event == .hides(.deleted("/a")))
        #expect(story.visible == nil)
        #expect(contents.story(of: "/none") == nil)
        #expect(contents.story(of: "/a")?.visible == nil)
    }
}
