import Builder
import Glibc
import Linux
import Synchronization

/// The user's wish to end a build: the first SIGINT, SIGTERM or SIGHUP ends it in order, a second one at once.
final class BuildInterruption: Sendable {
    let control = BuildControl()
    private let watch: InterruptWatch
    private let taken = Mutex<Int32?>(nil)

    /// The signal that came.
    var signal: Int32? { taken.withLock { $0 } }

    /// Make it before any other thread is started.
    init() throws {
        watch = try InterruptWatch()
        try DedicatedThread.start { self.wait() }.detach()
    }

    private func wait() {
        while true {
            var wanted = pollfd(fd: watch.number, events: Int16(POLLIN), revents: 0)
            guard poll(&wanted, 1, -1) > 0, let signal = watch.take() else { continue }
            let isSecond = taken.withLock { taken in
                defer { taken = signal }
                return taken != nil
            }
            if isSecond { InterruptWatch.die(of: signal) }
            control.interrupt()
        }
    }
}
