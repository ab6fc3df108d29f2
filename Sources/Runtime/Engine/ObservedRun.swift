public import Containers
public import Events
internal import LayerModel
internal import Linux
internal import OverlayFS

/// Whether and how a container's calls are observed while it runs.
public struct Observation {
    /// Whether calls that only look are observed too.
    public var reads: Bool
    /// Is given the container's events in batches, on the thread that follows it.
    public var report: ([Event]) -> Void

    public init(reads: Bool, report: @escaping ([Event]) -> Void) {
        self.reads = reads
        self.report = report
    }
}

/// One run of a container on its way to the record: its life, its set-up, its processes' calls, and its figures.
public final class ObservedRun {
    private let life: ContainerEvent
    private let batch: EventBatch
    private let tracer: Tracer

    /// Tells that the container is started.
    ///
    /// - Parameters:
    ///   - life: what each event of its life has in common.
    ///   - lowers: the directories of its layers from the bottom up.
    /// - Throws: `SystemCallError`
    public init(of life: ContainerEvent, lowers: [String], upper: String, _ observation: Observation) throws {
        let batch = EventBatch(report: observation.report)
        self.life = life
        self.batch = batch
        tracer = Tracer(layers: try LayerDirectories(lowers: lowers, upper: upper), reads: observation.reads) {
            batch.append($0)
        }
        tell(.started)
    }

    private func tell(_ kind: ContainerEvent.Kind, exitStatus: Int32? = nil) {
        var event = life
        event.kind = kind
        event.exitStatus = exitStatus
        batch.append(.container(event))
    }

    fileprivate func run(
        _ spec: ContainerSpec, inForeground: Bool, started: (RunningContainer) throws -> Void
    ) throws -> FinishedContainer {
        defer { batch.flush() }
        do {
            let finished = try spec.run(inForeground: inForeground, observer: tracer, started: started) { steps in
                for step in steps { tracer.tell(.setup(step)) }
            }
            for sample in finished.samples { batch.append(.sample(sample)) }
            for warning in finished.warnings { batch.append(.warning(warning)) }
            batch.append(.sample(ResourceSample(name: "observing_ns", value: tracer.nanoseconds)))
            batch.append(.sample(ResourceSample(name: "setup_ns", value: finished.setupNanoseconds)))
            tell(.exited, exitStatus: finished.status.shellStatus)
            return finished
        } catch let error as ContainerError {
            // It has executed nothing: nobody else has told of its set-up.
            for step in error.steps { batch.append(.setup(step)) }
            tell(.exited, exitStatus: error.exitStatus)
            throw error
        } catch {
            // What was seen until then is kept, and that it is not all.
            batch.append(.hole(Hole(reason: "the container could not be followed to its end: \(error)")))
            throw error
        }
    }
}

extension ContainerSpec {
    /// Runs the container as `run` does, and tells of it where somebody observes it.
    ///
    /// - Throws: `ContainerError` when the command did not run; what the observer and `started` throw.
    public func run(
        inForeground: Bool = false, observed: ObservedRun?, started: (RunningContainer) throws -> Void
    ) throws -> FinishedContainer {
        guard let observed else { return try run(inForeground: inForeground, started: started) }
        return try observed.run(self, inForeground: inForeground, started: started)
    }
}
