internal import CLinux

/// SIGINT and SIGTERM as something that can be waited for (signalfd(2)).
///
/// Make it before any other thread is started: the two signals stay blocked only in threads that inherit the mask.
public struct InterruptWatch: ~Copyable {
    private let descriptor: Descriptor

    /// Holds the two signals back from now on.
    ///
    /// - Throws: `SystemCallError`
    public init() throws(SystemCallError) {
        descriptor = Descriptor(owning: try call("signalfd") { signals_watch_interrupts() })
    }

    /// The descriptor to poll(2).
    public var number: Int32 { descriptor.number }

    /// Takes one signal off the queue.
    ///
    /// - Returns: its number, or `nil` when none is pending.
    public func take() -> Int32? {
        let signal = signals_take(descriptor.number)
        return signal == 0 ? nil : signal
    }
}
