import Testing

@testable import Lessons

@Suite("A malformed lesson")
struct LessonErrorTests {
    static let front = "---\nid: x\ntitle: T\nsummary: S\nslides: [57]\nimage: i\n---\n"
    static let run = "```sh run a\ntrue\n```\n"

    private func deck() throws -> Deck {
        try Deck([
            Slide(
                parsing: "---\nnumber: 57\ntitle: T\nkind: run\n---\n```sh run second-write\ntrue\n```\n",
                file: "57.md")
        ])
    }

    @Test(
        "is refused with its place and the cure",
        arguments: [
            // The front matter stands in lines 1 to 7; what follows it begins in line 8.
            ("no front matter", "1:1", "begin it with a line `---`"),
            ("---\nid: x\n", "1:1", "close it with a line `---`"),
            ("---\nid: x\n---\n", "2:1", "lacks the key `title`; add a line `title: ...`"),
            ("---\nid: x\ntitel: T\n---\n", "3:1", "has no key `titel`; write `title`"),
            ("---\nid: x\ntitle: a: b\n---\n", "3:9", "the YAML cannot be read"),
            ("---\nid: x\nid: y\n---\n", "2:1", "`id` stands twice"),
            ("---\nid: X y\n---\n", "2:5", "cannot be an id"),
            ("---\n- id\n---\n", "2:1", "must be a YAML mapping"),
            ("---\nid: x\ntitle: T\nsummary: S\nslides: [58]\nimage: i\n---\n", "5:9", "no slide 58; known are 57"),
            ("---\nid: x\ntitle: T\nsummary: S\nslides: [a]\nimage: i\n---\n", "5:10", "whole number, not `a`"),
            ("---\nid: x\ntitle:\nsummary: S\nslides: [57]\nimage: i\n---\n", "3:7", "`title` is empty"),
            (
                "---\nid: x\ntitle: T\nsummary: S\nslides: [57]\nimage: i\ncolumns: [etc]\n---\n", "7:11",
                "begin it with /"
            ),
            (front, "1:1", "has no run block"),
            (front + "```sh ran a\ntrue\n```\n", "8:7", "not a kind of block; write `run`"),
            (front + "text\n\n```sh title=x\n```\n", "10:7", "or leave only the language"),
            (front + "```bash run a\ntrue\n```\n", "8:4", "written in `sh`, not `bash`"),
            (front + "```sh run\ntrue\n```\n", "8:7", "has no id"),
            (front + "```sh run A_b\ntrue\n```\n", "8:11", "lower-case letters"),
            (front + "```sh run a\ntrue\n", "8:1", "the fenced block has no end"),
            (front + "```sh run a\n# only a comment\n```\n", "8:1", "has no command"),
            (front + "```sh run a loud\ntrue\n```\n", "8:13", "write KEY=VALUE"),
            (front + "```sh run a observ=reads\ntrue\n```\n", "8:13", "write `observe`"),
            (front + "```sh run a observe=writes\ntrue\n```\n", "8:13", "write observe=reads"),
            (front + "```sh run a show=/a show=/b\ntrue\n```\n", "8:21", "`show` stands twice"),
            (front + "```sh run a show=etc\ntrue\n```\n", "8:13", "begin it with /"),
            (front + "```sh run a show=/a,\ntrue\n```\n", "8:13", "write show=/a/path,/another"),
            (front + "```sh run a use=57.second-wrote\n```\n", "8:13", "write `57.second-write`"),
            (front + "```sh run a use=57.second-write\ntrue\n```\n", "9:1", "leave its own body empty"),
            (front + run + run, "11:11", "stands already in line 8"),
            (front + run + "```yaml predict b\nx: y\n```\n", "11:17", "belongs to no run block of that id; write `a`"),
            (front + run + "```yaml expect b\n- exit 0\n```\n", "11:16", "write `a`"),
            (front + run + "```yaml expect a x=y\n- exit 0\n```\n", "11:18", "takes no options"),
            (front + run + "```yaml expect a\n```\n", "12:1", "the block is empty"),
            (front + run + "```yaml expect a\n- exit 0\n- copyup /x\n```\n", "13:3", "write `copy-up`"),
            (front + run + "```yaml expect a\n- copy-up /x from two\n```\n", "12:19", "no layer"),
            (front + run + "```yaml expect a\n- \"copy-up /x from two\"\n```\n", "12:20", "no layer"),
            (front + run + "   ```yaml expect a\n   - exit zero\n   ```\n", "12:11", "no exit status"),
            (front + run + "```yaml expect a\n- stdout contains a: b\n```\n", "12:3", "must be one text; quote it"),
            (front + run + "```yaml expect a\nexit: 0\n```\n", "12:1", "must be a list"),
            (front + run + "```yaml predict a\nquestion: Q\n```\n", "12:1", "lacks the key `choices`"),
            (
                front + run + "```yaml predict a\nquestion: Q\nchoices: {a: x, c: y}\nanswer: a\nwhy: w\n```\n",
                "13:17", "a, b, c and so on in order"
            ),
            (
                front + run + "```yaml predict a\nquestion: Q\nchoices: {a: x}\nanswer: a\nwhy: w\n```\n", "13:10",
                "two or more letters"
            ),
            (
                front + run + "```yaml predict a\nquestion: Q\nchoices: {a: x, b: y}\nanswer: c\nwhy: w\n```\n",
                "14:9", "answer with `a`, `b`"
            ),
            (front + run + "```yaml show a\nframes: every\n```\n", "12:9", "no value of `frames`"),
            (
                front + "```sh run a show=/x\ntrue\n```\n```yaml show a\ncolumns: [/y]\n```\n", "11:1",
                "keep show= or the show block's columns"
            ),
            (front + run + "```yaml task t\nask: A\ncheck: [opaque /x]\n```\n", "11:1", "add a block ```sh solution t"),
            (front + run + "```sh solution t\ntrue\n```\n", "11:16", "belongs to no task block"),
        ])
    func lesson(_ text: String, _ place: String, _ part: String) throws {
        let deck = try deck()
        let error = try #require(throws: LessonError.self) {
            try Lesson(parsing: text, file: "lesson.md", deck: deck)
        }
        #expect(error.description.hasPrefix("lesson.md:\(place): "), "\(error)")
        #expect(error.message.contains(part), "\(error)")
        #expect(!error.message.contains("\n"))
    }

    @Test(
        "slide is refused with its place and the cure",
        arguments: [
            ("---\ntitle: T\nkind: run\n---\n", "2:1", "lacks the key `number`"),
            ("---\nnumber: 5\ntitle: T\nkind: pic\n---\n", "4:7", "no value of `kind`"),
            ("---\nnumber: 5\ntitle: T\nkind: [run, clam]\n---\n", "4:13", "write `claim`"),
            ("---\nnumber: 5\ntitle: T\nkind: run\n---\n```yaml expect a\n```\n", "6:9", "move it to a lesson"),
            ("---\nnumber: 5\ntitle: T\nkind: run\n---\n```sh run a use=5.b\n```\n", "6:13", "not an option"),
        ])
    func slide(_ text: String, _ place: String, _ part: String) throws {
        let error = try #require(throws: LessonError.self) { try Slide(parsing: text, file: "slide.md") }
        #expect(error.description.hasPrefix("slide.md:\(place): "), "\(error)")
        #expect(error.message.contains(part), "\(error)")
    }

    @Test("deck with two slides of one number is refused")
    func repeatedSlide() throws {
        let slides = try ["a.md", "b.md"].map {
            try Slide(parsing: "---\nnumber: 5\ntitle: T\nkind: say\n---\n", file: $0)
        }
        let error = try #require(throws: LessonError.self) { try Deck(slides) }
        #expect(error.description == "b.md:2:1: slide 5 is already in a.md; give one of them another number")
    }
}
