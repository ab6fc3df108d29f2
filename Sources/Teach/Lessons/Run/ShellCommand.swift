internal import Glibc
internal import LayerModel
internal import Linux

/// One example: lines for /bin/sh, in an environment of their own, with what they write kept and shown.
struct ShellCommand {
    var commands: String
    var environment: [String: String]
    var directory: String

    struct Result {
        /// As a shell reports it: 128 + n for signal n.
        var exitStatus: Int32
        var standardOutput: [UInt8]
        var standardError: [UInt8]
        var nanoseconds: Int64
    }

    enum Stream { case output, error }

    /// The most of each stream that is kept, in bytes; the rest is shown but not recorded.
    static let limit = 256 * 1024

    /// Runs the lines and waits for their end.
    ///
    /// - Parameters:
    ///   - interrupts: tells of SIGINT and SIGTERM to this process; they end the shell and what it started.
    ///   - show: is given each piece as it comes.
    /// - Throws: `SystemCallError`; `Interrupted` once everything that was started is gone.
    func run(interrupts: borrowing InterruptWatch, show: (Stream, [UInt8]) -> Void) throws -> Result {
        let started = MonotonicClock.now
        let output = try Pipe()
        let errors = try Pipe()
        let pid = try spawn(output: output.writing.number, errors: errors.writing.number)
        output.closeWriting()
        errors.closeWriting()
        var result = Result(exitStatus: 0, standardOutput: [], standardError: [], nanoseconds: 0)
        var wasInterrupted = false
        var open = [(output.reading.number, Stream.output), (errors.reading.number, Stream.error)]
        while !open.isEmpty {
            var polled = open.map { pollfd(fd: $0.0, events: Int16(POLLIN), revents: 0) }
            polled.append(pollfd(fd: interrupts.number, events: Int16(POLLIN), revents: 0))
            try call("poll") { poll(&polled, nfds_t(polled.count), -1) }
            if polled[open.count].revents != 0 {
                _ = interrupts.take()
                // A second request does not ask again.
                kill(-pid, wasInterrupted ? SIGKILL : SIGTERM)
                wasInterrupted = true
            }
            for (index, (number, stream)) in open.enumerated().reversed() where polled[index].revents != 0 {
                let piece = Self.read(number)
                if piece.isEmpty {
                    open.remove(at: index)
                    continue
                }
                show(stream, piece)
                switch stream {
                case .output: result.standardOutput += piece.prefix(max(Self.limit - result.standardOutput.count, 0))
                case .error: result.standardError += piece.prefix(max(Self.limit - result.standardError.count, 0))
                }
            }
        }
        var status: Int32 = 0
        try call("waitpid") { waitpid(pid, &status, 0) }
        if wasInterrupted { throw Interrupted() }
        result.exitStatus = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
        result.nanoseconds = MonotonicClock.now - started
        return result
    }

    /// Starts the shell in a process group of its own, so that it and its children can be ended together.
    private func spawn(output: CInt, errors: CInt) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        // A first shell goes to the directory and becomes the one that runs the lines: posix_spawn(3) cannot everywhere.
        let script = "cd -- \"$1\" && exec /bin/sh -c \"$2\""
        let arguments = Self.cStrings(["/bin/sh", "-c", script, "sh", directory, commands])
        let variables = Self.cStrings(environment.map { "\($0.key)=\($0.value)" })
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, variables)
        guard error == 0 else {
            throw SystemCallError(call: "posix_spawn", subject: "/bin/sh", errno: LayerModel.Errno(rawValue: error))
        }
        return pid
    }

    /// Copies for C, with the null pointer that ends them; the caller frees each.
    private static func cStrings(_ strings: [String]) -> [UnsafeMutablePointer<CChar>?] {
        strings.map { strdup($0) } + [nil]
    }

    private static func read(_ number: CInt) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            repeat { count = Glibc.read(number, buffer.baseAddress, 1 << 16) } while count < 0 && errno == EINTR
            count = max(count, 0)
        }
    }
}

/// The user asked to stop, and everything that was running has ended.
public struct Interrupted: Error, CustomStringConvertible {
    public init() {}
    public var description: String { "interrupted" }
}

/// A pipe whose writing end can be let go before the reading end.
private final class Pipe {
    let reading: Descriptor
    private(set) var writing: Descriptor

    init() throws(SystemCallError) {
        var ends: [CInt] = [0, 0]
        try call("pipe") { pipe(&ends) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reading = Descriptor(owning: ends[0])
        writing = Descriptor(owning: ends[1])
    }

    /// Closes this process's writing end, so that the reading end sees the end of the data.
    func closeWriting() {
        guard let null = try? Descriptor(opening: "/dev/null", O_WRONLY) else { return }
        writing = null
    }
}
