import Builder
import Glibc
import Linux
import Synchronization
import TestServers
import Testing

/// ADD of what a web server has, as Docker 20.10's engine does it.
@Suite(.enabled(if: isRoot, "containers are made as root"))
struct RemoteFileTests {
    private let content = Content()
    private let server: WebServer

    private final class Content: Sendable {
        let text = Mutex("hello\n")
        /// Is interrupted as soon as the file is asked for that does not end.
        let control = BuildControl()
    }

    init() throws {
        let content = content
        server = try WebServer { path in
            let text = content.text.withLock { $0 }
            if path == "/endless" { content.control.interrupt() }
            return switch path {
            case "/f.txt": .init(text, headers: ["Last-Modified: Mon, 03 Feb 2020 04:05:06 GMT"])
            case "/t.tgz": .init("no time")
            case "/": .init("nameless\n")
            case "/endless": .init("x", isEndless: true)
            default: nil
            }
        }
    }

    @Test func aFileIsThereWithItsTimeAndForItsOwnerAlone() throws {
        let scene = try Scene()
        let outcome = try scene.build(
            """
            FROM busybox
            ADD \(server.url)/f.txt \(server.url)/t.tgz /d/
            ADD --chown=3:4 \(server.url)/f.txt /own/as
            ADD \(server.url)/ /nameless
            RUN stat -c '%a %u:%g %Y %n' /d/f.txt /d/t.tgz /own/as /nameless; cat /d/f.txt /nameless
            """)
        #expect(
            outcome.output == [
                "600 0:0 1580702706 /d/f.txt", "600 0:0 0 /d/t.tgz", "600 3:4 1580702706 /own/as",
                "600 0:0 0 /nameless",
                "hello", "nameless",
            ])
    }

    @Test func itsContentIsTheKey() throws {
        let scene = try Scene()
        let dockerfile = "FROM busybox\nADD \(server.url)/f.txt /\nRUN cat /f.txt\n"
        #expect(try scene.build(dockerfile).output == ["hello"])
        #expect(try scene.build(dockerfile).usesOfCache == 2)
        content.text.withLock { $0 = "changed\n" }
        let outcome = try scene.build(dockerfile) { $0.explains = true }
        #expect(outcome.output == ["changed"])
        #expect(outcome.lines.contains(" ---> Cache miss: \(server.url)/f.txt has changed"))
    }

    @Test(
        arguments: [
            ("ADD HOST/nope /", "ADD failed: failed to GET HOST/nope with status 404 Not Found: nothing here"),
            ("ADD HOST/ /d/", "ADD failed: cannot determine filename for source HOST/"),
            ("COPY HOST/f.txt /", "COPY failed: source can't be a URL for COPY"),
            (
                "ADD HOST/f.txt HOST/t.tgz /d",
                "When using ADD with more than one source file, the destination must be a directory and end with a /"
            ),
        ])
    func refusesInDockersWords(instruction: String, sentence: String) throws {
        let scene = try Scene()
        let outcome = try scene.build("FROM busybox\n\(instruction.replacing("HOST", with: server.url))\n")
        #expect((outcome.error as? BuildError)?.description == sentence.replacing("HOST", with: server.url))
        #expect(scene.unfinished().isEmpty)
    }

    @Test func anInterruptionEndsADownload() throws {
        let scene = try Scene()
        let outcome = try scene.build("FROM busybox\nADD \(server.url)/endless /x\n") { $0.control = content.control }
        #expect(outcome.lines.last?.hasPrefix("Step 2/2") == true)
        #expect(outcome.error is BuildControl.Interruption)
        #expect(scene.unfinished().isEmpty)
    }
}
