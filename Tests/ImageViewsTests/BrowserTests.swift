import LayerContents
import LayerModel
import Terminal
import Testing

@testable import ImageViews

struct BrowserTests {
    private static let long = Path(
        "/srv/" + String(repeating: "a", count: 36) + "/" + String(repeating: "b", count: 36))

    /// Two layers: what the upper one deletes, the lower one stores for nothing.
    private func report(deleting paths: [Path], sharedWith: [String] = []) -> ImageReport {
        func layer(_ kind: NodeKind, size: Int64) -> LayerListing {
            var entries = [LayerListing.Entry(name: "", parent: nil, kind: .directory, permissions: 0o755, inode: 0)]
            var numbers: [Path: Int] = [.root: 0]
            for path in paths.flatMap({ $0.ancestors + [$0] }) where numbers[path] == nil {
                let number = entries.count
                numbers[path] = number
                let isLeaf = paths.contains(path)
                entries.append(
                    .init(
                        name: path.name!, parent: numbers[path.parent], kind: isLeaf ? kind : .directory,
                        permissions: 0o755, size: isLeaf ? size : 0, inode: number))
            }
            return LayerListing(entries: entries)
        }
        let contents = ImageContents(layers: [layer(.file, size: 308_000), layer(.whiteout, size: 0)])
        let instructions = ["RUN dd if=/dev/zero of=/srv/file bs=1000", "RUN rm -r /srv/file"]
        return ImageReport(
            name: "app", id: "sha256:00",
            layers: instructions.indices.map {
                .init(
                    number: $0 + 1, diffID: "sha256:0\($0)", chainID: "sha256:0\($0)", createdBy: instructions[$0],
                    account: contents.accounts[$0], sharedWith: sharedWith)
            }, history: [.layer(1), .layer(2)], contents: contents, efficiency: contents.efficiency)
    }

    @Test(arguments: [(110, 30), (80, 24), (40, 10)]) func aHiddenFileTakesOneLine(width: Int, height: Int) throws {
        var browser = ImageBrowser(report(deleting: ["/srv/x", Self.long])) { _, _ in nil }
        _ = browser.press(.character("h"), width: width, height: height)
        let screen = browser.screen(width: width, height: height, style: .plain)
        #expect(screen.allSatisfy { $0.displayWidth <= width })
        #expect(screen[1].hasPrefix("  SIZE  LAYER  PATH"))
        #expect(screen[2].hasPrefix("308 KB      1  /s") && screen[2].contains("…"))
        #expect(screen[3].hasPrefix("308 KB      1  /srv/x") && screen[4].isEmpty)
        // The layer that hides it has its number in every width.
        #expect(screen[2...3].allSatisfy { $0.contains("layer 2") }, "\(screen)")
    }

    @Test func aNarrowListOfLayersKeepsTheInstructionsInAColumn() throws {
        var browser = ImageBrowser(report(deleting: ["/srv/x"])) { _, _ in nil }
        let narrow = browser.screen(width: 80, height: 24, style: .plain)
        #expect(narrow[1].hasPrefix("  2     0 B  RUN rm -r /srv/file"))
        #expect(narrow[2].hasPrefix("  1  308 KB  RUN dd"))
        let wide = browser.screen(width: 120, height: 24, style: .plain)
        #expect(wide[1].hasPrefix("  2     0 B            RUN rm"))
        #expect(wide[2].hasPrefix("  1  308 KB (−308 KB)  RUN dd"))
        _ = browser.press(.down, width: 80, height: 24)
        let told = browser.screen(width: 80, height: 24, style: .plain)
        #expect(told.contains { $0.hasPrefix("308 KB hidden · by RUN dd") })
    }

    @Test(arguments: [
        (100, "/srv/x: layer 1 + adds a file of 308,000 bytes, mode 755, owner 0:0; layer 2 ✕ deletes /srv/x"),
        (60, "/srv/x: layer 1 + adds it; layer 2 ✕ deletes it"),
        (40, "/srv/x: layer 1 +; layer 2 ✕"),
    ])
    func aNamesStoryIsToldWholeInALine(width: Int, story: String) {
        var browser = ImageBrowser(report(deleting: ["/srv/x"])) { _, _ in nil }
        for key in [.tab, .down, .down] as [Key] { _ = browser.press(key, width: width, height: 24) }
        let screen = browser.screen(width: width, height: 24, style: .plain)
        #expect(screen.contains(story), "\(screen)")
    }

    @Test func ofManyImagesOnALayerAFewAreNamed() {
        func alsoIn(_ count: Int) -> String {
            let names = (1...count).map { "app:\($0)" }
            return report(deleting: ["/x"], sharedWith: names).text(width: nil, style: .plain)
        }
        #expect(alsoIn(4).contains("app:1, app:2, app:3, app:4\n"))
        #expect(alsoIn(200).contains("app:1, app:2, app:3 and 197 more\n"))
    }
}
