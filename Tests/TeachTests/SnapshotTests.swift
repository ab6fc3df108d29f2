import Foundation
import Testing

/// What the program prints, held against files that were read before they were committed.
/// `TEACH_RECORD_SNAPSHOTS=1` writes them anew.
@Suite struct SnapshotTests {
    @Test(arguments: ["", "run", "show", "graph", "events", "docker", "doctor", "clean"])
    func help(verb: String) throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = verb.isEmpty ? try teach("--help") : try teach("help", verb)
        try expect(result.output, is: verb.isEmpty ? "help" : "help-\(verb)")
    }

    /// Without what differs from host to host and from run to run: numbers of processes, ids, sizes of busybox, bytes
    /// that the filesystem allocates.
    @Test(.enabled(if: isRoot, "containers are made as root"))
    func theLessonsTranscript() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("run", "lesson3")
        let lines = result.lines.filter { line in
            ["── ", "$ ", "   a) ", "   b) ", "   c) ", "✓", "✗"].contains { line.hasPrefix($0) }
        }
        try expect(lines.joined(separator: "\n") + "\n", is: "lesson3")
    }

    private func expect(_ text: String, is name: String) throws {
        let file = Program.root + "/Tests/TeachTests/Snapshots/\(name).txt"
        if ProcessInfo.processInfo.environment["TEACH_RECORD_SNAPSHOTS"] != nil {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text == expected, "\(file)")
    }
}
