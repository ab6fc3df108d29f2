import Events
import LayerModel
import Testing

@testable import Lessons
@testable import Recording

@Suite("The columns of a frame where no author names any")
struct FrameColumnsTests {
    private func columns(_ operations: ObservedOperation...) -> [Path] { columns(operations) }

    private func columns(_ operations: [ObservedOperation]) -> [Path] {
        FrameColumns.named(
            by: operations.enumerated().map {
                RecordedCall(container: "c", sequence: Int64($0.offset), operation: $0.element, judgement: nil)
            })
    }

    @Test("names that calls changed, in their order, each once, and no parent that only came along")
    func changed() {
        #expect(
            columns(Record.lookup("/etc/passwd", .lower(1)), Record.append, Record.delete, Record.append) == [
                "/etc/motd", "/etc/issue",
            ])
        // The directory that cannot be renamed has a frame, though nothing of it changed.
        #expect(
            columns(Record.refusedRename, Record.makeDirectory, Record.makeFile) == [
                "/srv/www", "/srv/site", "/srv/site/index.html",
            ])
    }

    @Test("where nothing changed, names that were refused, and else those that were looked at")
    func unchanged() {
        let refused = Record.call("mkdir", "mkdir", .mkdir("/app/", mode: 0o755), errno: .EEXIST)
        #expect(columns(Record.lookup("/etc/motd", .lower(3)), refused) == ["/app"])
        #expect(
            columns(Record.lookup("/etc/motd", .lower(3)), Record.lookup("/nosuch", nil)) == ["/etc/motd", "/nosuch"])
        #expect(columns() == [])
    }

    @Test("of more names than there is room for, that of the caption's call stays")
    func room() {
        let many = (1...8).map { number in
            let path = Path("/d\(number)")
            return Record.call(
                "mkdir", "mkdir", .mkdir(path, mode: 0o755), [ObservedEffect(LayerEffect(.create, path))])
        }
        #expect(columns([Record.append] + many) == ["/etc/motd", "/d4", "/d5", "/d6", "/d7", "/d8"])
    }
}
