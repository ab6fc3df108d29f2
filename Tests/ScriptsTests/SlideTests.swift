import Foundation
import LayerModel
import Scripts
import StorageDrivers
import Testing

/// What the slides say of storage drivers, shown by `teach sim --compare`.
struct SlideTests {
    private static let unions: [StorageDriverKind] = [.overlay2, .aufs]

    /// The reports by the line's text, for each driver.
    private func run(_ name: String, _ driver: StorageDriverKind) throws -> (Cost, [OperationReport]) {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../Scripts/slides/\(name).sim")
        let script = try Script(parsing: String(contentsOf: file, encoding: .utf8))
        let mount = try SimulatedMount(driver: driver, layers: LayerStack(script.layers))
        var runner = ScriptRunner(script, on: mount)
        var reports: [OperationReport] = []
        while let report = try runner.next() { reports.append(report) }
        return (mount.creation, reports)
    }

    private let size: Int64 = 40960 * 8

    @Test(arguments: unions) func slide59TheWholeFileIsCopiedUp(driver: StorageDriverKind) throws {
        let reports = try run("slide59", driver).1
        #expect(reports[0].cost.copied == 0)
        #expect(reports[1].cost.copied == size)
        #expect(reports[2].cost.copied == 0)
    }

    @Test func slide59BlocksAreCopiedByTheOthers() throws {
        #expect(try run("slide59", .btrfs).1[1].cost.copied == 4095)
        #expect(try run("slide59", .zfs).1[1].cost.copied == 131071)
        let chunks = try run("slide59", .devicemapper).1[1].cost.allocated / ThinPool.chunkSize
        #expect((1...3).contains(chunks))
        let (creation, reports) = try run("slide59", .vfs)
        #expect((creation.copied > size, reports[1].cost.copied) == (true, 0))
    }

    @Test(arguments: StorageDriverKind.allCases) func slide59ADeleteLeavesAMark(driver: StorageDriverKind) throws {
        let kinds = try run("slide59", driver).1[3].effects.map(\.kind)
        #expect(kinds == (Self.unions.contains(driver) ? [.parentCopyUp, .whiteout] : [.remove]))
    }

    @Test(arguments: StorageDriverKind.allCases) func slide59ADirectoryIsRenamed(driver: StorageDriverKind) throws {
        let reports = try run("slide59", driver).1
        #expect(reports[4].errno == (Self.unions.contains(driver) ? .EXDEV : nil))
        // An empty directory of a lower layer is where AUFS and overlayfs part.
        #expect(reports[5].errno == (driver == .overlay2 ? .EXDEV : nil))
    }

    @Test(arguments: [
        (StorageDriverKind.overlay2, [true, false, true, false]), (.aufs, [true, false, false, false]),
        (.devicemapper, [false, false, false, false]), (.btrfs, [false, false, false, false]),
        (.zfs, [true, false, false, false]), (.vfs, [false, false, false, false]),
    ])
    func slide60WhoseCacheAPageIsReadThrough(driver: StorageDriverKind, shared: [Bool]) throws {
        let reports = try run("slide60", driver).1
        // What the write came to is its own; before it the union's file was the image's.
        #expect([0, 2, 3].map { reports[$0].cost.sharesPageCache } == [0, 2, 3].map { shared[$0] })
    }
}
