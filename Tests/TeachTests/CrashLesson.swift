import Foundation

/// A lesson that is killed, or an excerpt of it, and what is known of how it runs.
struct CrashLesson {
    let file: String
    /// Its steps'.
    let titles: [String]
    /// How many calls each place has.
    var calls: [CrashPlace: Int] = [:]
    /// Of each of its containers, whether the `docker` that makes it has a shell above it. (A shell turns into its last
    /// command.)
    var isUnderShell: [Bool] = []

    private init(_ sections: [Substring], below head: Substring, file: String) throws {
        self.file = file
        titles = sections.map { String($0.prefix { $0 != "\n" }) }
        try ([head] + sections).joined(separator: Self.mark).write(toFile: file, atomically: true, encoding: .utf8)
    }

    /// The containers that a victim can be met at.
    func containers(for victim: CrashVictim) -> [Int] {
        isUnderShell.indices.filter { victim != .shell || isUnderShell[$0] }
    }

    private static let mark = "\n## "

    /// Lesson 3, and excerpts that come to the whole of it: three steps each, and more in the first one, whose steps make
    /// no container. That no step needs one before its excerpt shows when the excerpt is run.
    static func lesson3(in folder: String) throws -> (whole: CrashLesson, excerpts: [CrashLesson]) {
        let text = try String(contentsOfFile: Program.root + "/lessons/lesson3.md", encoding: .utf8)
        let parts = text.split(separator: mark)
        var left = parts.dropFirst()
        var excerpts: [CrashLesson] = []
        while !left.isEmpty {
            let count = left.count < 6 ? left.count : 3
            let file = "\(folder)/excerpt\(excerpts.count + 1).md"
            excerpts.append(try CrashLesson(Array(left.suffix(count)), below: parts[0], file: file))
            left = left.dropLast(count)
        }
        return (try CrashLesson(Array(parts.dropFirst()), below: parts[0], file: folder + "/lesson3.md"), excerpts)
    }
}
