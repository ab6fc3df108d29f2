internal import Glibc
internal import LayerModel
internal import Linux

/// Stands between the caller's terminal and the container's own (`docker run -t`): what is typed goes in, what is shown comes
/// out, and the size follows. The caller's terminal is raw meanwhile, so that the container's interprets each key.
final class TerminalRelay {
    /// What the container is made with.
    let request: TerminalRequest
    private let sockets: SocketPair
    private let before: termios?
    private let thread: DedicatedThread.Handle

    /// - Parameter input: What is typed comes from there; `nil`: nothing is typed.
    /// - Throws: `EngineError` where the input is no terminal; `SystemCallError`
    init(input: CInt?) throws {
        if let input, isatty(input) == 0 { throw EngineError("the input device is not a TTY", exitStatus: 1) }
        let size = TerminalSize.of(STDOUT_FILENO) ?? TerminalSize.of(STDIN_FILENO)
        sockets = try SocketPair()
        request = TerminalRequest(channel: sockets.other.number, size: size ?? TerminalSize(rows: 0, columns: 0))
        var state = termios()
        before = input != nil && tcgetattr(STDIN_FILENO, &state) == 0 ? state : nil
        let channel = sockets.one.number
        thread = try DedicatedThread.start { Self.relay(channel, input) }
        if var raw = before {
            cfmakeraw(&raw)
            tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
        }
    }

    /// The container is over: what it still has to show comes out, and the caller's terminal is as it was.
    func finish() {
        // Nobody waits for a terminal that was never opened.
        sockets.shutDown()
        thread.join()
        if var before { tcsetattr(STDIN_FILENO, TCSADRAIN, &before) }
    }

    private static func relay(_ channel: CInt, _ input: CInt?) {
        guard let terminal = SocketPair.receive(channel) else { return }
        let master = terminal.number
        var size = TerminalSize.of(STDOUT_FILENO)
        var source = input
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            var watched = [
                pollfd(fd: master, events: Int16(POLLIN), revents: 0),
                pollfd(fd: source ?? -1, events: Int16(POLLIN), revents: 0),
            ]
            // Which of the process's threads SIGWINCH meets is anybody's guess: the size is looked at.
            let ready = poll(&watched, 2, 200)
            if ready < 0, errno != EINTR { return }
            if let now = TerminalSize.of(STDOUT_FILENO), now != size {
                now.set(master)
                size = now
            }
            guard ready > 0 else { continue }
            if watched[0].revents != 0 {
                // EIO: nobody has the terminal open any more.
                let count = read(master, &buffer, buffer.count)
                if count <= 0 { return }
                if !write(buffer[..<count], to: STDOUT_FILENO) { return }
            }
            if watched[1].revents != 0, let typed = source {
                let count = read(typed, &buffer, buffer.count)
                if count <= 0 { source = nil } else { _ = write(buffer[..<count], to: master) }
            }
        }
    }

    /// - Returns: Whether all of it could be written.
    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: CInt) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
                if count < 0, errno != EINTR { return false }
                done += max(count, 0)
            }
            return true
        }
    }
}
