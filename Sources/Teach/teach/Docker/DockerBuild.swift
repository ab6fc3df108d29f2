import ArgumentParser
import Builder
import Engine
import Glibc
import LayerModel
import Linux
import OCI

/// `docker build`, as the classic builder of Docker 20.10 prints it.
struct DockerBuild: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Build an image from a Dockerfile.",
        usage: "docker build [OPTIONS] PATH | -")

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Name of the Dockerfile (default is 'PATH/Dockerfile').", valueName: "string"))
    var file: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Name and optionally a tag in the 'name:tag' format.", valueName: "list"))
    var tag: [String] = []

    @Option(name: .long, help: ArgumentHelp("Set build-time variables.", valueName: "list"))
    var buildArg: [String] = []

    @Option(name: .long, help: ArgumentHelp("Set the target build stage to build.", valueName: "string"))
    var target: String?

    @Flag(name: .long, help: "Do not use cache when building the image.")
    var noCache = false

    @Option(name: .long, help: ArgumentHelp("Set metadata for an image.", valueName: "list"))
    var label: [String] = []

    @Flag(name: [.short, .long], help: "Suppress the build output and print image ID on success.")
    var quiet = false

    @Option(
        name: [.customLong("network"), .customLong("net")],
        help: ArgumentHelp("The network of RUN: host or none.", valueName: "string"))
    var network: String?

    @Flag(name: .long, help: "Remove intermediate containers after a successful build; here they always are.")
    var rm = false

    @Option(
        name: .long,
        help: ArgumentHelp("A file that RUN --mount=type=secret shows: id=NAME,src=FILE.", valueName: "list"))
    var secret: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("The output's form: plain or auto, which are the same.", valueName: "string"))
    var progress = "auto"

    @Option(
        name: .customLong("iidfile"), help: ArgumentHelp("Write the image ID to the file.", valueName: "string"))
    var idFile: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Add a host-to-IP mapping for RUN with the host's network (host:ip).", valueName: "list"))
    var addHost: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("Set the platform of the build: this machine's.", valueName: "string"))
    var platform: String?

    @Flag(name: .long, help: "Attempt to pull a newer version of the image; there is nothing to pull from here.")
    var pull = false

    @Flag(name: .long, help: "Always remove intermediate containers; here they always are.")
    var forceRm = false

    @Flag(name: .long, help: "Compress the build context; here nothing is sent.")
    var compress = false

    @OptionGroup(visibility: .hidden) var later: LaterBuildOptions

    @Flag(name: .long, help: "Tell of each step why it was found in the cache, or why not.")
    var explain = false

    @Argument(
        help: ArgumentHelp(
            "The directory that COPY takes files from; `-` for a Dockerfile on standard input, or a tar with one.",
            valueName: "PATH"))
    var paths: [String] = []

    func run() throws {
        let interruption = try BuildInterruption()
        defer { try? DockerCommand.engine().sweepWhatWasLeft() }
        do {
            try build(interruption.control)
        } catch is BuildControl.Interruption {
            // The terminal has shown ^C, and the shell's prompt would follow it on the line.
            if interruption.signal == SIGINT, isatty(STDERR_FILENO) == 1 { say("", on: STDERR_FILENO) }
            // As a shell tells of a command that a signal has ended.
            throw ExitCode(128 + (interruption.signal ?? SIGINT))
        } catch {
            try freeWhereFull()
            guard let error = error as? BuildError else { throw error }
            // What the engine says in the stream has no name before it.
            say(error.description, on: STDERR_FILENO)
            throw ExitCode(error.exitStatus)
        }
    }

    /// On a disk that is all but full, the finished steps of a build that failed take room that is needed now: they go,
    /// and the store is as it was.
    private func freeWhereFull() throws {
        if isFull { _ = try? DockerCommand.engine().sweep() }
    }

    private var isFull: Bool {
        let home = Home(environment: Environment.all)
        guard let disk = try? Filesystem(holding: home.path) else { return false }
        return disk.available < 32 << 20
    }

    private func build(_ control: BuildControl) throws {
        guard paths.count == 1 else {
            let usage = "See 'docker build --help'.\n\nUsage:  docker build [OPTIONS] PATH | -\n\n"
            throw BuildError(
                "\"docker build\" requires exactly 1 argument.\n\(usage)Build an image from a Dockerfile"
                    + (paths.isEmpty
                        ? "\n\nPATH is the directory that COPY takes files from; write . for this one" : ""))
        }
        var request = try request(context: paths[0], control)
        // A build that fails leaves no id of an earlier one.
        if let idFile { unlink(idFile) }
        var engine = try DockerCommand.engine()
        engine.report = { try? control.say($0, on: STDERR_FILENO) }
        let report = BuildReport(isQuiet: quiet, control)
        defer { report.finish() }
        request.output = report.descriptor
        request.control = control
        let record = try LessonRecord()
        defer { record?.finish() }
        if let record {
            request.observe = { record.observation(of: $0) }
            // A record tells one instruction after the other, and the same each time.
            request.stagesAtOnce = 1
        }
        let size = DockerWords.size(try request.contextSize(), digits: 4)
        let padding = String(repeating: " ", count: max(8 - size.count, 0))
        try report.say("Sending build context to Docker daemon \(padding)\(size)")
        let builder: Builder
        do {
            let output = report.descriptor
            builder = try Builder(
                request, engine: engine, say: { try control.say($0, on: output) },
                warn: { try control.say(complaint($0), on: STDERR_FILENO) }, download: report.progress)
        } catch {
            // What makes no sense is refused before the stream begins.
            throw BuildError("Error response from daemon: \(error)")
        }
        let result: BuildResult
        do { result = try builder.run() } catch {
            if isFull { try? builder.discard() }
            throw error
        }
        if let idFile { try write(result.id, to: idFile) }
        report.isKept = false
        if !result.unusedArguments.isEmpty {
            let names = result.unusedArguments.joined(separator: " ")
            try report.say("[Warning] One or more build-args [\(names)] were not consumed")
        }
        if quiet { return teach.say("\(result.id)", on: STDOUT_FILENO) }
        try report.say("Successfully built \(result.id.short)")
        for tag in request.tags { try report.say("Successfully tagged \(tag)") }
    }

    private func write(_ id: Digest, to path: String) throws {
        do {
            let file = try Descriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
            sayBytes(Array("\(id)".utf8), on: file.number)
        } catch { throw BuildError("--iidfile \(path) cannot be written: \(error)") }
    }
}
