import Glibc
import Testing

@testable import Lessons

@Suite("The lessons and slides of this repository")
struct RepositoryLessonsTests {
    private static let root = String(#filePath.split(separator: "/").dropLast(3).joined(separator: "/"))

    /// The Markdown files of a folder at the root of the repository, by name.
    private static func files(in folder: String) throws -> [(name: String, text: String)] {
        let path = "/\(root)/\(folder)"
        let directory = try #require(opendir(path), "no folder \(path)")
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".md") { names.append(name) }
        }
        return try names.sorted().map { name in
            let file = try #require(fopen("\(path)/\(name)", "r"))
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            let count = fread(&bytes, 1, bytes.count, file)
            return ("\(folder)/\(name)", String(decoding: bytes.prefix(count), as: UTF8.self))
        }
    }

    private static func deck() throws -> Deck {
        try Deck(files(in: "slides").map { try Slide(parsing: $0.text, file: $0.name) })
    }

    private static func lessons() throws -> [Lesson] {
        let deck = try deck()
        return try files(in: "lessons").map { try Lesson(parsing: $0.text, file: $0.name, deck: deck) }
    }

    @Test("parse, and a lesson's file is named after its id")
    func parse() throws {
        let lessons = try Self.lessons()
        #expect(!lessons.isEmpty)
        for lesson in lessons { #expect(lesson.file == "lessons/\(lesson.header.id).md") }
        for slide in try Self.deck().slides { #expect(slide.file.hasPrefix("slides/\(slide.number)-")) }
    }

    @Test("ask, expect and show something at every step")
    func everyStep() throws {
        for step in try Self.lessons().flatMap(\.steps) {
            #expect(step.question != nil, "\(step.example.position)")
            #expect(!step.expectations.isEmpty, "\(step.example.position)")
            #expect((1...6).contains(step.frame.columns.count), "\(step.example.position)")
        }
    }

    @Test("use every example of the slides that a lesson says it covers")
    func covered() throws {
        let deck = try Self.deck()
        for lesson in try Self.lessons() {
            let used = Set(lesson.steps.map(\.example.commands))
            for example in deck.examples where lesson.header.slides.contains(example.slide ?? 0) {
                #expect(used.contains(example.commands), "\(example.position)")
            }
        }
    }

    @Test("are in the reach of a plain shell: no detached and no interactive container, every one with a name")
    func plainCommands() throws {
        for example in try Self.deck().examples {
            for line in example.commands.split(separator: "\n") where line.contains("docker run") {
                let words = line.split(separator: " ").prefix(4)
                #expect(words.count == 4 && words[2] == "--name", "\(example.position): \(line)")
            }
        }
    }

    @Test("the examples in the authors' guide parse")
    func guide() throws {
        let text = try #require(try Self.files(in: "docs").first { $0.name == "docs/lessons.md" }).text
        let examples = text.split(separator: "\n````md\n").dropFirst().compactMap {
            $0.split(separator: "\n````\n").first.map(String.init)
        }
        try #require(examples.count == 2)
        let deck = try Deck([Slide(parsing: examples[0], file: "slide")])
        let lesson = try Lesson(parsing: examples[1], file: "lesson", deck: deck)
        #expect(lesson.steps.map(\.id) == ["append"])
        #expect(lesson.tasks.map(\.id) == ["opaque"])
    }
}
