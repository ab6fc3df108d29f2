internal import Glibc

extension BuildControl {
    /// Waits until a descriptor has bytes to read, or is at its end: who reads then does not sleep through the build's end.
    ///
    /// - Throws: `Interruption` when somebody has asked for the end.
    public func awaitInput(on descriptor: CInt) throws(Interruption) {
        while true {
            try check()
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let count = poll(&wanted, 1, 100)
            if count > 0 || count < 0 && errno != EINTR { return }
        }
    }
}
