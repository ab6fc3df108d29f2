internal import Glibc
internal import Linux

/// Keeps one storming thread of the container on the tracer's processor.
///
/// A stop hands the processor from the caller to the tracer and back. On two processors each hand-over wakes an idle
/// one, and costs about three times as much. A thread whose time goes into stops runs beside nothing else anyway, so
/// it loses nothing by it; one that computes between its calls would, and so would a second one. Hence:
/// - a thread is pinned after `threshold` calls in a row that followed one another within `gap`;
/// - one at most is pinned, and only while nobody else makes calls in between;
/// - what it starts, and the program that it becomes, may run where it could before;
/// - before it asks or says where it may run (sched_getaffinity(2)), it is let go; a thread that says so itself is never
///   pinned again.
struct Pinning {
    private static let threshold = 64
    private static let gap: Int64 = 200_000

    private var streak = 0
    private var last: (pid: pid_t, returned: Int64)?
    private var pinned: (pid: pid_t, before: CPUSet, own: CPUSet)?
    private var excluded: Set<pid_t> = []

    /// A call of a thread has stopped.
    mutating func stopped(_ pid: pid_t, at now: Int64) {
        guard let last, last.pid == pid, now - last.returned < Self.gap else {
            streak = 0
            if let pinned, pinned.pid != pid { release() }
            return
        }
        streak += 1
        if streak == Self.threshold { pin(pid) }
    }

    /// A call has returned and the thread goes on.
    mutating func returned(_ pid: pid_t, at now: Int64) { last = (pid, now) }

    /// The thread is about to start another, to execute, or to ask where it may run.
    mutating func leave(_ pid: pid_t, forGood: Bool = false) {
        if pinned?.pid == pid { release() }
        if last?.pid == pid { streak = 0 }
        if forGood { excluded.insert(pid) }
    }

    /// A thread that was started while its parent was pinned is not.
    func born(_ child: pid_t, of parent: pid_t) {
        if let pinned, pinned.pid == parent { try? pinned.before.apply(to: child) }
    }

    /// The thread is gone, or turns into a program that knows nothing of what it had decided.
    mutating func ended(_ pid: pid_t) {
        leave(pid)
        excluded.remove(pid)
        if last?.pid == pid { last = nil }
    }

    private mutating func pin(_ pid: pid_t) {
        guard !excluded.contains(pid), pinned?.pid != pid else { return }
        release()
        let cpu = CPUSet.current
        guard let cpu, let before = try? CPUSet(of: pid), let own = try? CPUSet(of: 0), before.contains(cpu) else {
            return
        }
        do {
            try CPUSet(cpu).apply(to: pid)
            try CPUSet(cpu).apply(to: 0)
            pinned = (pid, before, own)
        } catch {
            try? before.apply(to: pid)
        }
    }

    private mutating func release() {
        guard let pinned else { return }
        self.pinned = nil
        try? pinned.before.apply(to: pinned.pid)
        try? pinned.own.apply(to: 0)
    }
}
