import ArgumentParser
import Engine
import Glibc
import LayerModel
import Scripts
import Lessons
import Linux
import Recording

/// Called as `docker`, the program is the docker command line; otherwise it is teach.
@main
enum Main {
    static func main() {
        let name = CommandLine.arguments.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        let arguments = Array(CommandLine.arguments.dropFirst())
        if name == "docker" {
            run(DockerCommand.self, arguments, usageStatus: 125)
        } else if arguments.first == "docker" {
            run(DockerCommand.self, Array(arguments.dropFirst()), usageStatus: 125)
        } else {
            run(TeachCommand.self, arguments, usageStatus: 64)
        }
    }

    private static func run(_ root: any ParsableCommand.Type, _ arguments: [String], usageStatus: Int32) {
        if let unknown = UnknownVerb(in: arguments, of: root) {
            complain(unknown.sentence)
            exit(root == DockerCommand.self ? 1 : 64)
        }
        do {
            let isDocker = root == DockerCommand.self
            if isDocker, let line = DockerVersion.line(arguments) { return print(line) }
            var command = try isDocker ? GoFlags.parse(root, arguments) : root.parseAsRoot(arguments)
            try AddressSpace.allow(orEndWith: !isDocker ? 2 : arguments.first == "run" ? 125 : 1)
            tellWhatIsLeft(before: command)
            try command.run()
        } catch let failure as DockerFailure {
            say(failure.sentence, on: STDERR_FILENO)
            exit(failure.status)
        } catch let error as EngineError where root == DockerCommand.self && arguments.first != "run" {
            // docker(1): 125 is for `run` alone, which else ends with the container's own status.
            complain(error.description)
            exit(error.exitStatus == 125 ? 1 : error.exitStatus)
        } catch {
            leave(root, error, usageStatus: usageStatus)
        }
    }

    /// Says what went wrong in one sentence, and ends with the status that tells it apart.
    private static func leave(_ root: any ParsableCommand.Type, _ error: any Error, usageStatus: Int32) -> Never {
        switch error {
        case let status as ExitCode:
            exit(status.rawValue)
        case let interruption as Interrupted:
            // Nobody reads on: end as every Unix tool does, by the signal and without a word.
            if interruption.signal == SIGPIPE { InterruptWatch.die(of: SIGPIPE) }
            complain("interrupted; what had been recorded is kept")
            exit(128 + interruption.signal)
        case let error where FullDisk.isCause(of: error):
            let full = FullDisk(home: Home(environment: Environment.all), cause: error)
            complain(full.sentence)
            exit(usageStatus == 125 ? 125 : full.status)
        case let error where AddressSpace.isCause(of: error):
            complain("\(error); \(AddressSpace.cure)")
            exit(usageStatus == 125 ? 125 : 2)
        case let failure as any StatusCarrying:
            complain(failure.sentence)
            exit(failure.status)
        case let error as SystemCallError where error.errno == .EMFILE || error.errno == .ENFILE:
            complain("\(error); raise the number of files that may be open, such as with: ulimit -n 1024")
            exit(usageStatus == 125 ? 125 : 2)
        default:
            if root == DockerCommand.self, let failure = DockerUsage.failure(root.message(for: error)) {
                say(failure.sentence, on: STDERR_FILENO)
                exit(failure.status)
            }
            let code = root.exitCode(for: error)
            if code == .success || code == .validationFailure {
                let text = root.fullMessage(for: error)
                say(text, on: code == .success ? STDOUT_FILENO : STDERR_FILENO)
                exit(code == .success ? 0 : usageStatus)
            }
            complain("\(error)")
            exit(1)
        }
    }
}

/// Says what an interrupted command has left, before any command but the one that removes it. A lesson's own commands
/// leave it to the lesson.
private func tellWhatIsLeft(before command: any ParsableCommand) {
    guard !(command is CleanCommand), Environment.all[EventSender.socketVariable] == nil else { return }
    if let notice = Cleaning(home: Home(environment: Environment.all)).notice() { complain(notice) }
}

/// Writes one line to standard error, under the name that the program was called by.
func complain(_ sentence: String) { say(complaint(sentence), on: STDERR_FILENO) }

/// A sentence with the name before it that the program was called by.
func complaint(_ sentence: String) -> String {
    let name = CommandLine.arguments.first?.split(separator: "/").last ?? "teach"
    return "\(name): \(sentence)"
}

/// Writes a line at once, past the buffers of stdio(3).
func say(_ text: String, on descriptor: Int32) { sayBytes(line(text), on: descriptor) }

/// A text as the bytes of a line, with one end.
func line(_ text: String) -> [UInt8] { Array((text.hasSuffix("\n") ? text : text + "\n").utf8) }

/// Writes all bytes at once, past the buffers of stdio(3).
func sayBytes(_ bytes: [UInt8], on descriptor: Int32) {
    fflush(nil)
    var rest = bytes[...]
    while !rest.isEmpty {
        let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if written <= 0 { return }
        rest = rest.dropFirst(written)
    }
}

/// An error that knows the exit status that it ends the program with.
protocol StatusCarrying: Error {
    var sentence: String { get }
    var status: Int32 { get }
}

extension EngineError: StatusCarrying {
    var sentence: String { description }
    var status: Int32 { exitStatus }
}
