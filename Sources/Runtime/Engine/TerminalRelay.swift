internal import Glibc
internal import LayerModel
internal import Linux

/// Stands between the caller's terminal and the container's own (`docker run -t`): what is typed goes in, what is shown comes
/// out, and the size follows. The caller's terminal is raw meanwhile, so that the container's interprets each key.
///
/// Each direction has a thread: a reader who has stopped holds up no key, and what is pasted no output.
final class TerminalRelay {
    /// What the container is made with.
    let request: TerminalRequest
    private let sockets: SocketPair
    private var isRaw = false
    private var thread: DedicatedThread.Handle?

    /// - Parameter input: What is typed comes from there; `nil`: nothing is typed.
    /// - Throws: `EngineError` where the input is no terminal; `SystemCallError`
    init(input: CInt?) throws {
        try Self.check(input)
        let size = Self.callersSize ?? TerminalSize(rows: 0, columns: 0)
        sockets = try SocketPair()
        request = TerminalRequest(channel: sockets.other.number, size: size)
        let channel = sockets.one.number
        thread = try DedicatedThread.start {
            // None comes where the container could not be made.
            guard let terminal = SocketPair.receive(channel) else { return }
            let ends = Ends(master: terminal.number, channel: channel)
            let typing = try? DedicatedThread.start { ends.passInput(from: input, size) }
            ends.passOutput()
            typing?.join()
        }
        isRaw = input != nil && RawTerminal.begin()
    }

    /// - Throws: `EngineError` where keys are to come from what is no terminal.
    static func check(_ input: CInt?) throws {
        if let input, isatty(input) == 0 { throw EngineError("the input device is not a TTY", exitStatus: 1) }
    }

    /// The container is over: what it still has to show comes out, and the caller's terminal is as it was.
    func finish() {
        guard let thread else { return }
        self.thread = nil
        sockets.shutDown()
        thread.join()
        if isRaw { RawTerminal.end() }
    }

    fileprivate static var callersSize: TerminalSize? {
        TerminalSize.of(STDOUT_FILENO) ?? TerminalSize.of(STDIN_FILENO)
    }
}

extension LocalEngine {
    /// What `docker run -ti` needs, to be asked before anything is made.
    ///
    /// - Throws: `EngineError` where the standard input is no terminal.
    public static func requireTerminal() throws { try TerminalRelay.check(STDIN_FILENO) }
}

/// The other end of the container's terminal, and the socket that is shut down when the container is over.
private struct Ends: Sendable {
    let master: CInt
    let channel: CInt

    init(master: CInt, channel: CInt) {
        self.master = master
        self.channel = channel
        _ = fcntl(master, F_SETFL, fcntl(master, F_GETFL) | O_NONBLOCK)
    }

    /// In milliseconds: how soon a new size is seen, as which of the process's threads SIGWINCH meets is anybody's guess.
    private static let tick: CInt = 200

    private var isOver: Bool {
        var watched = pollfd(fd: channel, events: 0, revents: 0)
        return poll(&watched, 1, 0) > 0
    }

    func passOutput() {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            var watched = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            let wasOver = isOver
            guard poll(&watched, 1, Self.tick) > 0 else { continue }
            let count = read(master, &buffer, buffer.count)
            if count > 0 {
                // What nobody reads any more is dropped, and the container goes on.
                buffer[..<count].withUnsafeBytes(Self.show)
            } else if count == 0 || errno == EIO {
                // Nobody has the terminal open just now; as long as the container lives, somebody may open /dev/tty.
                if wasOver { return }
                var over = pollfd(fd: channel, events: 0, revents: 0)
                poll(&over, 1, Self.tick / 4)
            }
        }
    }

    private static func show(_ bytes: UnsafeRawBufferPointer) {
        var done = 0
        while done < bytes.count {
            let count = write(STDOUT_FILENO, bytes.baseAddress! + done, bytes.count - done)
            if count >= 0 {
                done += count
            } else if errno == EAGAIN {
                // Another program has made the caller's terminal so.
                var ready = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, tick)
            } else if errno != EINTR {
                return
            }
        }
    }

    /// - Parameter shown: The size that the container was made with.
    func passInput(from input: CInt?, _ shown: TerminalSize) {
        var (source, size) = (input, shown)
        var typed: ArraySlice<UInt8> = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            var watched = [
                pollfd(fd: channel, events: 0, revents: 0),
                pollfd(fd: typed.isEmpty ? source ?? -1 : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: typed.isEmpty ? -1 : master, events: Int16(POLLOUT), revents: 0),
            ]
            poll(&watched, 3, Self.tick)
            if watched[0].revents != 0 { return }
            if let now = TerminalRelay.callersSize, now != size {
                now.set(master)
                size = now
            }
            if watched[1].revents != 0, let keyboard = source {
                let count = read(keyboard, &buffer, buffer.count)
                if count > 0 {
                    typed = buffer[..<count]
                } else if count == 0 || !isPassing(errno, of: keyboard) {
                    source = nil
                }
            }
            if watched[2].revents != 0 {
                let count = typed.withUnsafeBytes { write(master, $0.baseAddress!, $0.count) }
                if count > 0 {
                    typed = typed.dropFirst(count)
                } else {
                    usleep(10_000)
                }
            }
        }
    }

    /// Whether an error of reading goes away: who is in the background may not read its terminal (EIO, as the thread takes
    /// no signals).
    private func isPassing(_ error: CInt, of keyboard: CInt) -> Bool {
        if error == EAGAIN || error == EINTR { return true }
        guard error == EIO, tcgetpgrp(keyboard) != getpgrp() else { return false }
        usleep(useconds_t(Self.tick) * 1000)
        return true
    }
}
