import LayerModel
import Scripts
import Testing

/// POSIX shell words without expansion.
@Suite struct WordTests {
    /// The words behind `file /f 644`, which have to be one.
    private func contents(_ word: String) throws -> [UInt8]? {
        guard case .file(_, _, .bytes(let bytes)) = try layer("file /f 644 \(word)").first else { return nil }
        return bytes
    }

    @Test(arguments: [
        (#"hello"#, "hello"), (#""two words""#, "two words"), (#"'two words'"#, "two words"),
        (#"two\ words"#, "two words"), (#"a"b c"d'e f'"#, "ab cde f"), ("\"\"", ""), (#"''"#, ""),
        (#"'a"b'"#, #"a"b"#), (#""a'b""#, "a'b"), (#"'a\nb'"#, #"a\nb"#), (#""a\nb""#, #"a\nb"#),
        (#""a\"b\\c\$d\`e""#, #"a"b\c$d`e"#), (##"\"\'\\\#"##, ##""'\#"##), (#"$HOME"#, "$HOME"),
        (#""$(id)`id`""#, "$(id)`id`"),
        (#"*?[a]{b,c}~;&|<>()!"#, "*?[a]{b,c}~;&|<>()!"), (#"a#b"#, "a#b"), ("\"#c\"", "#c"), ("\\#c", "#c"),
        (#"x # a comment with "quotes"#, "x"), ("'two\nlines'", "two\nlines"), ("\"two\nlines\"", "two\nlines"),
        ("a\\\nb", "ab"), ("\"a\\\nb\"", "ab"), ("\\\n  x", "x"), ("ü→😀", "ü→😀"), ("a\u{0}b", "a\u{0}b"),
    ])
    func aWordIsReadAsAShellReadsIt(written: String, read: String) throws {
        #expect(try contents(written) == [UInt8](read))
    }

    @Test func linesMayEndInCarriageReturnsAndTheLastInNothing() throws {
        let script = try Script(
            parsing: "layer\r\n  # a comment\r\nfile /f 644 \"x\"\r\n\r\nrun\r\nunlink /f # gone\r\n\tstat /f\r")
        #expect(script.layers == [[.file("/f", mode: 0o644, .bytes([UInt8]("x")))]])
        #expect(script.operations.map(\.text) == ["unlink /f # gone", "\tstat /f"])
        #expect(script.operations.map(\.number) == [6, 7])
    }

    @Test func aQuotedLineBreakGoesOnWithTheLineAndIsCounted() throws {
        let script = try Script(parsing: "run\nopen /f O_WRONLY write 'a\nb'\nstat \\\n/f\nstat /g\n")
        #expect(script.operations.map(\.number) == [2, 4, 6])
        #expect(script.operations[0].text == "open /f O_WRONLY write 'a\nb'")
        #expect(script.operations[1].operation == .call(.stat(Operand("/f", .noFollow))))
    }

    @Test func anUnclosedQuoteIsNamedWhereItBegins() {
        #expect(
            problem("run\nopen /f O_WRONLY write \"x\n")
                == "2:24: a quote that begins here is not closed; expected another \"")
        // The quotes pair up wrongly from the missing one on.
        #expect(problem("run\nopen /f O_WRONLY write \"x\nopen /g O_WRONLY write \"y\"\n").hasPrefix("2:24: "))
        #expect(problem("run\nmkdir /it's\n").hasPrefix("2:10: "))
        #expect(problem("run\nmkdir /a\\").hasPrefix("2:9: a backslash at the end"))
    }

    @Test func columnsCountCharactersAndLinesCountFromOne() {
        #expect(problem("run\nstat /ü→😀 x\n").hasPrefix("2:11: expected the end of the line, found `x`"))
        #expect(problem("\u{FEFF}rum\n").hasPrefix("1:1: "))
        #expect(problem("run\n\tstat\n").hasPrefix("2:6: expected an absolute path, found the end of the line"))
    }

    @Test func bytesThatAreNoTextMayBeContentsButNoNames() throws {
        let bytes =
            [UInt8]("layer\nfile /f 644 ") + [0xFF, 0xFE] + [UInt8]("\nrun\nopen /f O_RDWR write ") + [0xC0, 0]
        let script = try Script(parsing: bytes)
        #expect(script.layers[0] == [.file("/f", mode: 0o644, .bytes([0xFF, 0xFE]))])
        #expect(
            script.operations[0].operation == .open("/f", .readWrite, mode: 0o644, [.write([0xC0, 0])], keepAs: nil))
        #expect(script.operations[0].text == "open /f O_RDWR write \u{10FFC0}\u{0}")
        #expect(problem("run\nstat /a\u{0}b") == "2:6: a path cannot hold a NUL byte: stat PATH")
        #expect(problem("run\nsymlink a\u{0} /b").hasPrefix("2:9: a target cannot hold a NUL byte"))
    }
}
