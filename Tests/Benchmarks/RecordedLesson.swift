import Events
import Glibc
import LayerModel
import Linux
import Recording
import Synchronization
import Verification

/// Lesson 3, really run by the `teach` that was built beside this program, in a home of its own: what is recorded, read
/// back and drawn elsewhere comes from here.
final class RecordedLesson {
    let home: String
    let recording: Recording
    let run: Int64

    /// The `teach` that stands beside this program.
    static let program: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(decoding: buffer.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/teach"
    }()

    /// - Throws: `LessonFailed`; `RecordingError`
    init() throws {
        var template = Array("/tmp/teach-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw LessonFailed(command: "mkdtemp /tmp/teach-bench-XXXXXX") }
        home = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        setenv("TEACH_HOME", home, 1)
        do { try Self.execute("\(Self.program) run lesson3 >/dev/null") } catch {
            _ = system("rm -rf '\(home)'")
            throw error
        }
        recording = try Recording(at: home + "/recordings.sqlite")
        run = try recording.run().id
    }

    deinit { _ = system("rm -rf '\(home)'") }

    struct LessonFailed: Error, CustomStringConvertible {
        var command: String
        var description: String { "`\(command)` failed; what it said stands above" }
    }

    private static func execute(_ command: String) throws(LessonFailed) {
        guard system(command) == 0 else { throw LessonFailed(command: command) }
    }

    /// The events of the run in their order, as its commands sent them, with the step that each belongs to.
    ///
    /// - Throws: `RecordingError`
    func events() throws -> [(step: Int, events: ContainerEvents)] {
        var calls: [Int: ArraySlice<RecordedCall>] = [:]
        for step in try recording.steps(ofRun: run).map(\.description.number) {
            calls[step] = try recording.calls(ofRun: run, step: step)[...]
        }
        var events: [(step: Int, events: ContainerEvents)] = []
        for line in try recording.lines(ofRun: run) {
            guard let container = line.text("container") else { continue }
            let step = Int(line.number("step") ?? 0)
            let event = line.kind == "operation" ? calls[step]?.popFirst().map(Self.event) : Event(line)
            guard let event else { continue }
            if let last = events.indices.last, events[last].step == step, events[last].events.container == container {
                events[last].events.events.append(event)
            } else {
                events.append((step, ContainerEvents(container: container, events: [event])))
            }
        }
        return events
    }

    private static func event(_ call: RecordedCall) -> Event {
        var operation = call.operation
        // The record does not keep capabilities; the lesson's processes have those of the container's root.
        if operation.credentials.uid == 0 { operation.credentials = .containerRoot }
        return .operation(operation)
    }

    /// The calls of 20,000 creates and as many unlinks in a container of the lesson's image, as the observer sent them.
    ///
    /// - Throws: `LessonFailed`; `RecordingError`
    func storm() throws -> [ObservedOperation] {
        let operations = Mutex<[ObservedOperation]>([])
        let writer = try RunWriter(
            recording, RunDescription(lesson: "storm", title: "storm", teach: "bench", filesystem: "")
        ) { operation in
            operations.withLock { $0.append(operation) }
            return nil
        }
        let listener = try EventListener(for: writer)
        setenv(EventSender.socketVariable, listener.path, 1)
        defer { unsetenv(EventSender.socketVariable) }
        let script =
            "cd /srv; i=0; while [ $i -lt 20000 ]; do : > f$i; i=$((i+1)); done; "
            + "i=0; while [ $i -lt 20000 ]; do echo f$i; i=$((i+1)); done | xargs rm"
        try Self.execute("\(Self.program) docker run --rm lesson3 sh -c '\(script)'")
        listener.stop()
        try writer.finish(.finished)
        return operations.withLock { $0 }
    }

    /// Predicts and compares as `teach run` does.
    static let judge: @Sendable (ObservedOperation) -> Judgement? = { [verifier = Verifier(on: .current)] operation in
        let (prediction, verdict) = verifier.verdict(on: operation)
        return Judgement(prediction: prediction, verdict: verdict)
    }
}

extension Event {
    /// The event that a line of the record tells of; `nil` for a line that another one brought along.
    fileprivate init?(_ line: EventLine) {
        func number<Number: FixedWidthInteger>(_ key: String) -> Number? { line.number(key).map { Number($0) } }
        let layer = line.text("layer") ?? line.number("layer").map(String.init) ?? ""
        switch line.kind {
        case "container":
            self = .container(
                ContainerEvent(
                    kind: line.text("event").flatMap(ContainerEvent.Kind.init) ?? .created,
                    name: line.text("name") ?? "", image: line.text("image") ?? "", command: ["sh", "-c", "…"],
                    exitStatus: number("exit_status")))
        case "layer":
            self = .layer(
                StackedLayer(
                    layer: LayerID(layer) ?? .upper, diffID: line.text("diff_id"), chainID: line.text("chain_id"),
                    createdBy: line.text("created_by") ?? "", size: number("size") ?? 0))
        case "setup":
            self = .setup(
                SetupStep(
                    index: number("number") ?? 0, name: line.text("name") ?? "", detail: line.text("detail") ?? "",
                    errno: line.text("errno").flatMap(Errno.init(name:)), nanoseconds: number("ns") ?? 0))
        case "process":
            self = .process(
                ProcessEvent(
                    kind: line.text("event").flatMap(ProcessEvent.Kind.init) ?? .fork, pid: number("pid") ?? 0,
                    parent: number("parent"), program: line.text("program"), exitStatus: number("exit_status")))
        case "sample": self = .sample(ResourceSample(name: line.text("name") ?? "", value: number("value") ?? 0))
        case "hole": self = .hole(Hole(pid: number("pid"), reason: line.text("reason") ?? ""))
        default: return nil
        }
    }
}
