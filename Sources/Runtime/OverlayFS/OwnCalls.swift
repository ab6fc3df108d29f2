internal import CLinux
public import Events
internal import Glibc
public import LayerModel
public import Linux

/// The calls that this process itself makes on a union, observed as a container's are: what the layers held before each,
/// what the upper one holds after it, and the effects that this shows.
///
/// All are made on one thread, and nobody else changes the upper layer meanwhile.
public final class OwnCalls: CallWitness {
    private let observer: OperationObserver
    private let account: CallAccount
    private let events: EventThread
    private var caller: (tracee: Tracee, task: Tracer.Task)?
    private var pending: PendingCall?

    /// The time that looking has taken, in nanoseconds: what observing cost.
    public private(set) var nanoseconds: Int64 = 0

    /// - Parameters:
    ///   - layers: the union's stack of layers.
    ///   - report: is given each event in the order of the calls, on a thread of its own, and the last ones by `finish`.
    /// - Throws: `SystemCallError`
    public init(layers: LayerDirectories, report: @escaping (Event) -> Void) throws {
        observer = OperationObserver(layers: layers, seesAll: true)
        account = try CallAccount(layers: layers, report: report)
        events = EventThread(account.handle)
        try events.start()
    }

    deinit { events.finish() }

    public func willMake(_ call: WitnessedCall) {
        let began = MonotonicClock.now
        defer { nanoseconds += MonotonicClock.now - began }
        let (tracee, task) = caller ?? identify()
        let words = DecodedCall(
            name: call.syscall.rawValue, action: .observe(call.operation), arguments: call.arguments,
            flags: call.operation.flagsInWords)
        switch observer.observe(call.operation, words, by: tracee, task: task) {
        case .observe(let call):
            call.released = MonotonicClock.now
            pending = call
        case .passWithHole(let hole):
            observer.loseTrack()
            events.append(.event(.hole(hole)))
        case .pass, .unpin, .refuse: break
        }
    }

    public func didMake(_ result: Result<Int64, LayerModel.Errno>) {
        guard let call = pending else { return }
        let now = MonotonicClock.now
        defer { nanoseconds += MonotonicClock.now - now }
        pending = nil
        let (value, failed) =
            switch result {
            case .success(let value): (value, false)
            case .failure(let errno): (-Int64(errno.rawValue), true)
            }
        if let hole = observer.conclude(call, result: value, failed: failed, at: now) {
            events.append(.event(.hole(hole)))
            observer.loseTrack()
        } else {
            events.append(.call(call))
        }
    }

    /// Waits until all is reported, and tells what the upper layer holds that no call accounts for.
    ///
    /// - Throws: `SystemCallError`
    public func finish() throws {
        events.finish()
        try account.close()
    }

    /// The thread that makes the calls, once it makes the first.
    private func identify() -> (tracee: Tracee, task: Tracer.Task) {
        let tracee = Tracee(pid: pid_t(linux_syscall(Int(SYS_gettid), 0, 0, 0, 0, 0)))
        let task = Tracer.Task(program: tracee.program)
        caller = (tracee, task)
        return (tracee, task)
    }
}
