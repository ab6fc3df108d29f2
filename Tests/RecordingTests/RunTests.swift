import Events
import GRDB
import LayerModel
@testable import Recording
import Testing

@Suite struct RunTests {
    let directory = TemporaryDirectory()

    @Test func whatIsWrittenIsRead() throws {
        let recording = try Recording(at: directory.record)
        let sample = SampleRun(salt: 1)
        let run = try sample.write(to: recording)

        let record = try recording.run()
        #expect(record.description == .test())
        #expect(record.status == .finished)
        #expect(record.timings == RunTimings(runtime: 1, observing: 2, recording: 3, drawing: 4))
        #expect(record.finished! >= record.started)

        let step = try #require(try recording.steps(ofRun: run).first)
        #expect(step.description.command == "echo x >> /etc/motd")
        #expect(step.result == StepResult(exitStatus: 3, nanoseconds: 10, stdout: "1\n", stderr: ""))
        #expect(!step.isOutputCut)

        let container = try #require(try recording.containers(ofRun: run).first)
        #expect(container.id == sample.container)
        #expect(container.status == .exited)
        #expect(container.exitStatus == 3)
        #expect(container.layers.map(\.layer) == [.lower(1), .upper])
        #expect(container.setup.map(\.errno) == [nil, .EPERM])

        #expect(try recording.predictions(ofRun: run, step: 1).map(\.outcome) == ["upper"])
        #expect(try recording.expectations(ofRun: run, step: 1).map(\.held) == [true])
        #expect(try recording.frames(ofRun: run, step: 1).map(\.title) == ["After"])
    }

    @Test func anOperationComesBackWithItsEvidenceEffectsAndJudgement() throws {
        let recording = try Recording(at: directory.record)
        let sample = SampleRun(salt: 1)
        let run = try sample.write(to: recording)
        let operations = try recording.operations(ofRun: run, step: 1)
        for (observed, recorded) in zip([sample.append, sample.rename, sample.unlink], operations) {
            #expect(recorded.syscall == observed.syscall)
            #expect(recorded.paths == observed.arguments)
            #expect(recorded.resolved == observed.resolved)
            #expect(recorded.flags == observed.flags)
            #expect(recorded.errno == observed.errno)
            #expect(recorded.answer == observed.answer)
            #expect(recorded.uid == observed.credentials.uid)
            #expect(recorded.effects == observed.effects)
            #expect(recorded.judgement == SampleRun.judge(observed))
            let evidence = try recording.evidence(of: recorded)
            #expect(evidence.before == observed.evidence)
            #expect(evidence.after == observed.after)
        }
        #expect(operations.count == 3)
    }

    @Test func theViewsTellTheSameInSQL() throws {
        let recording = try Recording(at: directory.record)
        let sample = SampleRun(salt: 1)
        _ = try sample.write(to: recording)
        try DatabaseQueue(path: directory.record).read { db in
            let looks = try Row.fetchAll(db, sql: "SELECT * FROM evidence ORDER BY operation, number")
            let rows = sample.append.evidence.rows + sample.append.after + sample.unlink.after
            #expect(looks.map { $0["path"] } == rows.map(\.path.description))
            #expect(looks.map { $0["layer"] } == rows.map(\.layer.description))
            #expect(looks.map { $0["kind"] } == rows.map(\.entry?.kind.rawValue))
            #expect(looks.map { $0["size"] } == rows.map(\.entry?.size))
            #expect(looks.map { $0["opaque"] } == rows.map(\.entry?.isOpaque))
            #expect(looks.map { $0["inode"] } == rows.map { ($0.entry?.inode).map(Int64.init(bitPattern:)) })
            #expect(looks[3]["attributes"] == #"["user.a","b\""]"#)
            #expect(try String.fetchAll(db, sql: "SELECT path FROM listings") == ["/etc"])
            #expect(
                try String.fetchAll(db, sql: "SELECT verdict FROM verdicts ORDER BY seq") == [
                    "confirmed", "refuted", "unmodelled",
                ])
        }
    }

    @Test(arguments: [
        "\"quoted\" \\ back", "line\nbreak\t\u{1}", "ä 漢 🐳", "]\",[", ByteString(bytes: [0x61, 0xE9, 0xFF]).text,
    ])
    func namesOfAnyKindComeBack(name: String) throws {
        let recording = try Recording(at: directory.record)
        let path = Path(components: ["d", ByteString(name)])
        var operation = SampleRun(salt: 1).unlink
        operation.evidence = Evidence(rows: [.init(path: path, layer: .lower(12), entry: nil)], listed: [path])
        operation.after[0].path = path
        operation.after[0].entry?.target = ByteString(name)
        let writer = try RunWriter(recording, .test())
        writer.append(ContainerEvents(container: "c", events: [.operation(operation)]), step: 1)
        try writer.finish(.finished)
        let call = try #require(try recording.calls(ofRun: writer.run, step: 1).first)
        #expect(call.operation.evidence == operation.evidence)
        #expect(call.operation.after == operation.after)
    }

    @Test func aStepsCellsShowTheFirstAndTheLastLook() throws {
        let recording = try Recording(at: directory.record)
        let sample = SampleRun(salt: 1)
        let cells = try recording.cells(ofRun: try sample.write(to: recording), step: 1)
        let above = try #require(cells.first { $0.path == "/etc/motd" && $0.layer == .upper })
        #expect(above.before == nil)
        #expect(above.after == sample.unlink.after[0].entry)
        let below = try #require(cells.first { $0.path == "/etc/motd" && $0.layer == .lower(1) })
        #expect(below.before == sample.append.evidence.rows[3].entry)
        #expect(below.after == below.before)
        #expect(cells.count == 4)
    }

    @Test func thePathsStoryHoldsAllThatNamedOrChangedIt() throws {
        let recording = try Recording(at: directory.record)
        let run = try SampleRun(salt: 1).write(to: recording)
        #expect(try recording.story(of: "/etc/motd", inRun: run).map(\.syscall) == ["openat", "unlink"])
        #expect(try recording.story(of: "/etc/", inRun: run).map(\.syscall) == ["openat", "rename"])
        #expect(try recording.story(of: "/e", inRun: run).map(\.syscall) == ["rename"])
        #expect(try recording.story(of: "/motd", inRun: run) == [])
    }

    @Test func verdictsCallsAndEffectsAreCounted() throws {
        let recording = try Recording(at: directory.record)
        let run = try SampleRun(salt: 1).write(to: recording)
        let counts = try recording.verdictCounts(ofRun: run)
        #expect([counts.confirmed, counts.refuted, counts.unmodelled, counts.unjudged] == [1, 1, 1, 0])
        #expect(try recording.verdictCounts(ofRun: run, step: 2) == VerdictCounts())
        #expect(try recording.callCounts(ofRun: run).map(\.syscall) == ["openat", "rename", "unlink"])
        #expect(try recording.effectCounts(ofRun: run) == ["parent-copy-up": 1, "copy-up": 1, "whiteout": 1])
    }

    @Test func twoRunsOfTheSameHaveTheSameFacts() throws {
        let recording = try Recording(at: directory.record)
        let first = try recording.facts(ofRun: try SampleRun(salt: 1).write(to: recording))
        let second = try recording.facts(ofRun: try SampleRun(salt: 2).write(to: recording))
        #expect(first == second)
        #expect(first.contains { $0.contains("upperdir=/c/container 1/upper") })
        #expect(first.contains { $0.contains(#""effect":"copy-up","layer":1,"size":12,"allocated":4096,"shared":0"#) })

        var other = SampleRun(salt: 3).events
        other.events.removeLast()
        let writer = try RunWriter(recording, .test())
        writer.append(other, step: 1)
        try writer.finish(.finished)
        #expect(try recording.facts(ofRun: writer.run) != first)
    }

    @Test func longOutputIsCutAtACharacterAndSaysSo() throws {
        let recording = try Recording(at: directory.record)
        let writer = try RunWriter(recording, .test())
        let long = "a" + String(repeating: "ä", count: StepResult.longestOutput)
        writer.finishStep(1, StepResult(exitStatus: 0, nanoseconds: 1, stdout: long, stderr: "short"))
        try writer.finish(.finished)
        let step = try #require(try recording.steps(ofRun: writer.run).first)
        #expect(step.isOutputCut)
        #expect(step.stdoutBytes == long.utf8.count)
        #expect(step.result?.stdout.utf8.count == StepResult.longestOutput - 1)
        #expect(long.hasPrefix(step.result!.stdout))
        #expect(step.result?.stderr == "short")
    }

    @Test func manyThreadsMayAppendAndNothingIsLost() async throws {
        let recording = try Recording(at: directory.record)
        let writer = try RunWriter(recording, .test())
        await withTaskGroup { group in
            for salt in 0..<4 {
                group.addTask { for _ in 0..<200 { writer.append(SampleRun(salt: salt).events, step: salt) } }
            }
        }
        try writer.flush()
        for step in 0..<4 { #expect(try recording.operations(ofRun: writer.run, step: step).count == 600) }
        try writer.finish(.finished)
        var last: Int64 = 0
        try recording.forEachLine(ofRun: writer.run) { line in
            #expect(line.number("seq")! > last)
            last = line.number("seq")!
        }
        #expect(last > 0)
        #expect(try recording.integrityProblems() == [])
    }

    @Test func whatComesAfterTheEndIsDropped() throws {
        let recording = try Recording(at: directory.record)
        let writer = try RunWriter(recording, .test())
        try writer.finish(.finished)
        writer.append(SampleRun(salt: 1).events, step: 1)
        try writer.flush()
        #expect(try recording.lines(ofRun: writer.run) == [])
    }
}
