import Events
import Glibc
import LayerModel
import Linux
import Synchronization

/// Receives the events of other processes for the one writer of a run, over a unix socket in a directory of its own
/// that nobody else may enter. One thread serves all connections, and waits when the writer is behind: a sender then
/// waits too, because its socket is full.
public final class EventListener: Sendable {
    /// The socket: the value of `EventSender.socketVariable` for the processes that a lesson starts.
    public let path: String
    private let directory: String
    private let thread: DedicatedThread.Handle
    /// A pipe whose other end the thread watches: a byte asks it to end.
    private let control: Descriptor
    private let isStopped = Mutex(false)

    /// Listens in a new directory beneath `parent`, whose name should be short: a socket's path has at most 107 bytes.
    ///
    /// - Throws: `RecordingError.socket`, `RecordingError.noThread`
    public init(for writer: RunWriter, beneath parent: String = "/tmp") throws(RecordingError) {
        let directory: String
        do { directory = try Self.makeDirectory(beneath: parent) } catch {
            throw .socket(path: parent, reason: "\(error); set TMPDIR to a directory that can be written")
        }
        let path = directory + "/events"
        self.directory = directory
        self.path = path
        do {
            let socket = try unixSocket()
            try withAddress(of: path) { address, length throws(SystemCallError) in
                try call("bind", path) { bind(socket.number, address, length) }
            }
            try call("listen", path) { listen(socket.number, 128) }
            var ends: [CInt] = [-1, -1]
            try call("pipe") { pipe(&ends) }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            self.control = Descriptor(owning: ends[1])
            let service = EventService(
                listener: socket.release(), control: ends[0], writer: writer)
            self.thread = try DedicatedThread.start {
                DedicatedThread.stepBehind()
                service.run()
            }
        } catch {
            _ = unlink(path)
            _ = rmdir(directory)
            if error.call == "pthread_create" { throw .noThread(reason: "\(error)") }
            throw .socket(path: path, reason: "\(error)")
        }
    }

    deinit { stop(within: 0) }

    /// Lets nobody else in, waits until every sender has ended, and returns when all that they sent is with the writer
    /// (`RunWriter.flush` then waits for the disk).
    ///
    /// - Parameter seconds: after which a connection that is still open is cut, and the record warns of it; `nil` waits
    ///   for ever.
    public func stop(within seconds: Int? = nil) {
        let isFirst = isStopped.withLock { stopped in
            defer { stopped = true }
            return !stopped
        }
        guard isFirst else { return }
        var patience = Int64(seconds ?? -1)
        _ = withUnsafeBytes(of: &patience) { write(control.number, $0.baseAddress, $0.count) }
        thread.join()
        _ = unlink(path)
        _ = rmdir(directory)
    }

    /// mkdtemp(3) makes it with mode 0700.
    private static func makeDirectory(beneath parent: String) throws(SystemCallError) -> String {
        var template = Array("\(parent)/teach-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw SystemCallError(call: "mkdtemp", subject: parent, errno: LayerModel.Errno(rawValue: Glibc.errno))
        }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
