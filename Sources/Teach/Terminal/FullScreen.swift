public import Glibc
internal import Synchronization

/// The whole terminal, for as long as the value lives: what was on it comes back afterwards, also where the process is told
/// to end. See termios(3) and xterm's control sequences (the alternate screen, DECSET 1049).
public struct FullScreen: ~Copyable {
    private let input: CInt
    private let output: CInt
    private var before: termios
    /// The signal that asked the process to end; 0 while none did.
    private static let signal = Atomic<CInt>(0)
    private static let endings = [SIGTERM, SIGHUP, SIGINT, SIGQUIT]

    /// Whether there is a terminal to read keys from and to draw on.
    public static func isPossible(input: CInt = STDIN_FILENO, output: CInt = STDOUT_FILENO) -> Bool {
        isatty(input) == 1 && isatty(output) == 1 && Style.environmentVariable("TERM") != "dumb"
    }

    /// - Returns: `nil` where `input` is no terminal.
    public init?(input: CInt = STDIN_FILENO, output: CInt = STDOUT_FILENO) {
        self.input = input
        self.output = output
        before = termios()
        guard tcgetattr(input, &before) == 0 else { return nil }
        for ending in Self.endings { Glibc.signal(ending) { FullScreen.signal.store($0, ordering: .relaxed) } }
        var raw = before
        cfmakeraw(&raw)
        tcsetattr(input, TCSAFLUSH, &raw)
        write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
    }

    deinit {
        write("\u{1B}[?25h\u{1B}[?1049l")
        var before = before
        tcsetattr(input, TCSAFLUSH, &before)
        for ending in Self.endings { Glibc.signal(ending, SIG_DFL) }
    }

    /// The signal that asked the process to end meanwhile.
    public var ending: CInt? {
        let signal = Self.signal.load(ordering: .relaxed)
        return signal == 0 ? nil : signal
    }

    /// Columns and rows.
    public var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(output, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Draws the lines from the top; what else is on the screen goes.
    public borrowing func draw(_ lines: [String]) {
        var text = "\u{1B}[H"
        for (index, line) in lines.enumerated() { text += (index == 0 ? "" : "\r\n") + line + "\u{1B}[K" }
        write(text + "\u{1B}[J")
    }

    /// Waits for keys; a change of the terminal's size and a signal end the wait.
    ///
    /// - Returns: None where only the size changed; `nil` at the end of the input, or where the process is to end.
    public borrowing func keys() -> [Key]? {
        let size = size
        while ending == nil {
            var wait = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wait, 1, 200)
            if ready <= 0 {
                if self.size != size { return [] }
                continue
            }
            var buffer = [UInt8](repeating: 0, count: 256)
            let count = read(input, &buffer, buffer.count)
            if count <= 0 { return nil }
            return Key.keys(in: Array(buffer[..<count]))
        }
        return nil
    }

    private borrowing func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(output, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            if written <= 0 { return }
            rest = rest.dropFirst(written)
        }
    }
}
