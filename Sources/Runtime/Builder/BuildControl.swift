internal import Glibc
internal import Synchronization

/// A build's end from outside: another thread may ask for it at any time.
public final class BuildControl: Sendable {
    private struct State {
        var isInterrupted = false
        /// The first process of the container that runs just now.
        var container: Int32?
        /// What ends with this.
        var parts: [BuildControl] = []
    }
    private let state = Mutex(State())

    public init() {}

    /// Ends the command that runs, and the build as soon as it looks.
    public func interrupt() {
        let parts = state.withLock { state in
            state.isInterrupted = true
            if let container = state.container { kill(container, SIGKILL) }
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

    func begin(_ container: Int32) {
        state.withLock { state in
            state.container = container
            if state.isInterrupted { kill(container, SIGKILL) }
        }
    }

    func end() { state.withLock { $0.container = nil } }

    /// The build ended because it was asked to. Nothing half made is left.
    public struct Interruption: Error {}
}
