/// How a process ended (wait(2)).
public enum WaitStatus: Hashable, Sendable {
    case exited(Int32)
    case signalled(Int32)

    /// The status as a shell reports it: 128 + n for signal n.
    public var shellStatus: Int32 {
        switch self {
        case .exited(let status): status
        case .signalled(let signal): 128 + signal
        }
    }
}
