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
    ///   - interrupts: tells of signals to this process; they end the shell and what it started.
    ///   - stopping: is told the first signal, when the shell and what it started have been asked to end.
    ///   - show: is given each piece as it comes.
    /// - Throws: `SystemCallError`; `Interrupted` once everything that was started is gone.
    func run(
        interrupts: borrowing InterruptWatch, stopping: (Int32) -> Void, show: (Stream, [UInt8]) -> Void
    ) throws -> Result {
        let started = MonotonicClock.now
        let output = try Pipe()
        let errors = try Pipe()
        let process = try start(output: output.writing.number, errors: errors.writing.number)
        output.closeWriting()
        errors.closeWriting()
        var result = Result(exitStatus: 0, standardOutput: [], standardError: [], nanoseconds: 0)
        var interruption: Int32?
        var open = [(output.reading.number, Stream.output), (errors.reading.number, Stream.error)]
        while !open.isEmpty {
            var polled = open.map { pollfd(fd: $0.0, events: Int16(POLLIN), revents: 0) }
            polled.append(pollfd(fd: interrupts.number, events: Int16(POLLIN), revents: 0))
            try call("poll") { poll(&polled, nfds_t(polled.count), -1) }
            if polled[open.count].revents != 0 {
                let signal = interrupts.take()
                // A second request does not ask again.
                kill(-process.pid, interruption != nil ? SIGKILL : SIGTERM)
                if interruption == nil, let signal {
                    interruption = signal
                    stopping(signal)
                }
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
        let status = try process.wait()
        if let interruption { throw Interrupted(by: interruption) }
        result.exitStatus = status.shellStatus
        result.nanoseconds = MonotonicClock.now - started
        return result
    }

    /// Starts the shell in a session of its own, so that it and its children can be ended together. It dies with this
    /// process, however that ends.
    private func start(output: CInt, errors: CInt) throws -> PlanProcess {
        let input = try Descriptor(opening: "/dev/null", O_RDONLY)
        let high = Descriptor(owning: try call("fcntl") { fcntl(input.number, F_DUPFD_CLOEXEC, 3) })
        let mask = umask(0)
        _ = umask(mask)
        let plan = Plan([
            .newSession, .standardStreams(input: high.number, output: output, error: errors), .fileMask(mask),
            .workingDirectory(directory), .closeDescriptors(from: 3), .dieWithParent,
            .execute(
                Program(
                    candidates: ["/bin/sh"], arguments: ["/bin/sh", "-c", commands],
                    environment: environment.map { "\($0.key)=\($0.value)" })),
        ])
        let process = try plan.launch(namespaces: [])
        while case let reports = try process.reports(), !reports.isEmpty {
            for case .failed(let step, let subject, let errno, _) in reports {
                _ = try? process.wait()
                throw SystemCallError(call: plan.steps[step].name, subject: subject ?? "/bin/sh", errno: errno)
            }
        }
        return process
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
    /// The signal that asked.
    public var signal: Int32

    public init(by signal: Int32) { self.signal = signal }

    public var description: String { "interrupted by signal \(signal)" }
}

/// A pipe whose writing end can be let go before the reading end.
private final class Pipe {
    let reading: Descriptor
    private(set) var writing: Descriptor

    init() throws(SystemCallError) {
        var ends: [CInt] = [0, 0]
        try call("pipe") { pipe(&ends) }
        defer { for end in ends { close(end) } }
        // Above the three that the shell's streams are put on.
        reading = Descriptor(owning: try call("fcntl") { fcntl(ends[0], F_DUPFD_CLOEXEC, 3) })
        writing = Descriptor(owning: try call("fcntl") { fcntl(ends[1], F_DUPFD_CLOEXEC, 3) })
    }

    /// Closes this process's writing end, so that the reading end sees the end of the data.
    func closeWriting() {
        guard let null = try? Descriptor(opening: "/dev/null", O_WRONLY) else { return }
        writing = null
    }
}
