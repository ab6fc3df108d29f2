import Glibc
import Terminal
import Testing

@Suite("Text in columns")
struct TextTests {
    @Test("a character is as wide as the terminal makes it")
    func widths() {
        let expected: [(String, Int)] = [
            ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("한", 2), ("\u{1112}\u{1161}\u{11AB}", 2), ("👍", 2),
            ("👨‍👩‍👧", 2), ("⚠\u{FE0F}", 2), ("⚠", 1), ("→…·—✕⊘●", 7), ("\u{200B}", 0), ("", 0), ("ｱ", 1), ("Ａ", 2),
        ]
        for (text, width) in expected { #expect(text.displayWidth == width, "\(text)") }
    }

    @Test("a long text loses its middle, and wide characters count twice")
    func shortening() {
        #expect("/usr/share/nginx/index.html".shortened(to: 13) == "/usr/s…x.html")
        #expect("short".shortened(to: 5) == "short")
        #expect("漢字漢字漢字".shortened(to: 6) == "漢…字")
        #expect("abc".shortened(to: 1) == "…")
        #expect("abc".shortened(to: 0) == "")
        for width in 1...30 { #expect("/漢字/usr/share/nginx/e\u{301}.html".shortened(to: width).displayWidth <= width) }
    }

    @Test("a table lines up and shrinks its widest column first")
    func table() {
        var table = Table([.init("IMAGE"), .init("SIZE", .right), .init("CREATED BY")])
        table.add(["base:1", "4.3 MB", "ADD rootfs.tar / # the whole of busybox and its links"])
        table.add(["漢:1", "12 B", "COPY\u{1B}[2J app"])
        #expect(
            table.text() == """
                IMAGE     SIZE  CREATED BY
                base:1  4.3 MB  ADD rootfs.tar / # the whole of busybox and its links
                漢:1      12 B  COPY\\x1B[2J app

                """)
        #expect(
            table.text(width: 36) == """
                IMAGE     SIZE  CREATED BY
                base:1  4.3 MB  ADD rootf… its links
                漢:1      12 B  COPY\\x1B[2J app

                """)
        for line in table.text(width: 36).split(separator: "\n") { #expect(line.displayWidth <= 36) }
    }

    @Test("a table told in parts has one head, and its columns stay where they were")
    func parts() {
        var table = Table([.init("NAME"), .init("SIZE", .right)])
        table.add(["a long name", "1"])
        #expect(table.takePart() == "NAME         SIZE\na long name     1\n")
        table.add(["b", "22"])
        #expect(table.takePart() == "b              22\n")
        #expect(table.takePart() == "")
    }

    @Test("a table without titles has no head")
    func headless() {
        var table = Table([.init(""), .init("")])
        table.add(["a", "b", "too much"])
        table.add(["c"])
        #expect(table.text() == "a  b\nc\n")
    }

    @Test("colour needs a terminal that can, and nobody who refuses it")
    func style() throws {
        var master: CInt = -1
        var terminal: CInt = -1
        try #require(openpty(&master, &terminal, nil, nil, nil) == 0)
        defer {
            close(master)
            close(terminal)
        }
        func isOn(_ descriptor: CInt, _ variables: [String: String]) -> Bool {
            Style(for: descriptor, environment: { variables[$0] }).isOn
        }
        #expect(isOn(terminal, ["TERM": "xterm"]))
        #expect(isOn(terminal, ["TERM": "xterm", "NO_COLOR": ""]))
        #expect(!isOn(terminal, ["TERM": "xterm", "NO_COLOR": "1"]))
        #expect(!isOn(terminal, ["TERM": "dumb"]))
        var pipes: [CInt] = [-1, -1]
        try #require(pipe(&pipes) == 0)
        defer { pipes.forEach { close($0) } }
        #expect(!isOn(pipes[1], ["TERM": "xterm"]))
        #expect(Style.coloured.apply(.bold, .red, to: "no") == "\u{1B}[1;31mno\u{1B}[0m")
        #expect(Style.plain.apply(.bold, .red, to: "no") == "no")
    }

    @Test("the width is the terminal's, else that of COLUMNS, else 80")
    func width() throws {
        var master: CInt = -1
        var terminal: CInt = -1
        var size = winsize(ws_row: 24, ws_col: 97, ws_xpixel: 0, ws_ypixel: 0)
        try #require(openpty(&master, &terminal, nil, nil, &size) == 0)
        defer {
            close(master)
            close(terminal)
        }
        var pipes: [CInt] = [-1, -1]
        try #require(pipe(&pipes) == 0)
        defer { pipes.forEach { close($0) } }
        #expect(terminalWidth(of: terminal, environment: { _ in "40" }) == 97)
        #expect(terminalWidth(of: pipes[1], environment: { $0 == "COLUMNS" ? "132" : nil }) == 132)
        #expect(terminalWidth(of: pipes[1], environment: { _ in "wide" }) == 80)
        #expect(terminalWidth(of: pipes[1], environment: { _ in nil }) == 80)
    }

    @Test("progress overwrites one line of a terminal, and says nothing elsewhere")
    func progress() throws {
        var master: CInt = -1
        var terminal: CInt = -1
        var size = winsize(ws_row: 24, ws_col: 20, ws_xpixel: 0, ws_ypixel: 0)
        try #require(openpty(&master, &terminal, nil, nil, &size) == 0)
        defer {
            close(master)
            close(terminal)
        }
        try #require(Style.environmentVariable("TERM") != "dumb" || setenv("TERM", "xterm", 1) == 0)
        show("pulling a layer with a long name", on: terminal)
        #expect(try written(to: master) == "\r\u{1B}[Kpulling a…long name\r\u{1B}[K")

        var pipes: [CInt] = [-1, -1]
        try #require(pipe(&pipes) == 0)
        show("nothing", on: pipes[1])
        close(pipes[1])
        #expect(try written(to: pipes[0]) == "")
        close(pipes[0])
    }

    private func show(_ text: String, on descriptor: CInt) {
        let progress = Progress(on: descriptor)
        progress.show(text)
    }

    private func written(to descriptor: CInt) throws -> String {
        // A terminal hands on what was written in pieces, and a little later.
        var all: [UInt8] = []
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&waiting, 1, 500) == 1 {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = read(descriptor, &bytes, bytes.count)
            try #require(count >= 0)
            if count == 0 { break }
            all += bytes.prefix(count)
        }
        return String(decoding: all, as: UTF8.self)
    }
}

@Suite("Prose in a terminal")
struct ProseTests {
    private let lesson: [ProseBlock] = [
        .heading(1, "Copy-up"),
        .paragraph(
            "A file of a *lower* layer is **never** changed: `openat(\"/etc/passwd\", O_RDWR)` copies it up first, "
                + "whole, see [overlayfs](https://docs.kernel.org/filesystems/overlayfs.html). 2 * 3 stays, so does "
                + "snake_case_name."),
        .list([[.paragraph("look in the upper layer")], [.paragraph("then in each lower one, from the top down")]]),
        .list([[.paragraph("predict"), .code("echo x >> /etc/passwd\n")]], start: 9),
        .quote([.paragraph("The second write copies nothing.")]),
    ]

    @Test("blocks are wrapped to the width")
    func plain() {
        expectSnapshot(lesson.text(width: 44), "prose-44.txt")
    }

    @Test("with colour the marks give way to it")
    func coloured() {
        let text = lesson.text(width: 400, style: .coloured)
        #expect(text.contains("a \u{1B}[3mlower\u{1B}[0m layer is \u{1B}[1mnever\u{1B}[0m changed: "))
        #expect(text.contains("\u{1B}[36mO_RDWR)\u{1B}[0m copies"))
        #expect(text.contains("2 * 3 stays, so does snake_case_name."))
        #expect(text.contains("overlayfs (https://docs.kernel.org/filesystems/overlayfs.html)."))
    }

    @Test("marks that are escaped or not closed stay")
    func literal() {
        let blocks: [ProseBlock] = [.paragraph(#"\*not\* emphasis, `open, **open, [text] and a_b_c, *yes*!"#)]
        #expect(blocks.text(width: 200) == "*not* emphasis, `open, **open, [text] and a_b_c, yes!\n")
    }
}
