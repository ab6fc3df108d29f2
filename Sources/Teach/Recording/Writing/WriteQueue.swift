import Glibc

/// What one thread hands to another, in order, with a bound on how much may wait. (The standard library's Mutex has no
/// condition to wait on.)
final class WriteQueue<Element: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    // All of these are touched only while `mutex` is held.
    private var waiting: [Element] = []
    private var weight = 0
    private var added = 0
    private var done = 0
    private var isClosed = false
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Adds an element, and blocks while more than the limit is waiting.
    ///
    /// - Returns: whether the queue took it; a closed one does not.
    @discardableResult
    func add(_ element: Element, weight: Int) -> Bool {
        locked {
            while self.weight >= limit && !isClosed { pthread_cond_wait(changed, mutex) }
            guard !isClosed else { return false }
            waiting.append(element)
            self.weight += weight
            added += 1
            pthread_cond_broadcast(changed)
            return true
        }
    }

    /// Everything that waits; blocks until there is something, and is `nil` when the queue is closed and empty.
    func takeAll() -> [Element]? {
        locked {
            while waiting.isEmpty && !isClosed { pthread_cond_wait(changed, mutex) }
            guard !waiting.isEmpty else { return nil }
            defer {
                waiting = []
                weight = 0
                pthread_cond_broadcast(changed)
            }
            return waiting
        }
    }

    /// Says that `count` elements that were taken are dealt with.
    func finished(_ count: Int) {
        locked {
            done += count
            pthread_cond_broadcast(changed)
        }
    }

    /// Blocks until everything that was added before the call is dealt with.
    func waitUntilDone() {
        locked {
            let goal = added
            while done < goal { pthread_cond_wait(changed, mutex) }
        }
    }

    /// Lets nothing more in; what waits can still be taken.
    func close() {
        locked {
            isClosed = true
            pthread_cond_broadcast(changed)
        }
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
