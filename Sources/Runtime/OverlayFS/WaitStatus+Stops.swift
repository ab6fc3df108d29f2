internal import Linux

extension WaitStatus {
    /// Reads what wait(2) gives; `nil` for a process that has only stopped.
    init?(_ status: Int32) {
        switch status & 0x7F {
        case 0: self = .exited((status >> 8) & 0xFF)
        case 0x7F: return nil
        case let signal: self = .signalled(signal)
        }
    }
}
