import Events
import Glibc
import Linux

/// The listener's thread: accepts, reads, hands on, acknowledges. It owns both descriptors.
struct EventService: Sendable {
    let listener: CInt
    let control: CInt
    let writer: RunWriter

    private struct Connection {
        var socket: CInt
        var frames = EventFrameReader()
        /// Where what was sent last belongs.
        var container = ""
        var step = 0
        /// Whether nothing came since the sender asked for a commit: that is how it takes its leave.
        var hasTakenLeave = false
    }

    func run() {
        var connections: [Connection] = []
        var isStopping = false
        var deadline: ContinuousClock.Instant?
        defer {
            for connection in connections { end(connection, because: "was still open when the run ended") }
            close(listener)
            close(control)
        }
        while !(isStopping && connections.isEmpty) {
            var timeout: CInt = -1
            if let deadline {
                let left = ContinuousClock.now.duration(to: deadline)
                if left <= .zero { return }
                timeout = CInt(clamping: left.nanoseconds / 1_000_000 + 1)
            }
            // While stopping, the first two are left out (a negative descriptor is ignored, see poll(2)).
            var watched = [pollfd(fd: isStopping ? -1 : listener, events: Int16(POLLIN), revents: 0)]
            watched.append(pollfd(fd: isStopping ? -1 : control, events: Int16(POLLIN), revents: 0))
            watched += connections.map { pollfd(fd: $0.socket, events: Int16(POLLIN), revents: 0) }
            guard poll(&watched, nfds_t(watched.count), timeout) >= 0 else { continue }

            var open: [Connection] = []
            for (index, connection) in connections.enumerated() {
                if watched[index + 2].revents == 0 {
                    open.append(connection)
                } else if let still = serve(connection) {
                    open.append(still)
                }
            }
            connections = open
            if watched[1].revents != 0 {
                isStopping = true
                var patience: Int64 = 0
                let count = withUnsafeMutableBytes(of: &patience) { read(control, $0.baseAddress, $0.count) }
                if count != MemoryLayout<Int64>.size { patience = 0 }
                if patience >= 0 { deadline = .now.advanced(by: .seconds(patience)) }
            }
            // Whoever connected before the stop is still heard.
            if isStopping || watched[0].revents != 0 {
                while let socket = acceptWaiting() { connections.append(Connection(socket: socket)) }
            }
        }
    }

    /// A connection that waits in the backlog; `nil` when none does.
    private func acceptWaiting() -> CInt? {
        var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 0) == 1 else { return nil }
        let socket = accept(listener, nil, nil)
        guard socket >= 0 else {
            // What could not be accepted still waits, and is asked for again at once: others may close something.
            if errno == EMFILE || errno == ENFILE { usleep(10_000) }
            return nil
        }
        // Not atomic, because Swift does not see accept4. A child made in between holds a copy of our end; that matters
        // only to a sender whose recording process is killed meanwhile: it waits until that child has ended too.
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        return socket
    }

    /// Reads once and deals with the frames that are complete.
    ///
    /// - Returns: the connection as it goes on; `nil` when it has ended.
    private func serve(_ connection: Connection) -> Connection? {
        var connection = connection
        let received = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            count = max(0, recv(connection.socket, buffer.baseAddress, buffer.count, 0))
        }
        guard !received.isEmpty else {
            end(connection, because: connection.frames.isBetweenFrames ? nil : "ended in the middle of an event")
            return nil
        }
        connection.frames.append(received)
        do throws(EventWireError) {
            while let frame = try connection.frames.next() {
                switch frame {
                case .events(let events, let step):
                    (connection.container, connection.step) = (events.container, step)
                    connection.hasTakenLeave = false
                    writer.append(events, step: step)
                case .commit:
                    connection.hasTakenLeave = true
                    acknowledge(connection.socket)
                }
            }
        } catch {
            end(connection, because: "sent what is no event (\(error)), and what followed is lost")
            return nil
        }
        return connection
    }

    private func acknowledge(_ socket: CInt) {
        var answer = Acknowledgement.committed
        do throws(RecordingError) { try writer.flush() } catch { answer = Acknowledgement.failed }
        // A sender that no longer waits for the answer loses nothing by it.
        _ = try? sendAll([answer], to: socket)
    }

    private func end(_ connection: Connection, because problem: String?) {
        if let problem { writer.warn("a process that sends events \(problem)") }
        if !connection.hasTakenLeave {
            // It was killed, or gave up: what it had seen and not sent is nowhere.
            let hole = Hole(reason: "the process that observed the container ended before it had sent all that it saw")
            writer.append(
                ContainerEvents(container: connection.container, events: [.hole(hole)]), step: connection.step)
        }
        close(connection.socket)
    }
}
