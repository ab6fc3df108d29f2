import LayerModel
import Testing

@testable import Lessons

@Suite("A lesson")
struct LessonParsingTests {
    static let slide = """
        ---
        number: 57
        title: Copy-on-write
        kind: [run, picture]
        contradicts: The copy is made at open.
        ---

        # Copy-on-write

        Read, copy, change.

        ```sh run append show=/etc/motd
        echo x >> /etc/motd
        ```

        ```md notes append
        Ask first.
        ```
        """

    static let lesson = """
        ---
        id: tiny
        title: Tiny
        summary: Small.
        slides: [57]
        image: lesson3
        columns: [/a, /b]
        ---
        # Tiny

        Welcome.

        ```sh
        this block is only text
        ```

        ## Before

        More.

        ## First

        Why.

        ```yaml predict one
        question: What is copied?
        choices:
          a: Nothing.
          b: "All: every byte."
        answer: b
        why: Because.
        ```

        ```sh run one use=57.append observe=reads
        # from the deck
        ```

        ```yaml expect one
        - copy-up /etc/motd from 3
        - no whiteout
        ```

        Afterwards.

        ```md notes one
        Smile.
        ```

        ## Second

        ```sh run two
        true
        ```

        ```yaml show two
        frames: each
        caption: Look.
        ```

        ```yaml task alone
        ask: Make it opaque.
        check:
          - opaque /app/cache
        hints:
          - unless: whiteout /app/cache
            say: Delete it first.
          - say: Then make it again.
        ```

        ```sh solution alone
        docker run lesson3 sh -c 'rm -r /app/cache; mkdir /app/cache'
        ```

        ## End

        Goodbye.
        """

    private func parsed() throws -> Lesson {
        let deck = try Deck([Slide(parsing: Self.slide, file: "57.md")])
        return try Lesson(parsing: Self.lesson, file: "tiny.md", deck: deck)
    }

    @Test("has the header that its front matter gives")
    func header() throws {
        #expect(
            try parsed().header
                == LessonHeader(
                    id: "tiny", title: "Tiny", summary: "Small.", slides: [57], image: "lesson3", columns: ["/a", "/b"])
        )
    }

    @Test("keeps its text where it belongs")
    func text() throws {
        let lesson = try parsed()
        #expect(
            lesson.introduction == "Welcome.\n\n```sh\nthis block is only text\n```\n\n## Before\n\nMore.")
        #expect(lesson.steps.map(\.title) == ["First", "Second"])
        #expect(lesson.steps.map(\.before) == ["Why.", ""])
        #expect(lesson.steps.map(\.after) == ["Afterwards.", ""])
        #expect(lesson.steps.map(\.notes) == ["Smile.", nil])
        #expect(lesson.closing == "## End\n\nGoodbye.")
    }

    @Test("takes an example from the deck, with its columns, and adds what it asks for")
    func example() throws {
        let step = try #require(try parsed().steps.first)
        #expect(step.id == "one")
        #expect(step.example.reference == "57.append")
        #expect(step.example.slide == 57)
        #expect(step.example.commands == "echo x >> /etc/motd")
        #expect(step.example.observesReads)
        #expect(step.frame == FrameRequest(columns: ["/etc/motd"], extent: .last, caption: nil))
        #expect(step.example.position == SourcePosition(file: "tiny.md", line: 34))
    }

    @Test("joins questions, expectations and frames to their steps")
    func attachments() throws {
        let steps = try parsed().steps
        #expect(
            steps[0].question
                == Question(
                    text: "What is copied?", choices: ["Nothing.", "All: every byte."], answer: 1, why: "Because.",
                    position: SourcePosition(file: "tiny.md", line: 25)))
        #expect(
            steps[0].expectations == [
                WrittenExpectation(
                    expectation: .effect(EffectPattern(.copyUp, "/etc/motd", layer: .lower(3))),
                    position: SourcePosition(file: "tiny.md", line: 39, column: 3)),
                WrittenExpectation(
                    expectation: .not(.effect(EffectPattern(.whiteout))),
                    position: SourcePosition(file: "tiny.md", line: 40, column: 3)),
            ])
        #expect(steps[1].frame == FrameRequest(columns: ["/a", "/b"], extent: .each, caption: "Look."))
        #expect(steps[1].question == nil)
    }

    @Test("has tasks with checks, hints and a solution")
    func task() throws {
        let task = try #require(try parsed().tasks.first)
        #expect(task.id == "alone")
        #expect(task.after == "two")
        #expect(task.checks.map(\.expectation.description) == ["opaque /app/cache"])
        #expect(task.hints.map(\.text) == ["Delete it first.", "Then make it again."])
        #expect(task.hints.map { $0.unless?.expectation.description } == ["whiteout /app/cache", nil])
        #expect(task.solution.hasPrefix("docker run lesson3"))
    }

    @Test("is the same with CRLF line ends")
    func carriageReturns() throws {
        let deck = try Deck([Slide(parsing: Self.slide, file: "57.md")])
        let text = Self.lesson.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        #expect(try Lesson(parsing: text, file: "tiny.md", deck: deck) == parsed())
    }

    @Test("slide has its text, its examples and what it contradicts")
    func slide() throws {
        let slide = try Slide(parsing: Self.slide, file: "57.md")
        #expect(slide.kinds == [.run, .picture])
        #expect(slide.contradictions == ["The copy is made at open."])
        #expect(slide.text == "# Copy-on-write\n\nRead, copy, change.")
        #expect(slide.examples.map(\.reference) == ["57.append"])
        #expect(slide.examples[0].columns == ["/etc/motd"])
        #expect(slide.notes == ["append": "Ask first."])
    }
}
