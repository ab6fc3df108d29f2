import Events
import Glibc
import LayerModel
import Recording

/// The hard case: all calls in one step, which is the first that is shown.
let readingBack = Benchmark(
    name: "reading", subject: "the first screen of a run of 100,000 calls, from the start of the process"
) { report in
    let lesson = try RecordedLesson()
    let run = try lesson.writeLargeRun(of: 100_000)
    let commands = [
        ("teach show", "show \(run)"), ("teach events", "events \(run)"),
        ("teach events --json", "events \(run) --json"),
    ]
    for (name, arguments) in commands {
        let times = try (0..<11).map { _ in try lesson.firstScreen(of: arguments) }
        report.figure("\(name): 24 lines", Double(times.median) / 1e6, unit: "ms", atMost: 300)
    }
}

extension RecordedLesson {
    /// Writes a run whose one step holds `count` calls and more: those of the lesson, over and over.
    fileprivate func writeLargeRun(of count: Int) throws -> Int64 {
        let once = try events().flatMap { $0.events.events }
        let container = String(repeating: "7", count: 64)
        let birth = once.filter { if case .operation = $0 { false } else { true } }
        let calls = once.filter { if case .operation = $0 { true } else { false } }
        let writer = try RunWriter(
            recording, RunDescription(lesson: "large", title: "Large", teach: "bench", filesystem: "ext4"),
            judge: Self.judge)
        writer.beginStep(StepDescription(number: 1, title: "A large step", command: "make"))
        writer.append(ContainerEvents(container: container, events: birth), step: 1)
        for _ in 0...count / calls.count {
            writer.append(ContainerEvents(container: container, events: calls), step: 1)
        }
        writer.finishStep(1, StepResult(exitStatus: 0, nanoseconds: 1, stdout: "made\n"))
        // As `teach run` leaves a step: a snapshot of the container at the frame's columns.
        let steps = try recording.steps(ofRun: run).map(\.description.number)
        for step in steps {
            guard let snapshot = try recording.snapshots(ofRun: run, step: step).last,
                let settings = try recording.frameSettings(ofRun: run, step: step), settings.columns.count > 1
            else { continue }
            writer.add(LayerSnapshot(container: container, isGone: false, rows: snapshot.rows), step: 1)
            writer.add(settings, step: 1)
            break
        }
        try writer.finish(.finished)
        return writer.run
    }

    /// The time from the start of `teach` with these arguments to the 24th line of its output.
    fileprivate func firstScreen(of arguments: String) throws -> Int64 {
        var lines = 0
        let time = try nanoseconds {
            guard let output = popen("exec \(Self.program) \(arguments) 2>&1", "r") else {
                throw LessonFailed(command: arguments)
            }
            defer { fclose(output) }
            var byte = getc(output)
            while byte != EOF {
                if byte == 0x0A { lines += 1 }
                if lines == 24 { break }
                byte = getc(output)
            }
        }
        guard lines == 24 else { throw LessonFailed(command: "teach \(arguments)") }
        return time
    }
}
