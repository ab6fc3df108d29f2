internal import Cgroups
internal import Containers
internal import ContentStore
internal import Events
internal import Glibc
public import Linux
internal import OCI

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
        let observed = try observation.map {
            try ObservedRun(
                of: container.event(.started), lowers: container.chainIDs.map(store.layerDirectory),
                upper: containers.folder(of: container.id).upper, $0)
        }
        var record = container
        do {
            var spec = try spec(for: container)
            let nothing = try Descriptor(opening: "/dev/null", O_RDONLY)
            defer { withExtendedLifetime(nothing.number) {} }
            if !interactive { spec.streams.input = nothing.number }
            let relay = container.hasTerminal == true ? try TerminalRelay(input: interactive ? STDIN_FILENO : nil) : nil
            defer { relay?.finish() }
            spec.terminal = relay?.request
            let finished = try spec.run(inForeground: true, observed: observed) { running in
                let started = ProcessIdentity.startTime(of: running.pid) ?? 0
                let now = Timestamp.now
                record.state = .running(pid: running.pid, startTime: started, since: now)
                record.started = now
                try containers.update(record)
            }
            relay?.finish()
            let status = finished.status.shellStatus
            record.state = .exited(status: status, at: .now)
            try containers.update(record)
            finished.warnings.forEach(warn)
            return status
        } catch let error as ContainerError {
            try containers.update(container)
            throw EngineError(error.description, exitStatus: error.exitStatus)
        }
    }

    private func spec(for container: ContainerRecord) throws -> ContainerSpec {
        let folder = containers.folder(of: container.id)
        let layers = container.chainIDs.reversed().map(store.layerDirectory)
        let user = try UserLookup(layers: [folder.upper] + layers).resolve(container.user)
        let ofTerminal = container.hasTerminal == true ? ["TERM=xterm"] : []
        let variables = (["HOSTNAME=\(container.hostname)", "HOME=\(user.home)"] + ofTerminal).overridden(
            by: container.environment)
        let host = container.host ?? .init()
        var surface = KernelSurface.container
        let mounts = try host.binds.map(Self.bindMount) + volumeMounts(of: container)
        surface.mounts += mounts.parentsFirst(\.target).map { .bind($0) }
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
