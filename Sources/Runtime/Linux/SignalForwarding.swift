import CLinux

/// SIGINT, SIGTERM and SIGHUP while a container is in the foreground: passed on to it while it runs, and held back while it is
/// made and taken down, so that nothing of it stays behind.
public enum SignalForwarding {
    /// Runs `body` to its end whatever signal comes; the first that comes while nothing is forwarded ends this process
    /// afterwards, as if nothing had held it back, and a second one at once. What is ignored stays so.
    ///
    /// May be nested: the outermost one counts.
    ///
    /// - Throws: what `body` throws.
    public static func holding<Value>(_ body: () throws -> Value) rethrows -> Value {
        signals_hold()
        defer { signals_release() }
        return try body()
    }

    /// Whether a signal waits for the end of `holding`.
    public static var isHolding: Bool { signals_held() != 0 }

    /// While `body` runs, the first SIGINT or SIGTERM goes to the process as it is; any later one as SIGKILL,
    /// because a container's first process ignores signals that it has no handler for (pid_namespaces(7)). SIGHUP goes
    /// as SIGKILL at once: with the terminal gone, nobody can ask a second time. So does a signal that was held back
    /// already, as what it came for is not wanted any more.
    /// Where another container is in the foreground already, nothing is forwarded.
    public static func to<Value>(_ pidfd: borrowing Descriptor, while body: () throws -> Value) rethrows -> Value {
        try holding {
            let forwards = signals_forward(pidfd.number) == 0
            defer { if forwards { signals_forward(-1) } }
            return try body()
        }
    }
}
