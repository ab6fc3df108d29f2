internal import CLinux
internal import Glibc
internal import Linux

/// Keeps a container whose threads take turns on the tracer's processor.
///
/// A stop hands the processor from the caller to the tracer and back. On two processors each hand-over wakes an idle
/// one, and costs about three times as much. A shell that waits for a compiler that waits for a linker loses nothing on
/// one processor; threads that compute side by side would. Hence:
/// - the container is pinned, with all that it starts, from the first stop on;
/// - a tick looks how long threads have waited for the processor since the last one. Where those of the container wait for
///   each other, or one of all does for somebody outside, all may run where they could before, and are pinned again only
///   after a pause, which grows each time;
/// - where nothing stops any more there is nothing to gain, and they are let go;
/// - before a thread asks where it may run (sched_getaffinity(2)), all are let go; once one says so itself, for good.
final class Pinning {
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
        /// How long each had run and waited at the last tick; the tracer is 0.
        var times: [pid_t: trace_scheduled] = [:]
        var looked: Int64
        let began: Int64
        var crowdedTicks = 0
        var calmTicks = 0
    }

    private var pin: Pin?
    /// When to look whether it is better off without; never while nothing is pinned. Looked at at each stop, it stands
    /// apart from what is seldom needed.
    private var nextLook = Int64.max
    private var hasStopped = false
    private var threads: Set<pid_t> = []
    private var hasPinned = false
    private var notBefore: Int64 = 0
    private var pause = Pinning.pauses.first
    private var ticks = trace_ticks()
    private var isPossible = true

    deinit { trace_ticks_close(&ticks) }

    /// The tracer's wait has ended, by a stop of the container's or by a tick.
    func woke(at now: Int64, byStop: Bool) {
        if now >= nextLook { look(at: now) }
        guard byStop else { return }
        hasStopped = true
        if nextLook == .max, isPossible, now >= notBefore { pinAll(at: now) }
    }

    /// Looks whether the container is better off with all processors.
    private func look(at now: Int64) {
        guard let looked = pin?.looked else { return }
        pin!.looked = now
        nextLook = now + Self.tick
        // A caller waits for the tracer at each of its stops; what a second thread waits comes on top of that.
        var (ran, all, longest) = (Int64(0), Int64(0), Int64(0))
        for thread in threads {
            let times = times(of: thread)
            ran += times.ran
            all += times.waited
            longest = max(longest, times.waited)
        }
        let tracer = times(of: 0)
        ran += tracer.ran
        // The tracer may wait for its own caller: where that goes on before the tracer has come to rest, it stays
        // ready. Only while none of them runs does somebody outside.
        let elapsed = now - looked
        let forOthers = min(max(longest, tracer.waited), elapsed - ran)
        let isCrowded = all - longest > elapsed / Self.tolerance || forOthers > elapsed / 2
        pin!.crowdedTicks = isCrowded ? pin!.crowdedTicks + 1 : 0
        pin!.calmTicks = hasStopped ? 0 : pin!.calmTicks + 1
        hasStopped = false
        if pin!.crowdedTicks >= Self.patience {
            rest(at: now)
        } else if pin!.calmTicks >= Self.calm {
            release()
        } else if now - pin!.began > Self.pauses.last {
            pause = Self.pauses.first
        }
    }

    /// How long a thread has run and waited since the last tick. One that was born since has done so in this one.
    private func times(of thread: pid_t) -> trace_scheduled {
        var now = trace_scheduled()
        guard trace_scheduled(thread, &now) == 0 else { return trace_scheduled() }
        let before = pin!.times.updateValue(now, forKey: thread) ?? trace_scheduled()
        return trace_scheduled(ran: max(now.ran - before.ran, 0), waited: max(now.waited - before.waited, 0))
    }

    /// The thread is about to ask where it may run, or to say so itself.
    func asked(sets: Bool, at now: Int64) {
        if sets { isPossible = false }
        rest(at: now)
    }

    /// A thread was started. It has its parent's processors (sched_setaffinity(2)).
    func born(_ child: pid_t, of parent: pid_t, at now: Int64) {
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
    func began(_ thread: pid_t) { threads.insert(thread) }

    func ended(_ thread: pid_t) {
        threads.remove(thread)
        pin?.before[thread] = nil
        pin?.times[thread] = nil
    }

    private func pinAll(at now: Int64) {
        guard threads.count <= Self.most, let cpu = CPUSet.current, let own = try? CPUSet(of: 0) else { return }
        if own.count == 1 {
            isPossible = false
            return
        }
        var times = trace_scheduled()
        if ticks.is_there == 0, trace_ticks_open(&ticks) != 0 || trace_scheduled(0, &times) != 0 {
            // Nobody would notice that threads wait for each other.
            isPossible = false
            return
        }
        var pin = Pin(own: own, cpu: CPUSet(cpu), looked: now, began: now)
        if trace_scheduled(0, &times) == 0 { pin.times[0] = times }
        for thread in threads {
            guard let before = try? CPUSet(of: thread), before.contains(cpu) else { continue }
            guard (try? pin.cpu.apply(to: thread)) != nil else { continue }
            pin.before[thread] = before
            if trace_scheduled(thread, &times) == 0 { pin.times[thread] = times }
        }
        if pin.before.isEmpty {
            // None of the container may run where the tracer does.
            notBefore = now + pause
            return
        }
        try? pin.cpu.apply(to: 0)
        _ = trace_tick_every(&ticks, Int(Self.tick))
        self.pin = pin
        nextLook = now + Self.tick
        hasPinned = true
    }

    private func rest(at now: Int64) {
        guard pin != nil else { return }
        release()
        notBefore = now + pause
        pause = min(pause * Self.pauses.growth, Self.pauses.last)
    }

    private func release() {
        guard let pin else { return }
        self.pin = nil
        nextLook = .max
        _ = trace_tick_every(&ticks, 0)
        for (thread, before) in pin.before { try? before.apply(to: thread) }
        try? pin.own.apply(to: 0)
    }
}
