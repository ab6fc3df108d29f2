import Dockerfiles
import Testing

@Suite struct ShellWordTests {
    private let variables = ["V": "value", "E": "", "S": "a b", "PWD": "/home"]

    @Test(arguments: [
        ("$V", "value"), ("${V}x", "valuex"), ("$Vx", ""), ("$", "$"), ("a$", "a$"), ("$/", "$/"), ("$1x", "x"),
        ("${N:-w}", "w"), ("${E:-w}", "w"), ("${E-w}", ""), ("${N-w}", "w"), ("${V:-w}", "value"),
        ("${V:+w}", "w"), ("${E:+w}", ""), ("${E+w}", "w"), ("${N+w}", ""), ("${V:?no}", "value"),
        ("${N:-${V}/$E.}", "value/."), ("${N:-a\\}b}", "a}b"), ("\\$V", "$V"), ("\\\\$V", "\\value"),
        ("'$V'", "$V"), ("\"$V\"", "value"), ("\"\\$V\\x\\\"\"", "$V\\x\""), ("'a\\'b", "a\\b"), ("a'b'\"c\"d", "abcd"),
        ("\\a", "a"), ("a\\", "a"), ("", ""), ("é$V", "évalue"), ("${V}${V}", "valuevalue"),
    ])
    func isExpanded(word: String, expected: String) throws {
        #expect(try ShellWord(word).expanded(variables) == expected)
    }

    @Test func theEscapeIsTheFiles() throws {
        #expect(try ShellWord("c:\\$V `$V", escape: .backtick).expanded(variables) == "c:\\value $V")
    }

    @Test func valuesSplitIntoWords() throws {
        #expect(try ShellWord("$S \"$S\" x").expandedWords(variables) == ["a", "b", "a b", "x"])
        #expect(try ShellWord("$E").expandedWords(variables).isEmpty)
    }

    @Test(arguments: [
        ("${V", "syntax error: missing '}'"), ("${", "syntax error: missing '}'"),
        ("${}", "syntax error: bad substitution"),
        ("${V:=w}", "unsupported modifier (:=) in substitution"), ("${V x}", "missing ':' in substitution"),
        ("${N:?}", "N: is not allowed to be empty"), ("${N?set it}", "N: set it"),
        ("'a", "unexpected end of statement while looking for matching single-quote"),
        ("\"a", "unexpected end of statement while looking for matching double-quote"),
        ("${V:-", "syntax error: missing '}'"),
    ])
    func mistakesAreTold(word: String, expected: String) throws {
        let error = try #require(throws: ExpansionError.self) { try ShellWord(word).expanded(variables) }
        #expect(error.reason == expected)
    }

    @Test func deepNestingIsRefused() throws {
        let word = String(repeating: "${N:-", count: 100_000)
        #expect(throws: ExpansionError.self) { try ShellWord(word).expanded([:]) }
    }
}
