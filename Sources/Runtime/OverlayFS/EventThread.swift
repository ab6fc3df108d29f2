internal import Events
internal import Glibc
internal import LayerModel
internal import Linux

/// The thread that makes events of what the tracer saw and hands them on, in their order, while the container goes on:
/// the tracer itself stands between a program and its call, and does no more than has to be done there.
final class EventThread: @unchecked Sendable {
    enum Item {
        indirect case event(Event)
        /// A call that has returned, with all that was read of it.
        case call(PendingCall)
    }

    /// So many may wait; a tracer that is further ahead waits too.
    private static let limit = 1 << 15
    /// So many wake the thread at once.
    private static let batch = 512
    /// Otherwise what there is waits this long for more: waking a thread costs more than making an event. The thread
    /// wakes by itself as long as something comes each time.
    private static let patience = 4_000_000

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// There is something to do, or much of it.
    private let filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let emptied = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    // Touched only while `mutex` is held.
    private var items: [Item] = []
    /// What was done last. The tracer frees it, as it has made it: memory that another thread frees is locked for both.
    private var spent: [Item] = []
    private var isIdle = false
    private var isClosed = false

    private let work: (Item) -> Void
    private var thread: DedicatedThread.Handle?

    /// - Parameter work: is done on the thread, with one item after the other.
    init(_ work: @escaping (Item) -> Void) {
        self.work = work
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(filled, nil)
        pthread_cond_init(emptied, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(filled)
        pthread_cond_destroy(emptied)
        mutex.deallocate()
        filled.deallocate()
        emptied.deallocate()
    }

    /// - Throws: `SystemCallError` when there can be no thread.
    func start() throws(SystemCallError) {
        thread = try DedicatedThread.start { self.run() }
    }

    func append(_ item: Item) {
        var old: [Item] = []
        pthread_mutex_lock(mutex)
        while items.count >= Self.limit { pthread_cond_wait(emptied, mutex) }
        if items.isEmpty { swap(&old, &spent) }
        items.append(item)
        if isIdle && items.count == 1 || items.count == Self.batch { pthread_cond_signal(filled) }
        pthread_mutex_unlock(mutex)
        old.removeAll()
    }

    /// Waits until all that was appended is done.
    func finish() {
        guard let thread else { return }
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_signal(filled)
        pthread_mutex_unlock(mutex)
        thread.join()
        self.thread = nil
    }

    private func run() {
        DedicatedThread.stepBehind()
        while let items = take() {
            for item in items { work(item) }
            pthread_mutex_lock(mutex)
            spent = items
            pthread_mutex_unlock(mutex)
        }
    }

    private func take() -> [Item]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        gather()
        while items.isEmpty && !isClosed {
            isIdle = true
            while items.isEmpty && !isClosed { pthread_cond_wait(filled, mutex) }
            isIdle = false
            gather()
        }
        guard !items.isEmpty else { return nil }
        defer { pthread_cond_signal(emptied) }
        let taken = items
        items = []
        items.reserveCapacity(Self.batch + Self.batch / 8)
        return taken
    }

    /// Waits for a batch, but not long. `mutex` is held.
    private func gather() {
        var until = timespec()
        clock_gettime(CLOCK_REALTIME, &until)
        until.tv_nsec += Self.patience
        if until.tv_nsec >= 1_000_000_000 {
            until.tv_sec += 1
            until.tv_nsec -= 1_000_000_000
        }
        while items.count < Self.batch && !isClosed {
            if pthread_cond_timedwait(filled, mutex, &until) != 0 { break }
        }
    }
}
