internal import Engine
internal import Events
internal import Glibc
internal import LayerModel
internal import Linux
internal import OverlayFS
internal import Pictures
internal import Recording

/// One step of a run, from its question to its frames.
struct StepRun {
    let step: LessonStep
    let number: Int
    let of: Int
    let home: Home
    let environment: [String: String]
    let directory: String

    func run(
        _ writer: RunWriter, _ recording: Recording, _ interrupts: borrowing InterruptWatch,
        _ reply: LessonRunner.Reply, _ draw: (StepRecording) throws -> [String], _ timings: inout RunTimings,
        _ tell: (LessonRunner.Progress) -> Void
    ) throws -> StepReport {
        writer.beginStep(
            StepDescription(number: number, example: step.example.reference, title: step.title, command: commands))
        let result = try ShellCommand(commands: commands, environment: environment, directory: directory).run(
            interrupts: interrupts, stopping: { tell(.stopping(number: number, step, signal: $0)) }
        ) { stream, bytes in tell(.output(bytes, isError: stream == .error)) }
        let output = String(decoding: result.standardOutput, as: UTF8.self)
        let errors = String(decoding: result.standardError, as: UTF8.self)
        writer.finishStep(
            number,
            StepResult(
                exitStatus: result.exitStatus, nanoseconds: result.nanoseconds, stdout: output, stderr: errors))
        // Looked at before anything else is written or removed.
        let space = (try? Filesystem(holding: home.path))?.available
        try writer.flush()

        let calls = try recording.calls(ofRun: writer.run, step: number)
        // A call that is observed tells by its errno; write(2) is not, and the program says it.
        let ranOut =
            calls.contains { [.ENOSPC, .EDQUOT].contains($0.operation.errno) }
            || errors.contains(LayerModel.Errno.ENOSPC.explanation)
        let observing = try recording.total(of: "observing_ns", ofRun: writer.run, step: number)
        timings.observing = (timings.observing ?? 0) + observing
        timings.runtime = (timings.runtime ?? 0) + result.nanoseconds - observing
        let facts = StepFacts(
            exitStatus: result.exitStatus, standardOutput: output, standardError: errors,
            operations: calls.map(\.operation))
        let findings = step.expectations.map { $0.expectation.holds(in: facts) }
        for finding in findings {
            writer.add(
                LessonExpectation(text: "\(finding.expectation)", held: finding.held, detail: finding.sentence),
                step: number)
        }
        let answer: Int? = if case .choice(let index) = reply { index } else { nil }
        if let question = step.question {
            writer.add(
                LessonPrediction(
                    question: question.text, expected: question.answerText,
                    answer: answer.map { "\(Question.letter($0)): \(question.choices[$0])" },
                    outcome: findings.allSatisfy(\.held) ? "as expected" : "not as expected"), step: number)
        }
        let columns = step.frame.columns.isEmpty ? FrameColumns.named(by: calls) : step.frame.columns
        for snapshot in try snapshots(at: columns, recording, writer.run, calls) { writer.add(snapshot, step: number) }
        writer.add(
            FrameSettings(
                columns: columns, extent: step.frame.extent.rawValue, number: number, count: of,
                caption: step.frame.caption), step: number)
        try writer.flush()

        let began = MonotonicClock.now
        let recorded = try StepRecording(recording, run: writer.run, step: number)
        let files = try draw(recorded)
        for (index, matrix) in recorded.frames.matrices.enumerated() {
            writer.add(
                FrameCaption(
                    number: index + 1, title: matrix.caption.title, description: matrix.description), step: number)
        }
        timings.drawing = (timings.drawing ?? 0) + MonotonicClock.now - began
        return StepReport(
            recording: recorded, findings: findings, question: step.question, answer: answer, after: step.after,
            files: files,
            spaceWhenFull: ranOut ? space : nil)
    }

    private var commands: String { step.example.commands }

    /// What the layers of the step's containers hold now at the frame's columns. A step without a container shows the
    /// lesson's image as it is.
    private func snapshots(
        at columns: [Path], _ recording: Recording, _ run: Int64, _ calls: [RecordedCall]
    ) throws -> [LayerSnapshot] {
        let engine = try LocalEngine(home: home)
        // An instruction that changes an image's config alone has no layers to show.
        let containers = try recording.containers(ofRun: run, step: number).filter { !$0.layers.isEmpty }
        return try containers.map { container in
            let lowers = container.layers.filter { $0.layer != .upper }.sorted { $0.layer < $1.layer }
            let upper = try upper(of: container, engine)
            var layers = try LayerDirectories(
                lowers: lowers.compactMap(\.chainID).map(engine.layerDirectory), upper: upper ?? directory)
            var rows = try StackSnapshot.rows(at: columns, from: &layers)
            // A layer that is no image's was gone with its container: what calls saw of it is what is known.
            let seen = calls.lazy.filter { $0.container == container.id }.flatMap(\.operation.evidence.rows)
            for layer in lowers.map(\.layer) where !layers.layersFromTop.contains(layer) {
                rows += Set(rows.map(\.path)).map { path in
                    seen.first { $0.path == path && $0.layer == layer }
                        ?? Evidence.Row(path: path, layer: layer, entry: nil)
                }
            }
            return LayerSnapshot(container: container.id, isGone: upper == nil, rows: rows)
        }
    }

    /// Where a container's writable layer is now: in the container, or in the image that an instruction has made of it.
    ///
    /// - Returns: `nil` where it is gone; an empty folder stands for it then.
    private func upper(of container: RecordedContainer, _ engine: LocalEngine) throws -> String? {
        if let here = try? engine.containers.find(container.id) { return engine.containers.folder(of: here.id).upper }
        guard let top = container.layers.last, top.layer == .upper, let chainID = top.chainID else { return nil }
        let path = try engine.layerDirectory(named: chainID)
        return access(path, F_OK) == 0 ? path : nil
    }
}
