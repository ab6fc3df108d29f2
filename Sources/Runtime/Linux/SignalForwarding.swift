import CLinux

/// SIGINT, SIGTERM and SIGHUP, passed on to a container in the foreground.
public enum SignalForwarding {
    /// While `body` runs, the first SIGINT or SIGTERM goes to the process as it is; any later one as SIGKILL,
    /// because a container's first process ignores signals that it has no handler for (pid_namespaces(7)). SIGHUP goes
    /// as SIGKILL at once: with the terminal gone, nobody can ask a second time.
    /// Where another container is in the foreground already, nothing is forwarded.
    public static func to<Value>(_ pidfd: borrowing Descriptor, while body: () throws -> Value) rethrows -> Value {
        let forwards = linux_forward_signals(pidfd.number) == 0
        defer { if forwards { linux_forward_signals(-1) } }
        return try body()
    }
}
