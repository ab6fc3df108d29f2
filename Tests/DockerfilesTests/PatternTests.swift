import Dockerfiles
import Testing

@Suite struct PatternTests {
    /// From the documentation of Go's filepath.Match, and what it says of malformed ones.
    @Test(arguments: [
        ("*", "a", true), ("*", "a/b", false), ("a*c", "abc", true), ("a*c", "a/c", false), ("?", "é", true),
        ("?", "/", false), ("a[b-d]e", "ace", true), ("a[^b-d]e", "ace", false), ("a[^b-d]e", "aze", true),
        ("[\\]a]", "]", true), ("[\\-]", "-", true), ("\\*", "*", true), ("\\*", "a", false),
        ("a*b*c", "aXbYbZc", true),
        ("a?b", "ab", false), ("", "", true), ("**", "a/b", false), ("ab", "abc", false), ("[^a]", "/", false),
        ("*.txt", ".txt", true), ("a[b-]", "ab", nil), ("[", "a", nil), ("[]a]", "a", nil), ("[^", "a", nil),
        ("a\\", "a", nil),
    ])
    func goesTheirWay(pattern: String, path: String, expected: Bool?) {
        #expect((try? PathPattern(pattern).matches(path.utf8)) == expected)
    }

    @Test func manyStarsTakeNoLongTime() throws {
        let pattern = try PathPattern(String(repeating: "a*", count: 200) + "b")
        #expect(!pattern.matches(Array(repeating: UInt8(ascii: "a"), count: 2000)))
    }

    @Test func namesThatAreNotUTF8AreMatchedByteByByte() throws {
        #expect(try PathPattern("a?b").matches([0x61, 0xFF, 0x62]))
    }

    @Test(arguments: [
        ("*.md\n!README.md", ["a.md", "d/a.md", "README.md", "README.mdx"], [true, false, false, false]),
        ("**/*.o", ["a.o", "d/a.o", "d/e/a.o", "a.oo"], [true, true, true, false]),
        ("d/**", ["d", "d/a", "d/e/f", "x"], [false, true, true, false]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b", "a/xb", "ab"], [true, true, true, false, false]),
        ("node_modules", ["node_modules", "node_modules/x/y", "a/node_modules"], [true, true, false]),
        ("/abs/\n./dot", ["abs", "abs/x", "dot"], [true, true, true]),
        ("# comment\n #not", ["# comment", "#not"], [false, true]),
        ("*\n!keep/this", ["a", "keep", "keep/this", "keep/that"], [true, true, false, true]),
        ("!a\na", ["a"], [true]), ("  a  \r\n", ["a"], [true]), (".", ["a"], [false]),
    ])
    func theLastMatchWins(file: String, paths: [String], expected: [Bool]) throws {
        let patterns = try IgnorePatterns(parsing: Array(file.utf8))
        #expect(paths.map { patterns.ignores($0) } == expected)
    }

    @Test func malformedLinesAreNumbered() throws {
        let error = try #require(throws: IgnorePatterns.Malformed.self) {
            try IgnorePatterns(parsing: Array("a\n[b\n".utf8))
        }
        #expect(error.line == 2)
        #expect(throws: IgnorePatterns.Malformed.self) { try IgnorePatterns(parsing: Array("!\n".utf8)) }
    }

    @Test(arguments: [
        ("a/../b/./c//", "b/c"), ("/../a", "/a"), ("..", ".."), ("a/..", "."), ("", "."), ("../../a", "../../a"),
    ])
    func pathsAreShortened(path: String, expected: String) { #expect(CleanPath.of(path) == expected) }
}
