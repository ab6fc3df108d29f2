import Events
import Glibc
import LayerModel
import Recording

/// An event is a line that `teach events` prints: a set-up step, a process, a call, an effect, a verdict, a layer, a
/// sample. The evidence that a call brings along is eight rows or more and no event.
let recordingRate = Benchmark(
    name: "recording", subject: "events a second into SQLite, judged, through the writer of `teach run`, committed"
) { report in
    let lesson = try RecordedLesson()
    let once = try lesson.events()
    // Each copy has containers of its own, as a later run of the lesson would.
    let copies = (0..<240).flatMap { copy in
        once.map { (step: $0.step, events: $0.events.moved(to: copy)) }
    }
    try report.measureWriting("lesson 3, 240 times", copies)

    let calls = try lesson.storm()
    let container = String(repeating: "5", count: 64)
    let storm = stride(from: 0, to: calls.count, by: 256).map { start in
        let some = calls[start..<min(start + 256, calls.count)].map(Event.operation)
        return (step: 1, events: ContainerEvents(container: container, events: some))
    }
    try report.measureWriting("a storm of \(calls.count) calls", storm)
    try report.measureSending("a storm of \(calls.count) calls", storm)
}

/// A new record in a directory of its own, gone with the value.
private final class FreshRecord {
    let recording: Recording
    private let directory: String

    init() throws {
        var template = Array("/tmp/teach-bench-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "/tmp cannot be written")
        directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        recording = try Recording(at: directory + "/recordings.sqlite")
    }

    deinit { _ = system("rm -rf '\(directory)'") }

    static let description = RunDescription(lesson: "bench", title: "bench", teach: "bench", filesystem: "")
}

extension Report {
    private static let rounds = 5

    /// From the first event to the end of the run: judging, writing and the commit.
    fileprivate mutating func measureWriting(_ what: String, _ events: [(step: Int, events: ContainerEvents)]) throws {
        var times: [Int64] = []
        var size = RunSize()
        for _ in 0..<Self.rounds {
            let record = try FreshRecord()
            times.append(
                try nanoseconds {
                    let writer = try RunWriter(
                        record.recording, FreshRecord.description, judge: RecordedLesson.judge)
                    for (step, events) in events { writer.append(events, step: step) }
                    try writer.finish(.finished)
                })
            if size.lines == 0 { size = try RunSize(record.recording) }
        }
        let seconds = Double(times.median) / 1e9
        rate("\(what): recorded", Double(size.lines) / seconds, unit: "events/s", atLeast: 300_000)
        rate("\(what): the same in calls", Double(size.operations) / seconds, unit: "calls/s", atLeast: 0)
        rate("\(what): the same in rows", Double(size.rows) / seconds, unit: "rows/s", atLeast: 0)
    }

    /// The way from another process too: encoded, over the socket, decoded, judged, written, acknowledged.
    fileprivate mutating func measureSending(_ what: String, _ events: [(step: Int, events: ContainerEvents)]) throws {
        var times: [Int64] = []
        var size = RunSize()
        for _ in 0..<Self.rounds {
            let record = try FreshRecord()
            let writer = try RunWriter(record.recording, FreshRecord.description, judge: RecordedLesson.judge)
            let listener = try EventListener(for: writer)
            let sender = try EventSender(to: listener.path, step: 1)
            times.append(
                try nanoseconds {
                    for (_, events) in events { try sender.send(events) }
                    try sender.finish()
                })
            listener.stop(within: 1)
            try writer.finish(.finished)
            if size.lines == 0 { size = try RunSize(record.recording) }
        }
        let seconds = Double(times.median) / 1e9
        rate("\(what): sent and recorded", Double(size.lines) / seconds, unit: "events/s", atLeast: 0)
        rate("\(what): the same in calls", Double(size.operations) / seconds, unit: "calls/s", atLeast: 0)
    }
}

/// How much a run's record holds.
private struct RunSize {
    var lines = 0
    var operations = 0
    /// Lines, and the rows of evidence beneath them.
    var rows = 0

    init() {}

    init(_ recording: Recording) throws {
        let run = try recording.run().id
        try recording.forEachLine(ofRun: run) { line in
            lines += 1
            if line.kind == "operation" { operations += 1 }
        }
        rows = lines + (try recording.evidenceCount(ofRun: run))
    }
}

extension ContainerEvents {
    /// The same events of another container.
    fileprivate func moved(to copy: Int) -> ContainerEvents {
        let number = String(copy)
        var moved = self
        moved.container = String(container.dropLast(number.count + 1)) + "c" + number
        return moved
    }
}
