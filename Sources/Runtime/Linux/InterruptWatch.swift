internal import CLinux

/// SIGINT, SIGTERM, SIGHUP and SIGPIPE as something that can be waited for (signalfd(2)).
///
/// Make it before any other thread is started: the signals stay blocked only in threads that inherit the mask. One that
/// the caller ignores stays ignored. SIGPIPE belongs to the thread that wrote: the one that takes must be the one that
/// writes (signal(7)).
public struct InterruptWatch: ~Copyable, Sendable {
    private let descriptor: Descriptor

    /// Holds the signals back from now on.
    ///
    /// - Throws: `SystemCallError`
    public init() throws(SystemCallError) {
        descriptor = Descriptor(owning: try call("signalfd") { signals_watch_interrupts() })
    }

    /// The descriptor to poll(2).
    public var number: Int32 { descriptor.number }

    /// Ends this process by a signal, as if nothing had held it back.
    public static func die(of signal: Int32) { signals_die(signal) }

    /// Takes one signal off the queue.
    ///
    /// - Returns: its number, or `nil` when none is pending.
    public func take() -> Int32? {
        let signal = signals_take(descriptor.number)
        return signal == 0 ? nil : signal
    }
}
