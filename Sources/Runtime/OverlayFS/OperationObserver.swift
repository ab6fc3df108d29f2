internal import CLinux
internal import Events
internal import Glibc
internal import LayerModel
internal import Linux

/// A call between its entry and its return.
struct PendingCall {
    var operation: ObservedOperation
    let call: FileOperation
    let collection: EvidenceCollector.Collection
    /// When the caller was let go, by the monotonic clock.
    var released: Int64 = 0
    /// Opening a FIFO waits for the other end: such a call must not hold up the rest.
    var mayBlock = false

    func hole(_ reason: String) -> Hole {
        Hole(pid: operation.pid, syscall: operation.syscall, path: operation.arguments.first, reason: reason)
    }
}

/// Takes the evidence before a call and reads its effects afterwards.
final class OperationObserver {
    enum Decision {
        case pass
        case passWithHole(Hole)
        /// The call is answered with ENOSYS, and this is its record.
        case refuse(ObservedOperation)
        case observe(PendingCall)
    }

    /// Where the container has other filesystems over its union.
    private var mountPoints: Set<Path> = []
    /// The mount that is the union, until processes may have mounts of their own.
    private var mount: UInt64?

    private let layers: LayerDirectories
    private var sequence = 0
    /// Whether any process of the container has called chroot(2): then roots have to be asked for.
    private var hasChangedRoot = false
    private var tally: UpperTally
    /// Calls whose effects could not be read.
    private var unread: [Hole] = []

    init(layers: LayerDirectories) {
        self.layers = layers
        tally = UpperTally(layers: layers)
    }

    /// Notes what the upper layer holds before the first call.
    ///
    /// - Throws: `SystemCallError`
    func begin() throws { try tally.begin() }

    /// The container's first program runs: its mounts are made.
    func enter(mountPoints: Set<Path>, mount: UInt64?) {
        self.mountPoints = mountPoints
        self.mount = mount
    }

    /// What the upper layer holds at the end that no recorded effect accounts for.
    ///
    /// - Throws: `SystemCallError`
    func unattributedChanges() throws -> [Hole] { try unread + tally.unattributed() }

    /// Decides what to do about a call that has stopped at its entry, and takes the evidence for one to be observed.
    func judge(pid: pid_t, info: trace_syscall, task: inout Tracer.Task) -> Decision {
        let tracee = Tracee(pid: pid)
        guard info.filter_data != SeccompProgram.foreignABI,
            let syscall = Syscall(number: UInt32(truncatingIfNeeded: info.number), on: .current)
        else {
            let name = "call \(info.number) of a foreign ABI"
            return .refuse(refused(pid, task, DecodedCall(name: name, action: .elsewhere)))
        }
        let root = hasChangedRoot ? Path(tracee.link("root") ?? "/") : .root
        var decoder = SyscallDecoder(tracee: tracee, syscall: syscall, info: info, root: root, mount: mount)
        let decoded = decoder.decode()
        switch decoded.action {
        case .elsewhere:
            return .pass
        case .changesCredentials:
            task.credentials = nil
            return .pass
        case .changesRoot:
            hasChangedRoot = true
            return .pass
        case .refuse:
            return .refuse(refused(pid, task, decoded))
        case .unknown(let reason):
            if reason == SyscallDecoder.noName { return .pass }
            if [.mount, .unshare, .setns].contains(syscall) { mount = nil }
            return .passWithHole(
                Hole(pid: pid, syscall: decoded.name, path: decoded.arguments.first, reason: "not observed: \(reason)"))
        case .observe(let operation):
            return observe(operation, decoded, by: tracee, hasOtherRoot: root != .root, task: &task)
        }
    }

    private func refused(_ pid: pid_t, _ task: Tracer.Task, _ decoded: DecodedCall) -> ObservedOperation {
        sequence += 1
        return ObservedOperation(
            sequence: sequence, pid: pid, program: task.program, syscall: decoded.name, call: nil,
            arguments: decoded.arguments, credentials: task.credentials ?? Tracee(pid: pid).credentials, errno: .ENOSYS)
    }

    private func observe(
        _ operation: FileOperation, _ decoded: DecodedCall, by tracee: Tracee, hasOtherRoot: Bool,
        task: inout Tracer.Task
    ) -> Decision {
        let outside = operation.paths.map(isOutside)
        if outside.allSatisfy({ $0 }) { return .pass }
        if outside.contains(true) {
            return .passWithHole(
                Hole(
                    pid: tracee.pid, syscall: decoded.name, path: decoded.arguments.first,
                    reason: "not observed: one of the two paths lies on another filesystem"))
        }
        let credentials = task.credentials ?? tracee.credentials
        task.credentials = credentials
        let collection: EvidenceCollector.Collection
        do {
            var reader = BoundedReader(layers, mountPoints: mountPoints)
            collection = try EvidenceCollector.collect(operation, from: &reader)
        } catch let way as LeavesUnion {
            if !way.mayReturn { return .pass }
            return .passWithHole(
                Hole(
                    pid: tracee.pid, syscall: decoded.name, path: decoded.arguments.first,
                    reason: "not observed: a symbolic link leads through \(way.path) and may lead back"))
        } catch {
            return .passWithHole(
                Hole(
                    pid: tracee.pid, syscall: decoded.name, path: decoded.arguments.first,
                    reason: "not observed: the layers could not be read: \(error)"))
        }
        if hasOtherRoot, collection.hasFollowedLinks {
            return .passWithHole(
                Hole(
                    pid: tracee.pid, syscall: decoded.name, path: decoded.arguments.first,
                    reason: "not observed: \(SyscallDecoder.changedRoot)"))
        }
        let observed = ObservedOperation(
            sequence: 0, pid: tracee.pid, program: task.program, syscall: decoded.name, call: operation,
            arguments: decoded.arguments, flags: decoded.flags, credentials: credentials, resolved: collection.resolved,
            answer: collection.answer, evidence: collection.evidence)
        return .observe(
            PendingCall(
                operation: observed, call: operation, collection: collection,
                mayBlock: operation.isOpen && collection.holdsFIFO))
    }

    private func isOutside(_ path: Path) -> Bool {
        mountPoints.contains(path) || path.ancestors.contains(where: mountPoints.contains)
    }

    /// Reads what the call has left in the upper layer.
    func conclude(_ pending: PendingCall, result: Int64, failed: Bool, at now: Int64) -> ObservedOperation {
        sequence += 1
        var operation = pending.operation
        operation.sequence = sequence
        operation.nanoseconds = now - pending.released
        operation.errno = failed ? LayerModel.Errno(rawValue: Int32(truncatingIfNeeded: -result)) : nil
        operation.value = failed ? 0 : result
        do {
            var reader = layers
            operation.after = try EvidenceCollector.after(pending.collection, from: &reader)
            operation.effects = try EffectDerivation.effects(
                of: pending.call, errno: operation.errno, collection: pending.collection, after: operation.after,
                cost: layers.cost)
        } catch {
            unread.append(pending.hole("the upper layer could not be read after the call: \(error)"))
        }
        tally.account(for: operation)
        return operation
    }
}

extension FileOperation {
    fileprivate var isOpen: Bool {
        if case .open = self { true } else { false }
    }
}

extension EvidenceCollector.Collection {
    /// Whether a symbolic link may have been followed: one stands somewhere else than under a last name.
    fileprivate var hasFollowedLinks: Bool {
        evidence.rows.contains { $0.entry?.kind == .symlink && !resolved.contains($0.path) }
    }

    /// Whether the first operand came to a FIFO.
    fileprivate var holdsFIFO: Bool {
        guard let path = resolved.first ?? nil, let answer else { return false }
        return evidence.rows.contains { $0.path == path && $0.layer == answer && $0.entry?.kind == .fifo }
    }
}
