public import Glibc
import Pictures

/// One line on standard error that says what is being done, overwritten as it changes. It is written only to a
/// terminal: a log or a pipe gets nothing.
public struct Progress: ~Copyable {
    private let descriptor: CInt
    private let isShown: Bool
    private let width: Int

    /// - Parameter descriptor: by default standard error.
    public init(on descriptor: CInt = STDERR_FILENO) {
        self.descriptor = descriptor
        // A dumb terminal cannot go back to the start of a line and clear it.
        isShown = isatty(descriptor) == 1 && Style.environmentVariable("TERM") != "dumb"
        width = isShown ? terminalWidth(of: descriptor) : 0
    }

    /// Replaces the line. A text longer than the terminal is wide is shortened in its middle.
    public borrowing func show(_ text: String) {
        // The last column stays free: some terminals wrap as soon as it is written.
        write("\r\u{1B}[K" + text.printable.shortened(to: width - 1))
    }

    /// Takes the line away, so that ordinary output can follow.
    public borrowing func clear() { write("\r\u{1B}[K") }

    private borrowing func write(_ text: String) {
        guard isShown else { return }
        let bytes = Array(text.utf8)
        // What cannot be shown is not worth an error: the work itself goes on.
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }

    deinit { if isShown { clear() } }
}
