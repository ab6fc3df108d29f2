internal import CLinux
internal import Glibc
internal import LayerModel

/// The rows and columns of a terminal (ioctl_tty(2), TIOCGWINSZ).
public struct TerminalSize: Hashable, Sendable {
    public var rows: UInt16
    public var columns: UInt16

    public init(rows: UInt16, columns: UInt16) {
        self.rows = rows
        self.columns = columns
    }

    /// That of an open terminal; `nil` for any other file.
    public static func of(_ descriptor: CInt) -> TerminalSize? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
        return TerminalSize(rows: size.ws_row, columns: size.ws_col)
    }

    /// Gives the terminal this size, which tells its foreground process so (SIGWINCH).
    public func set(_ descriptor: CInt) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(descriptor, UInt(TIOCSWINSZ), &size)
    }
}

/// What a container needs to open a terminal of its own.
public struct TerminalRequest: Hashable, Sendable {
    /// A socket (unix(7)) over which the terminal's other end is sent.
    public var channel: CInt
    public var size: TerminalSize

    public init(channel: CInt, size: TerminalSize) {
        self.channel = channel
        self.size = size
    }
}

/// Two sockets that are each other's end, closed on exec. socketpair(2)
public struct SocketPair: ~Copyable {
    public let one: Descriptor
    public let other: Descriptor

    /// - Throws: `SystemCallError`
    public init() throws(SystemCallError) {
        var ends: [CInt] = [-1, -1]
        let type = CInt(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
        try call("socketpair") { socketpair(AF_UNIX, type, 0, &ends) }
        one = Descriptor(owning: ends[0])
        other = Descriptor(owning: ends[1])
    }

    /// Tells whoever waits at either end that nothing more comes.
    public func shutDown() { _ = shutdown(one.number, CInt(SHUT_RDWR)) }

    /// The descriptor that comes over a socket; `nil` when none comes any more.
    public static func receive(_ channel: CInt) -> Descriptor? {
        let number = linux_receive_descriptor(channel)
        return number < 0 ? nil : Descriptor(owning: number)
    }
}

/// The terminal at the standard input, raw while it stands before another (termios(3)): what is typed comes as it is.
public enum RawTerminal {
    /// Makes it raw. A signal that ends the process makes it what it was first.
    ///
    /// - Returns: whether it is.
    public static func begin() -> Bool { terminal_make_raw(STDIN_FILENO) == 0 }

    /// Makes it what it was before.
    public static func end() { terminal_give_back() }
}
