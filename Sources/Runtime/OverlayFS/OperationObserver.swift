internal import CLinux
internal import Events
internal import Glibc
internal import LayerModel
internal import Linux

/// Takes the evidence before a call, and reads afterwards what its effects are told from.
final class OperationObserver {
    enum Decision {
        case pass
        indirect case passWithHole(Hole)
        /// The call concerns the processors that the caller may use.
        case unpin(forGood: Bool)
        /// The call is answered with ENOSYS, and this is its record.
        indirect case refuse(ObservedOperation)
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
    private let words = OpenFlagWords()
    /// The files that were made without a name, by their inodes: whether they can be given one.
    private var nameless: [UInt64: Bool] = [:]
    private var directories: KnownDirectories

    /// Whether no call passes unseen: only then is the tree known between calls.
    private let seesAll: Bool

    init(layers: LayerDirectories, seesAll: Bool) {
        self.layers = layers
        self.seesAll = seesAll
        directories = KnownDirectories(layers: layers, mountPoints: [])
    }

    /// The container's first program runs: its mounts are made.
    func enter(mountPoints: Set<Path>, mount: UInt64?) {
        self.mountPoints = mountPoints
        self.mount = mount
        directories = KnownDirectories(layers: layers, mountPoints: mountPoints)
    }

    /// Something happens that cannot be followed.
    func loseTrack() { directories.forgetAll() }

    /// Decides what to do about a call that has stopped at its entry, and takes the evidence for one to be observed.
    ///
    /// - Parameter isAlone: whether no other call can change the layers meanwhile.
    func judge(pid: pid_t, info: trace_syscall, task: Tracer.Task, isAlone: Bool) -> Decision {
        let tracee = Tracee(pid: pid)
        guard info.filter_data != SeccompProgram.foreignABI,
            let syscall = Syscall(number: UInt32(truncatingIfNeeded: info.number), on: .current)
        else {
            let name = "call \(info.number) of a foreign ABI"
            return .refuse(refused(pid, task, DecodedCall(name: name, action: .elsewhere)))
        }
        // In another user namespace the caller has other capabilities (user_namespaces(7)).
        if syscall == .unshare || syscall == .setns { task.credentials = nil }
        let root = hasChangedRoot ? Path(tracee.link("root") ?? "/") : .root
        var text: String?
        if let index = syscall.onlyPathArgument {
            let looked = tracee.withBytes(ofShortStringAt: SyscallDecoder.Registers(info)[index]) { bytes in
                if isAlone, !hasChangedRoot, let call = look(at: bytes, syscall, info, by: tracee, task) { return call }
                text = String(validatingCString: bytes.baseAddress!)
                return nil as PendingCall?
            }
            if let looked { return .observe(looked) }
        }
        var decoder = SyscallDecoder(
            tracee: tracee, syscall: syscall, info: info, root: root, mount: mount, words: words, text: text)
        let decoded = decoder.decode()
        switch decoded.action {
        case .elsewhere:
            return .pass
        case .changesCredentials:
            task.credentials = nil
            return .pass
        case .concernsProcessors(let sets):
            return .unpin(forGood: sets)
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
            guard let known = known(operation) else {
                return .passWithHole(
                    Hole(
                        pid: pid, syscall: decoded.name, path: decoded.arguments.first,
                        reason: "not observed: it was not seen how the file without a name was made"))
            }
            return observe(known, decoded, by: tracee, task: task, hasOtherRoot: root != .root, isAlone: isAlone)
        }
    }

    /// The call with what calls before it tell of its file; `nil` where they were not seen.
    private func known(_ operation: FileOperation) -> FileOperation? {
        guard case .linkDescriptor(.nameless(let entry, isLinkable: true), let new, let spelling) = operation else {
            return operation
        }
        return nameless[entry.inode].map {
            .linkDescriptor(.nameless(entry, isLinkable: $0), new, spelling)
        }
    }

    /// A file has been made without a name, or one of them was given a name.
    private func remember(_ call: FileOperation, by pid: pid_t, result: Int64) {
        switch call {
        case .open(_, let flags, _) where flags.contains(.temporary):
            // O_EXCL keeps it from ever getting a name (open(2)). It is nowhere to be read afterwards.
            guard let status = Tracee(pid: pid).status(behind: "fd/\(result)") else { return }
            nameless[status.inode] = !flags.contains(.exclusive)
        case .linkDescriptor(.nameless(let entry, _), _, _): nameless[entry.inode] = false
        default: break
        }
    }

    /// Takes the evidence for a call that needs not be decoded for it.
    private func look(
        at path: UnsafeBufferPointer<CChar>, _ syscall: Syscall, _ info: trace_syscall, by tracee: Tracee,
        _ task: Tracer.Task
    ) -> PendingCall? {
        // An error is told of the decoded call, which comes to the same one.
        guard let credentials = task.credentials, let look = try? directories.look(written: path),
            let directory = look.parent.written
        else { return nil }
        let call = LookedCall(syscall: syscall, info: info, directory: directory, name: look.first.name.text)
        check(disagreement(look, call, of: tracee))
        return PendingCall(
            pid: tracee.pid, program: task.program, credentials: credentials, told: .looked(call), seen: .look(look))
    }

    /// In a debug build, stops at what was found otherwise by the longer way.
    private func check(_ disagreement: @autoclosure () -> String?) {
        #if DEBUG
            if seesAll, let words = disagreement() { assertionFailure(words) }
        #endif
    }

    /// How the call would have been decoded and evidenced otherwise; `nil` where it is the same.
    private func disagreement(_ look: KnownDirectory.Look, _ call: LookedCall, of tracee: Tracee) -> String? {
        let (decoded, operation) = call.decode(words)
        var decoder = SyscallDecoder(
            tracee: tracee, syscall: call.syscall, info: call.info, root: .root, mount: mount, words: words)
        let other = decoder.decode()
        // A caller that was killed meanwhile has no memory to be read a second time.
        var info = call.info
        if case .unknown = other.action, trace_syscall_info(tracee.pid, &info) != 0 { return nil }
        guard case .observe(operation) = other.action, other.arguments == decoded.arguments,
            other.flags == decoded.flags
        else { return "\(decoded) \(other)" }
        return disagreement(look.collection, operation)
    }

    private func refused(_ pid: pid_t, _ task: Tracer.Task, _ decoded: DecodedCall) -> ObservedOperation {
        sequence += 1
        return ObservedOperation(
            sequence: sequence, pid: pid, program: task.program, syscall: decoded.name, call: nil,
            arguments: decoded.arguments, credentials: task.credentials ?? Tracee(pid: pid).credentials, errno: .ENOSYS)
    }

    /// Takes the evidence of a call whose words are known.
    func observe(
        _ operation: FileOperation, _ decoded: DecodedCall, by tracee: Tracee, task: Tracer.Task,
        hasOtherRoot: Bool = false, isAlone: Bool = true
    ) -> Decision {
        func unseen(_ reason: String) -> Decision {
            .passWithHole(
                Hole(
                    pid: tracee.pid, syscall: decoded.name, path: decoded.arguments.first,
                    reason: "not observed: \(reason)"))
        }
        let seen: PendingCall.Evidence
        do {
            if isAlone, let look = try directories.look(operation) {
                seen = .look(look)
                check(disagreement(look.collection, operation))
            } else {
                let outside = operation.paths.map(isOutside)
                if outside.allSatisfy({ $0 }) { return .pass }
                if outside.contains(true) { return unseen("one of the two paths lies on another filesystem") }
                seen = .walk(try walk(operation))
            }
        } catch let way as LeavesUnion {
            return way.mayReturn ? unseen("a symbolic link leads through \(way.path) and may lead back") : .pass
        } catch {
            return unseen("the layers could not be read: \(error)")
        }
        if hasOtherRoot, seen.hasFollowedLinks { return unseen(SyscallDecoder.changedRoot) }
        let credentials = task.credentials ?? tracee.credentials
        task.credentials = credentials
        return .observe(
            PendingCall(
                pid: tracee.pid, program: task.program, credentials: credentials, told: .decoded(decoded, operation),
                seen: seen))
    }

    private func walk(_ operation: FileOperation) throws -> EvidenceCollector.Collection {
        var reader = BoundedReader(layers, mountPoints: mountPoints)
        return try EvidenceCollector.collect(operation, from: &reader)
    }

    /// How a walk's evidence differs from what was found without one; `nil` where it does not.
    private func disagreement(_ quick: EvidenceCollector.Collection, _ operation: FileOperation) -> String? {
        guard let walked = try? walk(operation) else { return "\(operation) cannot be walked" }
        let rows = Set(quick.evidence.rows).symmetricDifference(walked.evidence.rows)
        if rows.isEmpty, quick.evidence.listed == walked.evidence.listed, quick.resolved == walked.resolved,
            quick.answer == walked.answer, Set(quick.watched) == Set(walked.watched)
        {
            return nil
        }
        return
            "\(operation): \(rows), \(quick.watched) \(walked.watched) \(quick.answer as Any) \(walked.answer as Any)"
    }

    private func isOutside(_ path: Path) -> Bool {
        mountPoints.contains(path) || path.ancestors.contains(where: mountPoints.contains)
    }

    /// Reads what the call has left in the upper layer.
    ///
    /// - Returns: where the upper layer could not be read, a hole, which then stands for the call.
    func conclude(
        _ pending: PendingCall, result: Int64, failed: Bool, at now: Int64, isAlone: Bool = true
    ) -> Hole? {
        pending.nanoseconds = now - pending.released
        pending.errno = failed ? LayerModel.Errno(rawValue: Int32(truncatingIfNeeded: -result)) : nil
        pending.value = failed ? 0 : result
        do {
            if isAlone, case .look(let look) = pending.seen, let left = try directories.conclude(look) {
                pending.after = .left(left)
                number(pending)
                return nil
            }
            let call = pending.decoded(words).call
            if !call.isLookup { directories.forgetAll() }
            if !failed { remember(call, by: pending.pid, result: result) }
            let collection = pending.seen.collection
            pending.seen = .walk(collection)
            var reader = layers
            let after = try EvidenceCollector.after(collection, from: &reader)
            pending.after = .walk(after, costs: try costs(collection, after))
            if call.isAboutAttributes, let path = collection.resolved.first ?? nil {
                pending.attributes = try layers.attributeValues(at: path, in: .upper)
            }
            number(pending)
            return nil
        } catch {
            return pending.hole("the upper layer could not be read after the call: \(error)")
        }
    }

    private func number(_ pending: PendingCall) {
        sequence += 1
        pending.sequence = sequence
    }

    /// What the files take that the call has put under its names.
    private func costs(
        _ collection: EvidenceCollector.Collection, _ after: [Evidence.Row]
    ) throws -> [Path: FileCost] {
        var costs: [Path: FileCost] = [:]
        for row in after where row.entry?.kind == .file && collection.resolved.contains(row.path) {
            let before = collection.evidence.rows.first { $0.path == row.path && $0.layer == .upper }
            if before?.entry?.inode != row.entry?.inode { costs[row.path] = try layers.cost(at: row.path) }
        }
        return costs
    }
}
