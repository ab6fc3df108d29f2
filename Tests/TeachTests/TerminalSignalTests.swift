import Foundation
import Testing

/// The caller's terminal after a signal that ends `docker run -t`, judged by its settings (termios(3)).
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root")) struct TerminalSignalTests {
    /// A terminal that nobody looks at.
    private final class Terminal {
        let master: CInt
        let slave: CInt

        init() throws {
            master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
            var (unlocked, number): (CInt, CInt) = (0, 0)
            // TIOCSPTLCK and TIOCGPTN (ioctl_tty(2)).
            let isThere = ioctl(master, 0x4004_5431, &unlocked) == 0 && ioctl(master, 0x8004_5430, &number) == 0
            slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
            try #require(isThere && slave >= 0)
        }

        deinit {
            close(slave)
            close(master)
        }

        /// What tcgetattr(3) tells, in part: how lines are read, and what becomes of what is written.
        var settings: [UInt32] {
            var state = termios()
            tcgetattr(slave, &state)
            return [state.c_iflag, state.c_oflag, state.c_cflag, state.c_lflag]
        }

        var isRaw: Bool { settings[3] & UInt32(ICANON) == 0 }
    }

    private func start(_ teach: Program, _ arguments: [String], on terminal: Terminal) throws -> Process {
        let process = Process()
        // A test's thread may block signals, and what it starts would, too.
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["--default-signal", teach.home + "/docker"] + arguments
        process.environment = teach.environment
        let file = FileHandle(fileDescriptor: terminal.slave, closeOnDealloc: false)
        (process.standardInput, process.standardOutput, process.standardError) = (file, file, FileHandle.nullDevice)
        try process.run()
        return process
    }

    /// The container is over, and what it has shown waits for a terminal that takes nothing (Ctrl-S): so docker is between
    /// the end of the container and the restoring of the terminal.
    @Test(arguments: [SIGTERM, SIGHUP, SIGINT])
    func afterTheContainersEnd(signal: CInt) throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach.docker("run", "--rm", "busybox", "true").status == 0)
        let terminal = try Terminal()
        let before = terminal.settings
        tcflow(terminal.slave, TCOOFF)
        let docker = try start(teach, ["run", "--name", "box", "-ti", "busybox", "echo", "shown"], on: terminal)
        let deadline = Deadline(for: docker)
        defer { deadline.cancel() }
        let state = ["inspect", "-f", "{{.State.Running}} {{slice .State.StartedAt 0 4}}", "box"]
        while docker.isRunning {
            let told = try teach.docker(state)
            if told.status == 0, !told.output.contains(#/true|0001/#), terminal.isRaw { break }
            usleep(20_000)
        }
        kill(docker.processIdentifier, signal)
        docker.waitUntilExit()
        #expect(docker.terminationReason == .uncaughtSignal && docker.terminationStatus == signal)
        #expect(terminal.settings == before)
    }

    @Test func atAnyMoment() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach.docker("run", "--rm", "busybox", "true").status == 0)
        let terminal = try Terminal()
        let before = terminal.settings
        for _ in 0..<60 {
            let moment = UInt32.random(in: 0...150_000)
            let docker = try start(teach, ["run", "-ti", "busybox", "true"], on: terminal)
            let deadline = Deadline(for: docker)
            defer { deadline.cancel() }
            usleep(moment)
            kill(docker.processIdentifier, SIGTERM)
            docker.waitUntilExit()
            #expect(terminal.settings == before, "after \(moment) microseconds")
            tcflush(terminal.slave, TCIOFLUSH)
        }
    }
}
