import TestServers
import Testing

@testable import Downloads

/// Files of a web server on the loopback.
struct DownloadTests {
    private static let time = "Last-Modified: Mon, 03 Feb 2020 04:05:06 GMT"

    private let server = try! WebServer { path in
        switch path {
        case "/dir/a%20b.txt?q=1": WebServer.Answer("hello\n", headers: [time])
        case "/": WebServer.Answer("root", headers: ["Content-Disposition: attachment; filename=\"x/the name.tar\""])
        case "/once": WebServer.Answer(status: "302 Found", headers: ["Location: /dir/a%20b.txt?q=1"])
        case "/loop": WebServer.Answer(status: "302 Found", headers: ["Location: /loop"])
        case "/file": WebServer.Answer(status: "302 Found", headers: ["Location: file:///etc/passwd"])
        case "/short": WebServer.Answer("half", headers: ["Content-Length: 9"])
        case "/endless": WebServer.Answer("x", isEndless: true)
        default: nil
        }
    }

    private func fetch(_ path: String) throws -> (Download, String) {
        var bytes: [UInt8] = []
        let download = try Download.fetch(server.url + path) { bytes += $0 }
        return (download, String(decoding: bytes, as: UTF8.self))
    }

    @Test func aFileHasItsNameAndTime() throws {
        let (download, text) = try fetch("/dir/a%20b.txt?q=1#part")
        #expect(text == "hello\n")
        #expect(download == Download(name: "a b.txt", modified: 1_580_702_706))
    }

    @Test func aFileThatThePathDoesNotNameIsNamedByTheServer() throws {
        #expect(try fetch("/").0 == Download(name: "the name.tar", modified: nil))
    }

    @Test func aRedirectIsFollowedAndTheNameStays() throws {
        let (download, text) = try fetch("/once")
        #expect(text == "hello\n" && download.name == "once" && download.modified == 1_580_702_706)
    }

    @Test func aRefusalIsToldInDockersWords() throws {
        let error = #expect(throws: DownloadError.self) { try fetch("/nope") }
        #expect(error?.description == "failed to GET \(server.url)/nope with status 404 Not Found: nothing here")
    }

    /// The reasons are libcurl's words.
    @Test(arguments: [("/loop", "redirects"), ("/file", "file"), ("/short", "remaining to read")])
    func whatFailsIsOneSentence(path: String, word: String) throws {
        let error = #expect(throws: DownloadError.self) { try fetch(path) }
        let sentence = try #require(error?.description)
        #expect(sentence.hasPrefix("failed to GET \(server.url)\(path): "))
        #expect(sentence.dropFirst(server.url.count + 20).contains(word))
    }

    @Test func whatIsNotThereIsTold() throws {
        let error = #expect(throws: DownloadError.self) { try Download.fetch("http://127.0.0.1:1/x") { _ in } }
        #expect(error?.description.contains("Failed to connect") == true)
    }

    @Test func whoReceivesMayEndIt() throws {
        struct Enough: Error {}
        #expect(throws: Enough.self) { try Download.fetch(server.url + "/endless") { _ in throw Enough() } }
        #expect(throws: Enough.self) {
            try Download.fetch(server.url + "/endless") { _ in
            } progress: { bytes, _ in
                if bytes > 0 { throw Enough() }
            }
        }
    }

    @Test(
        arguments: [
            ("https://u:p%40@host:8/a@b?q=@", "https://host:8/a@b?q=@"), ("http://host/a@b", "http://host/a@b"),
            ("http://a@b@host", "http://host"), ("no URL", "no URL"),
        ])
    func aPasswordIsNotShown(url: String, shown: String) {
        #expect(Download.withoutPassword(url) == shown)
    }

    @Test(
        arguments: [
            ("attachment; filename=a.txt", "a.txt"), ("attachment; FileName=\"a \\\"b\\\"; c\"", "a \"b\"; c"),
            ("attachment", nil), ("attachment; filename=\"\"", nil), ("attachment; filename=..", nil),
            ("attachment; filename=/etc/passwd", "passwd"),
        ] as [(String, String?)])
    func aContentDispositionNamesAFile(header: String, name: String?) {
        #expect(ContentDisposition.fileName(header) == name)
    }
}
