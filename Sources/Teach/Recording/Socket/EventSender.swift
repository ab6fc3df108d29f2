public import Events
import Glibc
import LayerModel
import Linux
import Synchronization

/// Sends events to the process that records the run: used by a `docker` command that a lesson runs. Safe to use from
/// any thread; a send blocks while the recording process is behind.
public final class EventSender: Sendable {
    /// The environment variable that holds the path of the socket.
    public static let socketVariable = "TEACH_RECORD"
    /// The environment variable that holds the step's number.
    public static let stepVariable = "TEACH_STEP"

    private let path: String
    private let step: Int
    private let state: Mutex<State>

    private struct State: ~Copyable {
        let socket: Descriptor
        var buffer: [UInt8] = []
    }

    /// Connects to the socket at `path`; what is sent belongs to the step of that number.
    ///
    /// - Throws: `RecordingError.socket`
    public init(to path: String, step: Int) throws(RecordingError) {
        self.path = path
        self.step = step
        do {
            let socket = try unixSocket()
            try withAddress(of: path) { address, length throws(SystemCallError) in
                try call("connect", path) { connect(socket.number, address, length) }
            }
            self.state = Mutex(State(socket: socket))
        } catch {
            throw .socket(path: path, reason: "\(error); is `teach run` still there?")
        }
    }

    /// Connects where the environment says; `nil` when this process belongs to no lesson.
    ///
    /// - Throws: `RecordingError`
    public static func ofEnvironment() throws(RecordingError) -> EventSender? {
        guard let path = getenv(socketVariable) else { return nil }
        let step = getenv(stepVariable).map { String(cString: $0) } ?? "0"
        guard let number = Int(step), number >= 0 else { throw .environment(name: stepVariable, value: step) }
        return try EventSender(to: String(cString: path), step: number)
    }

    /// Adds events, in their order; they leave when enough have come together, or with `flush`.
    ///
    /// - Throws: `RecordingError.socket`
    public func send(_ events: ContainerEvents) throws(RecordingError) {
        try with { state throws(any Error) in
            // Frames of a bounded number of events: the receiver starts on the first while the last are on their way.
            var rest = events.events[...]
            while !rest.isEmpty {
                let some = ContainerEvents(container: events.container, events: Array(rest.prefix(256)))
                rest = rest.dropFirst(256)
                try EventWire.encode(.events(some, step: step), into: &state.buffer)
                if state.buffer.count >= 1 << 16 { try Self.write(&state) }
            }
        }
    }

    /// Hands everything to the kernel.
    ///
    /// - Throws: `RecordingError.socket`
    public func flush() throws(RecordingError) {
        try with { state throws(any Error) in try Self.write(&state) }
    }

    /// Sends what is left and waits until the recording process has committed all of it.
    ///
    /// - Throws: `RecordingError.socket` when it cannot say so: some events are then missing from the record.
    public func finish() throws(RecordingError) {
        try with { state throws(any Error) in
            try EventWire.encode(.commit, into: &state.buffer)
            try Self.write(&state)
            var answer: UInt8 = 0
            let socket = state.socket.number
            let count = try call("recv") { recv(socket, &answer, 1, 0) }
            guard count == 1, answer == Acknowledgement.committed else { throw Unacknowledged() }
        }
    }

    /// Kills this process, and with it the container that it runs, as soon as the recording process is gone: a lesson's
    /// containers do not outlive it, however it ends.
    ///
    /// - Throws: `RecordingError.noThread`
    public func dieWithListener() throws(RecordingError) {
        let socket = state.withLock { $0.socket.number }
        let thread = try recordingThread {
            // No events are asked for: a peer that is gone is reported all the same (poll(2), POLLHUP).
            var watched = pollfd(fd: socket, events: 0, revents: 0)
            while poll(&watched, 1, -1) <= 0 {}
            if watched.revents & Int16(POLLHUP | POLLERR) != 0 { kill(getpid(), SIGKILL) }
        }
        thread.detach()
    }

    private struct Unacknowledged: Error, CustomStringConvertible {
        var description: String {
            "the recording process ended or could not write, so events of this command are missing from the record"
        }
    }

    private func with(_ body: (inout State) throws -> Void) throws(RecordingError) {
        let failure: (any Error)? = state.withLock { state in
            do {
                try body(&state)
                return nil
            } catch { return error }
        }
        if let failure { throw .socket(path: path, reason: "\(failure)") }
    }

    private static func write(_ state: inout State) throws(SystemCallError) {
        let socket = state.socket.number
        try sendAll(state.buffer, to: socket)
        state.buffer.removeAll(keepingCapacity: true)
    }
}

/// The one byte that answers a commit frame.
enum Acknowledgement {
    static let committed: UInt8 = 6
    static let failed: UInt8 = 21
}

/// A unix stream socket (unix(7)).
func unixSocket() throws(SystemCallError) -> Descriptor {
    Descriptor(
        owning: try call("socket") { socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0) })
}

/// Writes all of `bytes`; a peer that is gone is an error (EPIPE), never a signal.
func sendAll(_ bytes: [UInt8], to socket: CInt) throws(SystemCallError) {
    var sent = 0
    while sent < bytes.count {
        sent += try call("send") {
            bytes.withUnsafeBytes { Glibc.send(socket, $0.baseAddress! + sent, $0.count - sent, CInt(MSG_NOSIGNAL)) }
        }
    }
}

/// Gives `body` the address of the unix socket at `path`. An address holds 107 bytes (unix(7)): a longer path is reached
/// through its open directory (proc(5), /proc/self/fd).
///
/// - Throws: `SystemCallError`, with ENAMETOOLONG for a name of more than 80 bytes, or what `body` throws.
func withAddress(
    of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemCallError) -> Void
) throws(SystemCallError) {
    var address = sockaddr_un()
    if path.utf8.count >= MemoryLayout.size(ofValue: address.sun_path), let slash = path.lastIndex(of: "/"),
        path[slash...].utf8.count <= 80
    {
        let directory = try Descriptor(opening: String(path[..<slash]), O_RDONLY | O_DIRECTORY)
        return try withAddress(of: "/proc/self/fd/\(directory.number)\(path[slash...])", body)
    }
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
        throw SystemCallError(call: "connect", subject: path, errno: .ENAMETOOLONG)
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    var failure: SystemCallError?
    withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            do throws(SystemCallError) { try body(pointer, socklen_t(MemoryLayout<sockaddr_un>.size)) } catch {
                failure = error
            }
        }
    }
    if let failure { throw failure }
}
