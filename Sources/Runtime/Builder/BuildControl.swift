internal import CLinux
internal import Glibc
internal import Linux
internal import Synchronization

/// A build's end from outside: another thread may ask for it at any time.
public final class BuildControl: Sendable {
    private struct State {
        var isInterrupted = false
        /// The first process of the container that runs just now, as its pidfd: a number is another's once it is reaped.
        var container: CInt?
        /// What ends with this.
        var parts: [BuildControl] = []
    }
    private let state = Mutex(State())

    public init() {}

    /// Ends the command that runs, and the build as soon as it looks.
    public func interrupt() {
        let parts = state.withLock { state in
            state.isInterrupted = true
            if let container = state.container { _ = linux_send_signal(container, SIGKILL) }
            return state.parts
        }
        for part in parts { part.interrupt() }
    }

    /// The control of a part of the build, which ends with the build, and can be ended alone.
    func part() -> BuildControl {
        let part = BuildControl()
        let isInterrupted = state.withLock { state in
            state.parts.append(part)
            return state.isInterrupted
        }
        if isInterrupted { part.interrupt() }
        return part
    }

    /// - Throws: `Interruption` when somebody has asked for the end.
    func check() throws(Interruption) { if state.withLock({ $0.isInterrupted }) { throw Interruption() } }

    /// A container begins, whose first process is there and has not been waited for.
    ///
    /// - Throws: `SystemCallError` where it cannot be held on to.
    func begin(_ container: Int32) throws(SystemCallError) {
        let pidfd = try call("pidfd_open") { linux_open_process(container) }
        state.withLock { state in
            state.container = pidfd
            if state.isInterrupted { _ = linux_send_signal(pidfd, SIGKILL) }
        }
    }

    func end() {
        state.withLock { state in
            if let container = state.container { close(container) }
            state.container = nil
        }
    }

    /// The build ended because it was asked to. Nothing half made is left.
    public struct Interruption: Error {}
}
