internal import Cgroups
internal import Containers
internal import ContentStore
public import Events
internal import Glibc
internal import LayerModel
public import Linux
internal import OCI
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

extension LocalEngine {
    /// Runs a container's command in the foreground, with this process's standard streams, to its end.
    ///
    /// - Parameters:
    ///   - lock: the container's, where the caller has it already.
    ///   - interactive: whether the command reads this process's standard input; else it finds the end of a file there.
    ///   - warn: is given what could not be had though nothing depends on it: a sentence each.
    /// - Returns: the exit status as a shell reports it.
    /// - Throws: `EngineError` when the command did not run, with status 125, 126 or 127 as docker run(1) has them.
    public func start(
        _ container: ContainerRecord, lock: PresenceLock? = nil, interactive: Bool = false,
        observation: Observation? = nil, warn: (String) -> Void = { _ in }
    ) throws -> Int32 {
        if case .running = container.state { throw EngineError("the container \(container.name) is running already") }
        let lock = try lock ?? containers.lock(container)
        defer { withExtendedLifetime(lock) {} }
        let batch = observation.map { EventBatch(report: $0.report) }
        batch?.append(.container(container.event(.started)))
        var tracer: Tracer?
        if let observation, let batch {
            let layers = try LayerDirectories(
                lowers: container.chainIDs.map(store.layerDirectory), upper: containers.folder(of: container.id).upper)
            tracer = Tracer(layers: layers, reads: observation.reads) { batch.append($0) }
        }
        var record = container
        do {
            var spec = try spec(for: container)
            let nothing = try Descriptor(opening: "/dev/null", O_RDONLY)
            defer { withExtendedLifetime(nothing.number) {} }
            if !interactive { spec.streams.input = nothing.number }
            let finished = try spec.run(inForeground: true, observer: tracer) { running in
                let started = ProcessIdentity.startTime(of: running.pid) ?? 0
                let now = Timestamp.now
                record.state = .running(pid: running.pid, startTime: started, since: now)
                record.started = now
                try containers.update(record)
            } executed: { steps in
                for step in steps { tracer?.tell(.setup(step)) }
            }
            let status = finished.status.shellStatus
            record.state = .exited(status: status, at: .now)
            try containers.update(record)
            for sample in finished.samples { batch?.append(.sample(sample)) }
            for warning in finished.warnings {
                warn(warning)
                batch?.append(.warning(warning))
            }
            if let tracer {
                batch?.append(.sample(ResourceSample(name: "observing_ns", value: tracer.nanoseconds)))
                batch?.append(.sample(ResourceSample(name: "setup_ns", value: finished.setupNanoseconds)))
            }
            batch?.append(.container(container.event(.exited, exitStatus: status)))
            batch?.flush()
            return status
        } catch let error as ContainerError {
            try containers.update(container)
            // It has executed nothing: nobody else has told of its set-up.
            for step in error.steps { batch?.append(.setup(step)) }
            batch?.append(.container(container.event(.exited, exitStatus: error.exitStatus)))
            batch?.flush()
            throw EngineError(error.description, exitStatus: error.exitStatus)
        } catch {
            // What was seen until then is kept, and that it is not all.
            batch?.append(.hole(Hole(reason: "the container could not be followed to its end: \(error)")))
            batch?.flush()
            throw error
        }
    }

    private func spec(for container: ContainerRecord) throws -> ContainerSpec {
        let folder = containers.folder(of: container.id)
        let layers = container.chainIDs.reversed().map(store.layerDirectory)
        let user = try UserLookup(layers: [folder.upper] + layers).resolve(container.user)
        let variables = ["HOSTNAME=\(container.hostname)", "HOME=\(user.home)"].overridden(by: container.environment)
        let host = container.host ?? .init()
        var surface = KernelSurface.container
        for bind in host.binds { surface.mounts.append(.bind(try Self.bindMount(bind))) }
        let root = OverlayRoot(
            layers: layers, upper: folder.upper, work: folder.work, mountPoint: folder.root,
            isReadOnly: host.isReadOnly)
        return ContainerSpec(
            id: container.id, hostname: container.hostname, root: .overlay(root), surface: surface,
            arguments: container.command, environment: variables,
            workingDirectory: container.workingDirectory,
            user: UserIdentity(uid: user.uid, gid: user.gid, groups: user.groups),
            capabilities: CapabilitySets(try Self.capabilities(host)),
            namespaces: host.network == .host ? Namespaces.container.subtracting(.network) : .container,
            limits: CgroupLimits(
                memory: container.limits.memory, pids: container.limits.pids, cpus: container.limits.cpus),
            cgroup: Self.cgroupPolicy)
    }

    /// A user without privilege has a cgroup only where one was delegated: the doctor warns of that once, instead of
    /// each container.
    private static var cgroupPolicy: CgroupPolicy {
        if UserNamespace.current.isInitial { return .whereWritable }
        let own = (try? CgroupHost.detect())?.unified?.own
        return own.map { access($0, W_OK) == 0 } ?? false ? .whereWritable : .forLimits
    }
}

/// Events on their way to the record: kept for a while, so that the container need not wait for the reader of each.
private final class EventBatch {
    private var events: [Event] = []
    private let report: ([Event]) -> Void
    /// So many are kept at first: a small container is over before anybody has to read. What comes then is sent in frames,
    /// so that little is left to be written when the container has ended.
    private static let first = 4096
    private static let frame = 256
    private var limit = EventBatch.first

    init(report: @escaping ([Event]) -> Void) { self.report = report }

    func append(_ event: Event) {
        events.append(event)
        if events.count >= limit { flush() }
    }

    func flush() {
        report(events)
        events = []
        limit = Self.frame
    }
}
