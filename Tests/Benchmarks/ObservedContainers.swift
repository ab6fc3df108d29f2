import Containers
import Events
import Glibc
import LayerModel
import Linux
import OverlayFS
import Recording
import Verification

/// Containers over three layers whose writable layer is on tmpfs, each run bare, under our observer with its record, or
/// under a strace that stands in the container.
final class ObservedContainers {
    private let directory: String
    private let recording: Recording
    private let null: Descriptor
    private var runs = 0

    /// Makes the layers: the toolchain at the bottom, then what the two scripts put into the directory they run in.
    ///
    /// - Throws: `CannotMeasure`; `RecordingError`
    init(_ scripts: String...) throws {
        var template = Array("/dev/shm/teach-bench-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw CannotMeasure("/dev/shm cannot be written") }
        let directory = String(cString: path)
        do {
            null = try Descriptor(opening: "/dev/null", O_RDWR)
            recording = try Recording(at: directory + "/recordings.sqlite")
            try ToolchainLayer.make(at: directory + "/layer1")
            for (index, script) in scripts.enumerated() {
                let layer = "\(directory)/layer\(index + 2)"
                try shell("mkdir \(layer) && cd \(layer)\n\(script)")
            }
        } catch {
            try? shell("rm -rf \(directory)")
            throw error
        }
        self.directory = directory
        lowers = (1...scripts.count + 1).map { "\(directory)/layer\($0)" }
    }

    deinit { try? shell("rm -rf \(directory)") }

    /// From the bottom up.
    private let lowers: [String]

    private func spec(_ arguments: [String]) throws -> (ContainerSpec, upper: String) {
        runs += 1
        let place = "\(directory)/run\(runs)"
        try shell("mkdir -p \(place)/upper")
        let number = String(runs)
        let spec = ContainerSpec(
            id: String(repeating: "0", count: 64 - number.count) + number, hostname: "bench",
            root: .overlay(
                OverlayRoot(
                    layers: lowers.reversed(), upper: place + "/upper", work: place + "/work",
                    mountPoint: place + "/merged")),
            arguments: arguments, environment: ["PATH=/usr/bin:/bin"], workingDirectory: "/srv", cgroup: .forLimits,
            streams: StandardStreams(input: null.number, output: null.number, error: 2))
        return (spec, place + "/upper")
    }

    /// The time that the command takes in a container, from clone to the last exit.
    ///
    /// - Throws: `CannotMeasure`; `ContainerError`
    func bare(_ arguments: [String], on cpus: CPUs = .all) throws -> Int64 {
        let (spec, _) = try spec(arguments)
        return try nanoseconds { try cpus.whilePinned { try check(spec.run(), arguments) } }
    }

    /// The same under strace, which writes what it sees to a tmpfs.
    ///
    /// - Throws: `CannotMeasure`; `ContainerError`
    func underStrace(_ arguments: [String], on cpus: CPUs = .all) throws -> Int64 {
        try bare(
            ["strace", "-f", "--seccomp-bpf", "-e", "trace=file", "-o", "/dev/shm/trace"] + arguments, on: cpus)
    }

    /// The same under our observer, until every event is committed: over the socket to the run's writer, as a lesson's
    /// `docker run` and `teach run` do it.
    ///
    /// - Parameters:
    ///   - judged: whether each call is predicted and compared too.
    ///   - recorded: whether events leave this process at all.
    /// - Throws: `CannotMeasure`; `ContainerError`; `RecordingError`
    func observed(
        _ arguments: [String], on cpus: CPUs = .all, judged: Bool, recorded: Bool = true
    ) throws -> Int64 {
        let (spec, upper) = try spec(arguments)
        let verifier = Verifier(on: .current)
        let writer = try RunWriter(
            recording, RunDescription(lesson: "bench", title: "", teach: "", filesystem: "tmpfs")
        ) { operation in
            guard judged else { return nil }
            let (prediction, verdict) = verifier.verdict(on: operation)
            return Judgement(prediction: prediction, verdict: verdict)
        }
        let listener = try EventListener(for: writer)
        var holes: [Hole] = []
        let elapsed = try nanoseconds {
            let sender = try EventSender(to: listener.path, step: 1)
            let layers = try LayerDirectories(lowers: lowers, upper: upper)
            var batch: [Event] = []
            var limit = 4096  // and 256 from then on, as the engine does it
            func send() throws {
                try sender.send(ContainerEvents(container: spec.id, events: batch))
                batch.removeAll(keepingCapacity: true)
            }
            let tracer = Tracer(layers: layers, reads: false) { event in
                if case .hole(let hole) = event { holes.append(hole) }
                guard recorded else { return }
                batch.append(event)
                guard batch.count >= limit else { return }
                limit = 256
                try? send()
            }
            try cpus.whilePinned { try check(spec.run(observer: tracer), arguments) }
            try send()
            try sender.finish()
        }
        listener.stop()
        try writer.finish(.finished)
        if let hole = holes.first { throw CannotMeasure("the record has \(holes.count) holes, such as \(hole)") }
        return elapsed
    }

    private func check(_ finished: FinishedContainer, _ arguments: [String]) throws {
        if finished.status != .exited(0) {
            throw CannotMeasure("\(arguments.joined(separator: " ")) ended with \(finished.status)")
        }
    }
}

/// Where a container and its tracer may run.
enum CPUs {
    case all
    /// Both on the first: tracer and tracee then hand the processor to each other.
    case first

    /// Runs `body` and all that it starts there.
    func whilePinned<Value>(_ body: () throws -> Value) throws -> Value {
        guard case .first = self else { return try body() }
        let before = try CPUSet(of: 0)
        try CPUSet(before.first).apply(to: 0)
        defer { try? before.apply(to: 0) }
        return try body()
    }
}
