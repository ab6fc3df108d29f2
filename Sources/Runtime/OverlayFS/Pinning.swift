internal import CLinux
internal import Glibc
internal import Linux

/// Keeps a container whose threads take turns on the tracer's processor.
///
/// A stop hands the processor from the caller to the tracer and back. On two processors each hand-over wakes an idle
/// one, and costs about three times as much. A shell that waits for a compiler that waits for a linker loses nothing on
/// one processor; threads that compute side by side would. Hence:
/// - the container is pinned, with all that it starts, from the first stop on;
/// - a tick looks how long threads have waited for the processor since the last one. Where they wait for each other, or one
///   does for somebody outside, all may run where they could before, and are pinned again only after a pause, which
///   grows each time;
/// - where nothing stops any more there is nothing to gain, and they are let go;
/// - before a thread asks where it may run (sched_getaffinity(2)), all are let go; once one says so itself, for good.
struct Pinning: ~Copyable {
    private static let tick: Int64 = 10_000_000
    /// Threads may wait for each other for this part of a tick.
    private static let tolerance: Int64 = 5
    /// So many ticks in a row, or it was only the end of one program beside the beginning of the next.
    private static let patience = 2
    /// After so many ticks without a stop they are let go.
    private static let calm = 5
    /// With more threads the ticks themselves would cost too much.
    private static let most = 16
    private static let pauses: (first: Int64, growth: Int64, last: Int64) = (100_000_000, 4, 10_000_000_000)

    private struct Pin {
        /// Where the tracer may run.
        let own: CPUSet
        let cpu: CPUSet
        /// Where each thread of the container could run before.
        var before: [pid_t: CPUSet] = [:]
        /// How long each had waited at the last tick; the tracer is 0.
        var waited: [pid_t: Int64] = [:]
        var looked: Int64
        let began: Int64
        var crowdedTicks = 0
        var calmTicks = 0
        var hasStopped = false
    }

    private var pin: Pin?
    private var threads: Set<pid_t> = []
    private var hasPinned = false
    private var notBefore: Int64 = 0
    private var pause = Self.pauses.first
    private var ticks = trace_ticks()
    private var isPossible = true

    deinit {
        var ticks = ticks
        trace_ticks_close(&ticks)
    }

    /// A thread of the container has stopped.
    mutating func stopped(at now: Int64) {
        if pin != nil { pin!.hasStopped = true } else if isPossible, now >= notBefore { pinAll(at: now) }
    }

    /// Looks whether the container is better off with all processors, if it is time to.
    mutating func look(at now: Int64) {
        guard let looked = pin?.looked, now - looked >= Self.tick else { return }
        pin!.looked = now
        // A caller waits for the tracer at each of its stops; what a second thread waits comes on top of that.
        var (all, longest) = (Int64(0), Int64(0))
        for thread in threads {
            let waiting = wait(of: thread)
            all += waiting
            longest = max(longest, waiting)
        }
        let isCrowded =
            all - longest > (now - looked) / Self.tolerance || max(longest, wait(of: 0)) > (now - looked) / 2
        pin!.crowdedTicks = isCrowded ? pin!.crowdedTicks + 1 : 0
        pin!.calmTicks = pin!.hasStopped ? 0 : pin!.calmTicks + 1
        pin!.hasStopped = false
        if pin!.crowdedTicks >= Self.patience {
            rest(at: now)
        } else if pin!.calmTicks >= Self.calm {
            release()
        } else if now - pin!.began > Self.pauses.last {
            pause = Self.pauses.first
        }
    }

    /// How long a thread has waited since the last tick. One that was born since has waited all its time in this one.
    private mutating func wait(of thread: pid_t) -> Int64 {
        let waited = max(trace_waited(thread), 0)
        defer { pin!.waited[thread] = waited }
        return max(waited - (pin!.waited[thread] ?? 0), 0)
    }

    /// The thread is about to ask where it may run, or to say so itself.
    mutating func asked(sets: Bool, at now: Int64) {
        if sets { isPossible = false }
        rest(at: now)
    }

    /// A thread was started. It has its parent's processors (sched_setaffinity(2)).
    mutating func born(_ child: pid_t, of parent: pid_t, at now: Int64) {
        threads.insert(child)
        if pin != nil {
            if let before = pin!.before[parent] { pin!.before[child] = before }
            if threads.count > Self.most { rest(at: now) }
        } else if hasPinned, isPossible, let processors = try? CPUSet(of: parent) {
            // It may have been on its way while its parent was let go.
            try? processors.apply(to: child)
        }
    }

    /// A thread is there that nobody was seen to start: the first one.
    mutating func began(_ thread: pid_t) { threads.insert(thread) }

    mutating func ended(_ thread: pid_t) {
        threads.remove(thread)
        pin?.before[thread] = nil
        pin?.waited[thread] = nil
    }

    private mutating func pinAll(at now: Int64) {
        guard threads.count <= Self.most, let cpu = CPUSet.current, let own = try? CPUSet(of: 0), own.count > 1 else {
            return
        }
        if ticks.is_there == 0, trace_ticks_open(&ticks) != 0 || trace_waited(0) < 0 {
            // Nobody would notice that threads wait for each other.
            isPossible = false
            return
        }
        var pin = Pin(own: own, cpu: CPUSet(cpu), looked: now, began: now)
        pin.waited[0] = trace_waited(0)
        for thread in threads {
            guard let before = try? CPUSet(of: thread), before.contains(cpu) else { continue }
            guard (try? pin.cpu.apply(to: thread)) != nil else { continue }
            pin.before[thread] = before
            pin.waited[thread] = max(trace_waited(thread), 0)
        }
        try? pin.cpu.apply(to: 0)
        _ = trace_tick_every(&ticks, Int(Self.tick))
        self.pin = pin
        hasPinned = true
    }

    private mutating func rest(at now: Int64) {
        guard pin != nil else { return }
        release()
        notBefore = now + pause
        pause = min(pause * Self.pauses.growth, Self.pauses.last)
    }

    private mutating func release() {
        guard let pin else { return }
        self.pin = nil
        _ = trace_tick_every(&ticks, 0)
        for (thread, before) in pin.before { try? before.apply(to: thread) }
        try? pin.own.apply(to: 0)
    }
}
