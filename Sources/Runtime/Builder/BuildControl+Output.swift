internal import Glibc

extension BuildControl {
    /// Writes all bytes, as fast as their reader takes them: one that has stopped, as a pager does, is waited for until
    /// the build is to end.
    ///
    /// In pieces, for a pipe that can be written to takes no more than one of these at once (pipe(7), PIPE_BUF).
    ///
    /// - Throws: `Interruption` where somebody has asked for the end and nobody reads. A reader that went away is no
    ///   failure: it ends nobody's build.
    public func write(_ bytes: some Sequence<UInt8>, to descriptor: CInt) throws(Interruption) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            try waitUntilWritable(descriptor)
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, min($0.count, Int(PIPE_BUF))) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func waitUntilWritable(_ descriptor: CInt) throws(Interruption) {
        var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while true {
            let count = poll(&output, 1, 50)
            if count > 0 || count < 0 && errno != EINTR { return }
            try check()
        }
    }
}
