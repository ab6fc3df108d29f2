import Foundation
import Testing

/// What the program prints, held against files that were read before they were committed.
/// `TEACH_RECORD_SNAPSHOTS=1` writes them anew.
@Suite struct SnapshotTests {
    @Test(arguments: ["", "run", "show", "graph", "events", "sim", "quiz", "whatif", "docker", "doctor", "clean"])
    func help(verb: String) throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = verb.isEmpty ? try teach("--help") : try teach("help", verb)
        try expect(result.output, is: verb.isEmpty ? "help" : "help-\(verb)")
    }

    /// The whole transcript but for what differs from host to host and from run to run: processes, ids, the listing of
    /// images (busybox is the host's), bytes that the filesystem allocates or shares, times, and the places of frames.
    /// The terminal is so wide that no line's wrapping depends on them.
    @Test(.enabled(if: isRoot, "containers are made as root"))
    func theLessonsTranscript() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("run", "lesson3", environment: ["COLUMNS": "400"])
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            !line.contains(" ago ") && !line.hasPrefix("time: ") && !line.hasPrefix("frame: ")
        }
        try expect(lines.map(Self.masked).joined(separator: "\n"), is: "lesson3")
    }

    private static func masked(_ line: Substring) -> String {
        String(line).replacing(/made from .*: busybox-static [^;]*/, with: "made from PACKAGES").replacing(
            /\(pid \d+\)/, with: "(pid P)"
        ).replacing(/process \d+/, with: "process P")
            .replacing(/[0-9a-f]{64}/, with: "ID").replacing(/\b[0-9a-f]{12}\b/, with: "ID")
            .replacing(/[\d.,]+( [kKM]?B)? allocated/, with: "N allocated")
            .replacing(/(none|[\d,]+) shared/, with: "N shared")
            .replacing(/\ +$/, with: "").replacing(/\ {3,}/, with: "  ").replacing(/─{4,}/, with: "──")
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
