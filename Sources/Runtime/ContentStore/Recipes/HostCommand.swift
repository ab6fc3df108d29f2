internal import Glibc
internal import LayerModel
internal import Linux

/// A program of the host that is run to its end.
struct HostCommand {
    /// The program, looked up on PATH, and its arguments.
    var arguments: [String]

    /// Runs it with its output, standard error too, going to a scratch file at `scratch`.
    ///
    /// - Parameter checkpoint: is asked while it runs; where it throws, the program is killed with all that it has started.
    /// - Returns: the exit status as a shell reports it, and the output.
    /// - Throws: `SystemCallError` when it cannot be started; what the checkpoint throws.
    func run(scratch: String, asking checkpoint: Checkpoint? = nil) throws -> (status: Int32, output: String) {
        // A file and no pipe: nothing to drain, and no write end that another child could inherit.
        let output = try Descriptor(opening: scratch, O_RDWR | O_CREAT | O_TRUNC, mode: 0o600)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.number, 1)
        posix_spawn_file_actions_adddup2(&actions, output.number, 2)
        // Whoever waits for signals may have blocked them; the program shall end at Ctrl-C all the same.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var flags = POSIX_SPAWN_SETSIGMASK
        // A process group of its own, which is ended as one; who asks nobody leaves it in the terminal's.
        if checkpoint != nil { flags |= POSIX_SPAWN_SETPGROUP }
        posix_spawnattr_setflags(&attributes, Int16(flags))
        let words = arguments.map { strdup($0) }
        defer { words.forEach { free($0) } }
        var pid = pid_t()
        let failure = posix_spawnp(&pid, arguments[0], &actions, &attributes, words + [nil], environ)
        guard failure == 0 else {
            throw SystemCallError(call: "posix_spawnp", subject: arguments[0], errno: Errno(rawValue: failure))
        }
        var status: CInt = 0
        if let checkpoint {
            while try call("waitpid", arguments[0], { waitpid(pid, &status, WNOHANG) }) == 0 {
                do { try checkpoint() } catch {
                    kill(-pid, SIGKILL)
                    waitpid(pid, &status, 0)
                    throw error
                }
                usleep(10_000)
            }
        } else {
            try call("waitpid", arguments[0]) { waitpid(pid, &status, 0) }
        }
        let number = output.number
        try call("lseek", scratch) { lseek(number, 0, SEEK_SET) }
        let text = String(decoding: try Files.readAll(number), as: UTF8.self)
        let signal = status & 0x7f
        return (signal == 0 ? (status >> 8) & 0xff : 128 + signal, text)
    }
}
