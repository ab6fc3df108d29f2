import Cgroups
import Events
import Glibc
import LayerModel
import Linux

/// One process, from clone to its end, on the thread that clones it.
struct ContainerProcessRun {
    private let spec: ContainerSpec
    private let cgroup: ContainerCgroup?
    private let missingMountPoints: [String]
    private let began: Int64
    private let inForeground: Bool

    init(
        _ spec: ContainerSpec, _ cgroup: ContainerCgroup?, _ missingMountPoints: [String], began: Int64,
        inForeground: Bool
    ) {
        self.spec = spec
        self.cgroup = cgroup
        self.missingMountPoints = missingMountPoints
        self.began = began
        self.inForeground = inForeground
    }

    mutating func run(
        _ fault: Plan.Fault?, _ observer: (any ProcessObserver)?, _ started: (RunningContainer) throws -> Void,
        _ executed: ([SetupStep]) -> Void
    ) throws -> FinishedContainer {
        let streams = try ContainerSpec.preparing { () throws(SystemCallError) in try HighStreams.copying(spec.streams)
        }
        let surroundings = ContainerSpec.Surroundings(
            missingMountPoints: missingMountPoints,
            entrances: cgroup?.legacy.map { .init(path: $0.path, descriptor: $0.entrance.number) } ?? [],
            isBornInCgroup: cgroup?.unified != nil, streams: streams?.numbers, permitted: .permitted,
            filter: observer?.seccompProgram)
        var plan = spec.plan(surroundings)
        if let fault { plan = plan.failing(at: fault.index, with: fault.errno) }
        let process = try ContainerSpec.preparing { () throws(SystemCallError) -> PlanProcess in
            try plan.launch(
                namespaces: spec.clonedNamespaces(surroundings), cgroup: cgroup?.unified?.directory.number ?? -1)
        }
        do {
            var record = SetupRecord(plan)
            if var observer {
                return try follow(process, &record, &observer, started, executed)
            }
            return try wait(process, &record, started, executed)
        } catch {
            // Reaped already when the error is the set-up's own.
            if !(error is ContainerError) {
                try? process.send(signal: SIGKILL)
                _ = try? process.wait()
            }
            throw error
        }
    }

    private func wait(
        _ process: borrowing PlanProcess, _ record: inout SetupRecord, _ started: (RunningContainer) throws -> Void,
        _ executed: ([SetupStep]) -> Void
    ) throws -> FinishedContainer {
        while case let reports = try process.reports(), !reports.isEmpty { record.add(reports) }
        let ready = MonotonicClock.now
        guard record.isComplete else { throw try failure(record, try process.wait()) }
        record.complete(at: ready)
        executed(record.steps)
        let status = try forwarding(process) {
            try started(RunningContainer(pid: process.pid, cgroups: cgroup?.paths ?? []))
            return try process.wait()
        }
        return finished(status, record, ready - began)
    }

    /// As `wait`, but the child's last steps are made while it is followed already: a traced stop in them, or in
    /// exec, would wait for ever for a parent that reads reports. They fit the pipe, and are read afterwards.
    private func follow(
        _ process: borrowing PlanProcess, _ record: inout SetupRecord, _ observer: inout any ProcessObserver,
        _ started: (RunningContainer) throws -> Void, _ executed: ([SetupStep]) -> Void
    ) throws -> FinishedContainer {
        while !record.isWaiting {
            let reports = try process.reports()
            guard !reports.isEmpty, record.failure == nil else { throw try failure(record, try process.wait()) }
            record.add(reports)
            if record.failure != nil { throw try failure(record, try process.wait()) }
        }
        try observer.seize(process.pid)
        var ready: Int64 = 0
        let status = try forwarding(process) {
            try started(RunningContainer(pid: process.pid, cgroups: cgroup?.paths ?? []))
            try process.letGo()
            ready = MonotonicClock.now
            return try observer.follow(process.pid) {
                // What there is to report has been written before exec closed the pipe.
                guard let reports = try? process.arrivedReports() else { return }
                record.add(reports)
                record.complete(at: MonotonicClock.now)
                executed(record.steps)
            }
        }
        if !record.isOver { record.add(try process.arrivedReports()) }
        guard record.isComplete else { throw try failure(record, status) }
        record.complete(at: nil)
        return finished(status, record, ready - began)
    }

    private func forwarding<Value>(_ process: borrowing PlanProcess, _ body: () throws -> Value) rethrows -> Value {
        inForeground ? try SignalForwarding.to(process.pidfd, while: body) : try body()
    }

    private func finished(_ status: WaitStatus, _ record: SetupRecord, _ nanoseconds: Int64) -> FinishedContainer {
        FinishedContainer(
            status: status, steps: record.steps, setupNanoseconds: nanoseconds, samples: cgroup?.samples() ?? [],
            warnings: cgroup?.warnings ?? [])
    }

    private func failure(_ record: SetupRecord, _ status: WaitStatus) throws -> ContainerError {
        guard let failure = record.failure else {
            let last = record.steps.last.map { "after the step \($0.name)" } ?? "before its first step"
            return ContainerError(
                .setup, "the container's set-up was ended \(last), with status \(status.shellStatus)",
                steps: record.steps)
        }
        if case .execute(let program) = failure.step {
            let command = CommandFailure(
                program: program, workingDirectory: spec.workingDirectory, errno: failure.errno,
                tree: MergedTree(layers: spec.root.directories))
            let (kind, sentence) = command.error()
            return ContainerError(kind, sentence, steps: record.steps)
        }
        let sentence = ContainerError.sentence(failure.step, subject: failure.subject, failure.errno)
        return ContainerError(.setup, sentence, steps: record.steps)
    }
}
