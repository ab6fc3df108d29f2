import Events
import LayerModel
import Testing

@testable import Lessons

@Suite("An expectation")
struct ExpectationTests {
    static let facts = StepFacts(
        exitStatus: 0, standardOutput: "config\nVERSION\n", standardError: "",
        operations: [
            Record.append, Record.secondAppend, Record.delete, Record.refusedRename, Record.makeDirectory,
            Record.deleteDirectory, Record.lookup("/etc/passwd", .lower(1)), Record.lookup("/etc/gone", nil),
            Record.call(
                "sh", "openat", .open("/data/a.txt", [.readWrite], mode: 0),
                [ObservedEffect(LayerEffect(.linkBroken, "/data/a.txt"))]),
            Record.call(
                "mkdir", "mkdirat", .mkdir("/app/cache/", mode: 0),
                [ObservedEffect(LayerEffect(.opaque, "/app/cache"))]),
        ])

    @Test(
        "holds when the record shows it",
        arguments: [
            "copy-up", "copy-up /etc/motd", "copy-up /etc/motd from 3", "copy-up /etc/motd from 3 size 52",
            "copy-up size 52", "parent-copy-up /etc from 3", "whiteout /etc/issue hides 2", "opaque /app/cache",
            "link-broken /data/a.txt", "create /srv/site", "remove /srv/www", "effects", "count 1 copy-up",
            "count 2 whiteout", "count 0 redirect", "count 1 copy-up /etc/motd", "errno EXDEV",
            "errno EXDEV rename /srv/www", "errno EXDEV rename /srv/site", "errno any /srv/www", "errno EXDEV /srv/www",
            "call mkdir /srv/site", "call mkdirat /app/cache", "call open /etc/motd", "call rmdir",
            "answer /etc/passwd 1", "answer /etc/motd upper", "answer /etc/gone none", "exit 0",
            "stdout contains config", "stdout matches ^VERSION$", "stderr empty", "no redirect",
            "no copy-up /etc/passwd",
            "no whiteout /etc/issue hides 3", "no errno EPERM", "no call truncate", "no exit 1", "no stdout empty",
        ])
    func holds(_ text: String) throws {
        let finding = try Expectation(parsing: text).holds(in: Self.facts)
        #expect(finding.held, "\(finding.sentence)")
    }

    @Test(
        "does not hold when the record shows something else, and says what",
        arguments: [
            ("copy-up /etc/motd from 2", "copy-up /etc/motd (layer 3, 52 bytes)"),
            ("copy-up /etc/motd size 53", "copy-up /etc/motd (layer 3, 52 bytes)"),
            ("copy-up /etc/passwd", "copy-up /etc/motd (layer 3, 52 bytes)"),
            ("whiteout /srv/www hides 3", "remove /srv/www (layer upper); whiteout /srv/www (layer 2)"),
            ("count 2 copy-up", "1 of `copy-up`: copy-up /etc/motd (layer 3, 52 bytes)"),
            ("errno EPERM rename", "rename(/srv/www, /srv/site) = EXDEV; openat(/etc/gone, O_RDONLY) = ENOENT"),
            ("call rename", "no such call"),
            ("call truncate /srv/site", "rename(/srv/www, /srv/site) = EXDEV; mkdir(/srv/site)"),
            ("answer /etc/passwd 2", "openat(/etc/passwd, O_RDONLY) answered by layer 1"),
            ("answer /etc/shadow 1", "no call on /etc/shadow"),
            ("exit 1", "exit status 0"),
            ("stdout contains nginx", "stdout \"config ⏎ VERSION\""),
            ("stdout matches ^conf$", "stdout \"config ⏎ VERSION\""),
            ("stdout empty", "stdout \"config ⏎ VERSION\""),
            ("stderr contains x", "stderr empty"),
            ("no opaque", "opaque /app/cache (layer upper)"),
            ("no exit 0", "exit status 0"),
        ])
    func fails(_ text: String, _ recorded: String) throws {
        let finding = try Expectation(parsing: text).holds(in: Self.facts)
        #expect(!finding.held)
        #expect(finding.sentence == "Expected `\(text)`; recorded: \(recorded).")
    }

    @Test("about effects fails on a record without any")
    func nothingRecorded() throws {
        let facts = StepFacts(exitStatus: 0)
        #expect(try Expectation(parsing: "no effects").holds(in: facts).sentence == "Recorded: no effect.")
        #expect(try !Expectation(parsing: "effects").holds(in: facts).held)
        #expect(try !Expectation(parsing: "errno any").holds(in: facts).held)
        #expect(
            try Expectation(parsing: "copy-up").holds(in: facts).sentence == "Expected `copy-up`; recorded: no effect.")
    }

    @Test("a refused call does not count as made")
    func refusedIsNotMade() throws {
        let facts = StepFacts(exitStatus: 0, operations: [Record.refusedRename])
        #expect(try !Expectation(parsing: "call rename").holds(in: facts).held)
    }

    @Test(
        "is written as it was read",
        arguments: [
            "copy-up /etc/motd from 3 size 52", "whiteout /a hides 2", "no parent-copy-up", "count 3 create /tmp",
            "errno EXDEV rename /srv/www", "errno", "call openat2 /x", "answer /x none", "answer /x upper", "exit 127",
            "stdout contains a  b", "stderr matches ^x.*$", "stdout empty", "no effects", "opaque \"/with space\"",
        ])
    func roundTrip(_ text: String) throws {
        let read = text == "errno" ? "errno any" : text
        #expect(try Expectation(parsing: read).description == text)
    }

    @Test(
        "that cannot be read says where and why",
        arguments: [
            ("", 0, "add a fact"),
            ("copyup /x", 0, "write `copy-up`"),
            ("no no copy-up", 3, "`no` stands twice"),
            ("copy-up etc/motd", 8, "write `copy-up [PATH] [from LAYER] [size BYTES]`"),
            ("copy-up /x hides 2", 11, "write `copy-up"),
            ("whiteout /x from 2", 12, "write `whiteout [PATH] [hides LAYER]`"),
            ("copy-up /x from", 15, "add a layer"),
            ("copy-up /x from 0", 16, "no layer"),
            ("copy-up /x size big", 16, "no size"),
            ("opaque /x size 3", 10, "write `opaque [PATH]`"),
            ("count copy-up 1", 6, "write `count 1 copy-up`"),
            ("count 1 copy", 8, "no kind of effect"),
            ("errno EXDE", 6, "no error of errno(3)"),
            ("errno EXDEV renam /x", 12, "write `rename`"),
            ("errno EXDEV rename x", 19, "not an absolute path"),
            ("call /x", 7, "needs the name of a call"),
            ("answer /x", 9, "add the layer"),
            ("exit zero", 5, "number from 0 to 255"),
            ("stdout has x", 7, "write `contains`, `matches` or `empty`"),
            ("stdout matches (", 15, "no regular expression"),
            ("stdout empty now", 13, "take it away"),
            ("exit 0 0", 7, "take it away"),
        ])
    func unreadable(_ text: String, _ offset: Int, _ part: String) throws {
        let error = try #require(throws: ExpectationError.self) { try Expectation(parsing: text) }
        #expect(error.offset == offset)
        #expect(error.message.contains(part), "\(error.message)")
    }
}
