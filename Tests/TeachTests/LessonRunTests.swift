import Foundation
import Testing

/// `teach run lesson3`, as a user runs it, on the real kernel.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct LessonRunTests {
    @Test func aLessonThatAsksTakesLinesForAnswers() throws {
        let teach = try Program()
        defer { teach.remove() }
        // One that is right, one that is none and then a wrong one, none, and the end.
        let result = try teach.shell(#"printf 'b\nx\nc\n\nq\n' | teach run lesson3 --ask"#)
        #expect(result.status == 0, "\(result.output) \(result.errors)")
        #expect(result.errors == "teach: `x` is no answer here; answer with one of a, b, c, or q to end\n")
        #expect(
            result.lines.filter { $0.contains("your answer was") } == ["✓ your answer was b", "✗ your answer was c"])
        #expect(result.lines.contains("1 of 2 answers were right"))
        let predictions = try teach.events().filter { $0["kind"] as? String == "prediction" }
        #expect(
            predictions.map { $0["answer"] as? String } == [
                "b: Twice, because a layer is never changed once it is made.", "c: All of them.", nil,
            ])
        // Nothing more to read: the lesson goes on, and nobody answers.
        let unanswered = try teach.shell("teach run lesson3 --step 2 --ask </dev/null")
        #expect(unanswered.status == 0)
        #expect(!unanswered.output.contains("your answer"))
    }

    @Test func aStandInSaysWhatItIsOnceAndIsRecorded() throws {
        let teach = try Program()
        defer { teach.remove() }
        let sentence = "! lesson3:latest stands on a stand-in for Docker Hub's busybox, made from "
        let wide = ["COLUMNS": "400"]
        let run = try teach("run", "lesson3", "--step", "2", environment: wide)
        #expect(run.lines.count { $0.hasPrefix(sentence) && $0.contains(": busybox-static ") } == 1, "\(run.output)")
        for step in [[], ["--step", "2"]] {
            let shown = try teach.run(["show", "last"] + step, environment: wide)
            #expect(shown.lines.count { $0.hasPrefix(sentence) } == 1, "\(shown.output)")
        }
        let warnings = try teach.events().filter { $0["kind"] as? String == "warning" }
        // The run's own, and that of the container of step 2.
        #expect(warnings.map { $0["step"] as? Int } == [0, 2])
    }

    /// The last steps of a set-up are known only when the command runs already; it may then do a lot at once.
    @Test func theSetUpComesBeforeAllThatTheCommandDoes() throws {
        let teach = try Program()
        defer { teach.remove() }
        let file = teach.home + "/busy.md"
        let lesson = """
            ---
            id: busy
            title: Busy
            summary: A command that makes many calls.
            slides: [57]
            image: lesson3
            ---

            # Busy

            ## Many calls

            ```sh run busy
            docker run --rm -u 1000:100 lesson3 sh -c 'i=0; while [ $i -lt 5000 ]; do : > /tmp/file; i=$((i + 1)); done'
            ```
            """
        try lesson.write(toFile: file, atomically: false, encoding: .utf8)
        let result = try teach("run", file)
        #expect(result.status == 0, "\(result.output.suffix(500)) \(result.errors)")
        let events = try teach.events()
        let kinds = events.compactMap { $0["kind"] as? String }
        let setup = events.filter { $0["kind"] as? String == "setup" }
        #expect(setup.compactMap { $0["number"] as? Int } == Array(1...setup.count))
        #expect(setup.last?["name"] as? String == "exec")
        let first = try #require(kinds.firstIndex { ["operation", "process"].contains($0) })
        #expect(try #require(kinds.lastIndex(of: "setup")) < first)
        let operations = events.filter { $0["kind"] as? String == "operation" }
        #expect(operations.count == 5000)
        // What a prediction asks of a caller stands beside the call.
        #expect(operations.allSatisfy { $0["uid"] as? Int == 1000 && $0["groups"] as? [Int] != nil })
        #expect(operations.allSatisfy { $0["capabilities"] as? String == "0000000000000000" })
    }

    /// `columns:` is optional: what the frame shows then is what the calls were about, and as right.
    @Test func aFrameWithoutColumnsShowsWhatTheCallsChanged() throws {
        let teach = try Program()
        defer { teach.remove() }
        let file = teach.home + "/own.md"
        let lesson = """
            ---
            id: own
            title: Own
            summary: Calls, and no columns.
            slides: [57]
            image: lesson3
            ---

            # Own

            ## Calls

            ```sh run told show=/app/config
            docker run --name told lesson3 sh -c 'echo hi >> /app/config'
            ```

            ```sh run untold
            docker run --name untold lesson3 sh -c 'echo hi >> /app/config'
            ```

            ```sh run read observe=reads
            docker run --name read lesson3 cat /app/config
            ```

            ```sh run gone
            docker run --rm lesson3 sh -c ': >> /app/config'
            ```
            """
        try lesson.write(toFile: file, atomically: false, encoding: .utf8)
        let result = try teach("run", file)
        #expect(result.status == 0, "\(result.output) \(result.errors)")
        /// What stands in the picture's rows, spelled without what fills the line.
        func rows(_ step: Int) throws -> [String] {
            let shown = try teach("show", "last", "--step", "\(step)")
            let lines = shown.lines.drop { !$0.hasPrefix("merged") }.prefix { !$0.contains("1 COPY busybox /bin/") }
            return lines.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        }
        let told = try rows(1)
        #expect(told.first == "merged 31 B *")
        #expect(told.contains("▲ upper (rw) M 31 B *"))
        #expect(try rows(2) == told)
        #expect(try rows(3).contains("2 COPY site / ◎ 28 B *"))
        // Of a container that is gone, what its calls left.
        #expect(try rows(4).contains("▲ upper (rw) M 28 B *"))
    }

    @Test func theLessonRunsAndEverythingHolds() throws {
        let teach = try Program()
        defer { teach.remove() }
        let first = try teach("run", "lesson3")
        #expect(first.status == 0, "\(first.output.suffix(2000)) \(first.errors)")
        #expect(first.output.contains("the kernel confirmed all"))
        #expect(first.output.contains("time: runtime"))

        let events = try teach.events()
        func has(_ test: ([String: Any]) -> Bool) -> Bool { events.contains(where: test) }
        func text(_ event: [String: Any], _ key: String) -> String? { event[key] as? String }
        #expect(
            has {
                text($0, "effect") == "copy-up" && $0["layer"] as? Int == 2 && $0["size"] is Int
                    && $0["allocated"] is Int && $0["shared"] is Int
            })
        for effect in ["whiteout", "opaque", "parent-copy-up", "link-broken", "create", "remove"] {
            #expect(has { text($0, "effect") == effect }, "\(effect)")
        }
        #expect(has { text($0, "errno") == "EXDEV" && text($0, "syscall")?.hasPrefix("rename") == true })
        for kind in ["setup", "operation", "effect", "layer", "verdict", "container", "process"] {
            #expect(has { text($0, "kind") == kind }, "\(kind)")
        }
        #expect(has { text($0, "kind") == "verdict" })
        #expect(!has { ["refuted", "unmodelled"].contains(text($0, "verdict") ?? "") })
        #expect(!has { text($0, "kind") == "hole" })

        // A second run records the same facts.
        let second = try teach("run", "lesson3")
        #expect(second.status == 0)
        #expect(try facts(of: teach.events("1")) == facts(of: teach.events("2")))

        // Nothing but the record, the images and the frames is left.
        let runs = try FileManager.default.contentsOfDirectory(atPath: teach.home + "/home/runs")
        #expect(runs.isEmpty)
        #expect(try teach.docker("ps", "-a", "-q").output.isEmpty)

        let frames = try FileManager.default.contentsOfDirectory(atPath: teach.home + "/home/frames/1")
        #expect(frames.count > 18)
        for frame in frames {
            let svg = try String(contentsOfFile: teach.home + "/home/frames/1/" + frame, encoding: .utf8)
            #expect(svg.contains("<title") && svg.contains("<desc"), "\(frame)")
        }
        let shown = try teach("show", "last", "--step", "6")
        let told = shown.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(told.contains("overlayfs copied it up from layer 3: 65 bytes logical, 4,096 allocated"))
        let story = try teach("show", "--follow", "/etc/motd")
        #expect(story.output.contains("copy-up 3"))
        let picture = teach.home + "/frame.png"
        #expect(try teach("graph", "last", "--step", "6", "-o", picture).status == 0)
        #expect(try Data(contentsOf: URL(filePath: picture)).starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(try teach("graph", "images", "-o", teach.home + "/images.svg").status == 0)
        #expect(try teach("graph", "schema", "-o", teach.home + "/schema.svg").status == 0)
    }

    /// The record without what differs between two runs: ids, process numbers, times.
    private func facts(of events: [[String: Any]]) throws -> [String] {
        let kinds: Set = ["operation", "effect", "verdict", "layer", "expectation"]
        return events.filter { kinds.contains($0["kind"] as? String ?? "") }.map { event in
            ["step", "kind", "syscall", "path", "errno", "effect", "layer", "size", "allocated", "shared", "verdict"]
                .map { key in "\(event[key] ?? "")" }.joined(separator: " ")
        }
    }

    @Test func oneStepCanBeRunAndTheRecordPrinted() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("run", "lesson3", "--step", "2", "--json")
        #expect(result.status == 0)
        #expect(result.lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
        #expect(result.lines.contains { $0.contains("\"step\":2") })
        #expect(try teach("run", "lesson3", "--step", "99").errors.contains("there is no step 99"))
    }
}
