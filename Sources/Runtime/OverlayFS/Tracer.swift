internal import CLinux
public import Events
internal import Glibc
internal import LayerModel
public import Linux

/// Follows a container's processes by ptrace(2) and reports every call that can change its layers.
///
/// One mutating call is in flight at a time: others wait at their entry, so that what the upper directory shows
/// belongs to one call. Stops are served on one thread, because a tracee belongs to the thread that seized it; what can
/// wait is done on another (`EventThread`).
public final class Tracer: ProcessObserver {
    /// The filter that the container's init has to load after it was seized and before it executes the command.
    public let seccompProgram: [SeccompInstruction]

    /// The processor time that following has taken, in nanoseconds: what observing cost.
    public private(set) var nanoseconds: Int64 = 0

    private let observer: OperationObserver
    private let layers: LayerDirectories
    private let report: (Event) -> Void
    private var events: EventThread?
    private let pinning = Pinning()
    /// Whether the container's first program runs.
    private var isSetUp = false
    private var tasks: [pid_t: Task] = [:]
    private var inFlight: (pid: pid_t, call: PendingCall)?
    /// Calls that wait at their entry for the one in flight.
    private var held: [(pid: pid_t, info: trace_syscall)] = []
    /// Calls let go without waiting, because they may block for ever.
    private var released: [pid_t: PendingCall] = [:]

    /// What is known of one thread of the container.
    final class Task {
        var program: String
        var credentials: Credentials?
        var isThread = false

        init(program: String) { self.program = program }
    }

    /// - Parameters:
    ///   - layers: the container's stack of layers.
    ///   - reads: whether calls that only look are observed too.
    ///   - omitted: calls that pass unseen; for tests.
    ///   - report: is given each event, one after the other in the order of the calls' returns, on a thread of its own
    ///     while `follow` runs, and the last ones by `follow` itself.
    public init(
        layers: LayerDirectories, reads: Bool, leavingOut omitted: Set<Syscall> = [],
        report: @escaping (Event) -> Void
    ) {
        seccompProgram = ObserverFilter.program(reads: reads, leavingOut: omitted).instructions
        observer = OperationObserver(layers: layers, seesAll: omitted.isEmpty)
        self.layers = layers
        self.report = report
    }

    /// Becomes the tracer of a process that has not yet loaded the filter.
    ///
    /// - Throws: `SystemCallError` (ptrace(2), PTRACE_SEIZE).
    public func seize(_ pid: Int32) throws {
        try call("ptrace", "process \(pid)") { trace_seize(pid) }
        tasks[pid] = Task(program: "")
        pinning.began(pid)
    }

    /// Runs until no process of the container is left.
    ///
    /// - Returns: how the init process ended.
    public func follow(_ initPID: Int32, executed: () -> Void) throws -> WaitStatus {
        var initStatus = WaitStatus.exited(0)
        let account = try CallAccount(layers: layers, report: report)
        let events = EventThread(account.handle)
        try events.start()
        self.events = events
        defer { events.finish() }
        trace_thread_begins()
        // By the clock on the wall a caller would be counted too that runs before its tracer has come to rest.
        let began = ThreadClock.now
        while true {
            var status: Int32 = 0
            let pid = trace_wait(&status)
            guard pid >= 0 else { break }  // ECHILD: nobody is left
            let stopped = MonotonicClock.now
            pinning.woke(at: stopped, byStop: pid != 0)
            if pid == 0 { continue }
            if let end = WaitStatus(status) {
                if pid == initPID { initStatus = end }
                ended(pid, end)
            } else {
                handleStop(pid, status, initPID, at: stopped, executed)
            }
        }
        nanoseconds = ThreadClock.now - began
        events.finish()
        try account.close()
        return initStatus
    }
}

// MARK: - Stops

extension Tracer {
    private func handleStop(
        _ pid: pid_t, _ status: Int32, _ initPID: pid_t, at now: Int64, _ setUp: () -> Void
    ) {
        let signal = (status >> 8) & 0xFF
        switch Int(trace_event(status)) {
        case TRACE_EVENT_SECCOMP:
            var info = trace_syscall()
            guard trace_syscall_info(pid, &info) == 0 else { return }  // killed meanwhile
            entered(pid, info)
        case TRACE_EVENT_FORK, TRACE_EVENT_VFORK, TRACE_EVENT_CLONE:
            born(of: pid, isThread: Int(trace_event(status)) == TRACE_EVENT_CLONE)
            _ = trace_continue(pid, 0)
        case TRACE_EVENT_EXEC:
            if pid == initPID, !isSetUp {
                isSetUp = true
                setUp()
            }
            executed(pid, isInit: pid == initPID)
            _ = trace_continue(pid, 0)
        case TRACE_EVENT_STOP:
            // A group stop carries its signal; the first stop of a new child carries SIGTRAP (ptrace(2)).
            if [SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU].contains(signal) {
                _ = trace_listen(pid)
            } else {
                _ = trace_continue(pid, 0)
            }
        default:
            if signal == SIGTRAP | 0x80 {
                returned(pid, at: now)
            } else {
                _ = trace_continue(pid, signal)
            }
        }
    }

    /// Puts an event in its place among those of the calls. While the container is followed, on the thread that follows.
    public func tell(_ event: Event) { events?.append(.event(event)) }

    private func task(_ pid: pid_t) -> Task {
        if let task = tasks[pid] { return task }
        let task = Task(program: "")
        tasks[pid] = task
        return task
    }

    private func born(of parent: pid_t, isThread: Bool) {
        var message: UInt = 0
        guard trace_event_message(parent, &message) == 0 else { return }
        let child = pid_t(message)
        pinning.born(child, of: parent, at: MonotonicClock.now)
        // Not told apart by the event alone: clone(2) makes processes too when it is called without CLONE_THREAD.
        let isThread = isThread && Tracee(pid: child).isThread
        // A child has its parent's ids, until it executes or changes them. Its name is looked at when it matters: a shell
        // may give a child another without executing anything (prctl(2), PR_SET_NAME), as busybox does.
        let (task, mother) = (task(child), task(parent))
        task.isThread = isThread
        if task.credentials == nil { task.credentials = mother.credentials }
        tell(.process(ProcessEvent(kind: isThread ? .thread : .fork, pid: child, parent: parent)))
    }

    private func executed(_ pid: pid_t, isInit: Bool) {
        // A thread that executes takes the leader's id; its own vanishes without an exit, and of the leader, which was
        // killed wherever it was, no end is told either (ptrace(2), "execve").
        var former: UInt = 0
        if trace_event_message(pid, &former) == 0, pid_t(former) != pid {
            forget(pid_t(former))
            loseCalls(of: pid)
        }
        let tracee = Tracee(pid: pid)
        // Its name and ids are looked at when its first call stops: many programs make none that does.
        tasks[pid] = Task(program: "")
        if isInit { observer.enter(mountPoints: Set(tracee.mountPoints), mount: tracee.rootMount) }
        tell(
            .process(
                ProcessEvent(
                    kind: .exec, pid: pid, program: tracee.link("exe") ?? "", arguments: tracee.arguments)))
        admitNext()
    }

    private func ended(_ pid: pid_t, _ status: WaitStatus) {
        loseCalls(of: pid)
        if tasks[pid]?.isThread != true {
            tell(.process(ProcessEvent(kind: .exit, pid: pid, exitStatus: status.shellStatus)))
        }
        forget(pid)
        admitNext()
    }

    private func forget(_ pid: pid_t) {
        tasks[pid] = nil
        pinning.ended(pid)
        loseCalls(of: pid)
    }

    /// The thread that was known by this id is gone: no call of its own returns any more.
    private func loseCalls(of pid: pid_t) {
        if let flight = inFlight, flight.pid == pid {
            tell(.hole(flight.call.hole("the caller was killed inside the call; what it changed is not attributed")))
            observer.loseTrack()
            inFlight = nil
        }
        if released.removeValue(forKey: pid) != nil { observer.loseTrack() }
        held.removeAll { $0.pid == pid }
    }
}

// MARK: - Calls

extension Tracer {
    /// A call has stopped at its entry.
    private func entered(_ pid: pid_t, _ info: trace_syscall) {
        guard inFlight == nil else {
            held.append((pid, info))
            return
        }
        admit(pid, info)
    }

    /// Lets the longest-waiting call go on, now that none is in flight.
    private func admitNext() {
        while inFlight == nil, !held.isEmpty {
            let (pid, info) = held.removeFirst()
            admit(pid, info)
        }
    }

    private func admit(_ pid: pid_t, _ info: trace_syscall) {
        let task = task(pid)
        if task.program.isEmpty { task.program = Tracee(pid: pid).program }
        let decision = observer.judge(pid: pid, info: info, task: task, isAlone: released.isEmpty)
        switch decision {
        case .pass:
            _ = trace_continue(pid, 0)
        case .passWithHole(let hole):
            observer.loseTrack()
            // A caller that was killed meanwhile makes no call, and has no memory left to read it from.
            if trace_continue(pid, 0) == 0 { tell(.hole(hole)) }
        case .unpin(let forGood):
            pinning.asked(sets: forGood, at: MonotonicClock.now)
            _ = trace_continue(pid, 0)
        case .refuse(let operation):
            tell(.operation(operation))
            _ = trace_refuse(pid)
            _ = trace_continue(pid, 0)
        case .observe(let call):
            call.released = MonotonicClock.now
            if call.mayBlock {
                observer.loseTrack()
                released[pid] = call
            } else {
                inFlight = (pid, call)
            }
            if trace_continue_to_exit(pid, 0) != 0 { inFlight = nil }  // killed meanwhile: its end is on the way
        }
    }

    /// A call has returned.
    private func returned(_ pid: pid_t, at now: Int64) {
        var info = trace_syscall()
        guard trace_syscall_info(pid, &info) == 0 else { return }
        let call: PendingCall
        if let flight = inFlight, flight.pid == pid {
            call = flight.call
            inFlight = nil
        } else if let free = released.removeValue(forKey: pid) {
            call = free
        } else {
            _ = trace_continue(pid, 0)
            return
        }
        // ERESTARTSYS and its kin: a signal came first, and the kernel makes the call again (or reports EINTR).
        let isOver = !(info.failed != 0 && (-516 ... -512).contains(info.result))
        let hole =
            isOver
            ? observer.conclude(
                call, result: info.result, failed: info.failed != 0, at: now, isAlone: released.isEmpty)
            : nil
        // All is read that the caller's next steps could change. What is left to do does not keep it waiting.
        _ = trace_continue(pid, 0)
        if let hole {
            // What the call left is not known, so that nothing can be told of it, and no verdict passed on it.
            tell(.hole(hole))
            observer.loseTrack()
        } else if isOver {
            events?.append(.call(call))
        } else {
            // The looks before it were made for a call that has not been.
            observer.loseTrack()
        }
        admitNext()
    }
}
