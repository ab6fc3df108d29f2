import Glibc
import Recording
import Testing

@Suite struct LinesTests {
    let directory = TemporaryDirectory()

    @Test func aRunAsJSONLines() throws {
        let recording = try Recording(at: directory.record)
        let lines = try recording.lines(ofRun: try SampleRun(salt: 1).write(to: recording))
        let text = lines.filter { $0.kind != "step" }.map(\.json).joined(separator: "\n")
            .replacing(SampleRun(salt: 1).container, with: "C")
        // Recorded anew with TEACH_RECORD_SNAPSHOTS=1, and read before it is committed.
        let file = String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/")!)) + "/Snapshots/run.jsonl"
        if getenv("TEACH_RECORD_SNAPSHOTS") != nil { write(Array((text + "\n").utf8), to: file) }
        #expect(text + "\n" == String(decoding: contents(of: file), as: UTF8.self))
    }

    @Test func everyLineHasTheCommonKeysInOrder() throws {
        let recording = try Recording(at: directory.record)
        let lines = try recording.lines(ofRun: try SampleRun(salt: 1).write(to: recording))
        for line in lines { #expect(line.members.map(\.key).starts(with: EventLine.commonKeys)) }
        #expect(lines.map { $0.number("seq") } == lines.indices.map { Int64($0) + 1 })
        #expect(
            Set(lines.map(\.kind)) == [
                "step", "container", "layer", "setup", "process", "operation", "effect", "verdict", "hole", "sample",
                "warning", "prediction", "expectation", "frame",
            ])
    }

    @Test func oneStepMayBeAskedFor() throws {
        let recording = try Recording(at: directory.record)
        let writer = try RunWriter(recording, .test())
        for step in 1...3 { writer.append(SampleRun(salt: 1).events, step: step) }
        try writer.finish(.finished)
        let lines = try recording.lines(ofRun: writer.run, step: 2)
        #expect(Set(lines.map { $0.number("step") }) == [2])
        #expect(lines.filter { $0.kind == "effect" }.count == 3)
    }

    @Test func aReaderMayStop() throws {
        struct Enough: Error {}
        let recording = try Recording(at: directory.record)
        let run = try SampleRun(salt: 1).write(to: recording)
        var count = 0
        #expect(throws: Enough.self) {
            try recording.forEachLine(ofRun: run) { _ in
                count += 1
                if count == 5 { throw Enough() }
            }
        }
        #expect(count == 5)
    }

    @Test func textIsEscapedAsJSONAsks() {
        let text = "\"\\/\n\r\t\u{0}\u{1f}\u{7f}\u{2028}ä🐳"
        #expect(JSONValue.string(text).description == #""\"\\/\n\r\t\u0000\u001f\u007f\u2028ä🐳""#)
        #expect(
            JSONValue.object([.init("b", .array([.int(-1), .null])), .init("a", .bool(true))]).description
                == #"{"b":[-1,null],"a":true}"#)
    }

}
