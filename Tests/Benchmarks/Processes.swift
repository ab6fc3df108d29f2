import Glibc

/// Starts a program, looked for in PATH, with these descriptors as its streams; what is `nil` is ours.
///
/// - Throws: `BenchmarkError` when it cannot be started.
func start(_ words: [String], input: CInt? = nil, output: CInt? = nil, errors: CInt? = nil) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (from, to) in [(input, STDIN_FILENO), (output, STDOUT_FILENO), (errors, STDERR_FILENO)] {
        if let from { posix_spawn_file_actions_adddup2(&actions, from, to) }
    }
    let arguments = words.map { strdup($0) }
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    let error = posix_spawnp(&pid, words[0], &actions, nil, arguments + [nil], environ)
    guard error == 0 else { throw BenchmarkError("\(words[0]) cannot be started: errno \(error)") }
    return pid
}

/// The exit status of a process of ours that ends; a signal n counts as 128 + n.
func wait(for pid: pid_t) -> Int32 {
    var status: CInt = 0
    while waitpid(pid, &status, 0) == -1, errno == EINTR {}
    return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
}

/// Where programs write what nobody reads unless they fail.
struct Log {
    let path: String

    init(in scratch: Scratch) { path = scratch.path + "/log" }

    /// Runs a program to its end.
    ///
    /// - Parameter meanwhile: is given the process while it runs.
    /// - Throws: `BenchmarkError` with what it said, when it does not exit with 0.
    func run(_ words: [String], meanwhile: (pid_t) -> Void = { _ in }) throws {
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw BenchmarkError("\(path) cannot be written: errno \(errno)") }
        defer { close(file) }
        let pid = try start(words, output: file, errors: file)
        meanwhile(pid)
        let status = wait(for: pid)
        if status == 0 { return }
        var said = [UInt8](repeating: 0, count: 2000)
        let count = pread(file, &said, said.count, max(0, lseek(file, 0, SEEK_END) - off_t(said.count)))
        throw BenchmarkError(
            "\(words.joined(separator: " ")) ended with status \(status); the end of what it said:\n"
                + String(decoding: said[..<max(0, count)], as: UTF8.self))
    }

    /// The most memory that a program had in use, in bytes: its VmHWM (proc(5)), looked at every millisecond. (What
    /// getrusage(2) answers begins with what the process had that started it.)
    func peakMemory(of words: [String]) throws -> Int64 {
        var peak: Int64 = 0
        try run(words) { pid in
            while let kilobytes = Self.residentPeak(of: pid) {
                peak = max(peak, kilobytes << 10)
                usleep(1000)
            }
        }
        return peak
    }

    /// `nil` once the process has ended.
    private static func residentPeak(of pid: pid_t) -> Int64? {
        let file = open("/proc/\(pid)/status", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        let lines = String(decoding: bytes[..<max(0, count)], as: UTF8.self).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("VmHWM:") }) else { return nil }
        return line.split(separator: " ").dropFirst().first.flatMap { Int64($0) }
    }
}

/// A program in a terminal of its own, of 80 columns and 24 rows.
final class TerminalProgram {
    private let terminal: CInt
    private let pid: pid_t

    /// - Throws: `BenchmarkError` when it cannot be started.
    init(_ words: [String]) throws {
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        var (ours, its): (CInt, CInt) = (-1, -1)
        guard openpty(&ours, &its, nil, nil, &size) == 0 else {
            throw BenchmarkError("there is no pseudo-terminal: errno \(errno)")
        }
        _ = fcntl(ours, F_SETFD, FD_CLOEXEC)
        defer { close(its) }
        terminal = ours
        pid = try start(words, input: its, output: its, errors: its)
    }

    deinit { close(terminal) }

    /// Reads what it draws until that ends with `text` and the control sequences that may follow.
    ///
    /// - Throws: `BenchmarkError` where it ends before.
    func wait(until text: String) throws {
        var seen: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while !String(decoding: seen.suffix(400), as: UTF8.self).contains(text) {
            let count = read(terminal, &bytes, bytes.count)
            guard count > 0 else {
                throw BenchmarkError("it ended early: " + String(decoding: seen.suffix(400), as: UTF8.self))
            }
            seen += bytes[..<count]
        }
    }

    /// Types `text`, and waits for the end.
    func end(with text: String) {
        _ = write(terminal, text, text.utf8.count)
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while read(terminal, &bytes, bytes.count) > 0 {}
        _ = Benchmarks.wait(for: pid)
    }
}
