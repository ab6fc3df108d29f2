import ArgumentParser
import Builder
import Engine
import Glibc
import LayerModel
import Linux
import OCI
import Synchronization

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

    @Flag(
        name: .long, inversion: .prefixedNo,
        help: "Remove intermediate containers after a successful build; here they always are.")
    var rm = true

    @Option(
        name: .long,
        help: ArgumentHelp("A file that RUN --mount=type=secret shows: id=NAME,src=FILE.", valueName: "list"))
    var secret: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("The output's form: plain or auto, which are the same.", valueName: "string"))
    var progress = "auto"

    @Flag(name: .long, help: "Tell of each step why it was found in the cache, or why not.")
    var explain = false

    @Argument(help: ArgumentHelp("The directory that COPY takes files from; `-` for none.", valueName: "PATH"))
    var paths: [String] = []

    func run() throws {
        let interruption = try BuildInterruption()
        do {
            try build(interruption.control)
        } catch is BuildControl.Interruption {
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
        let home = Home(environment: Environment.all)
        guard let disk = try? Filesystem(holding: home.path), disk.available < 32 << 20 else { return }
        _ = try? DockerCommand.engine().sweep()
    }

    private func build(_ control: BuildControl) throws {
        guard paths.count == 1 else {
            let usage = "See 'docker build --help'.\n\nUsage:  docker build [OPTIONS] PATH | -\n\n"
            throw BuildError(
                "\"docker build\" requires exactly 1 argument.\n\(usage)Build an image from a Dockerfile")
        }
        var request = try request(context: paths[0])
        let engine = try DockerCommand.engine()
        let report = BuildReport(isQuiet: quiet)
        defer { report.finish() }
        request.output = report.descriptor
        request.control = control
        let record = try LessonRecord()
        defer { record?.finish() }
        if let record { request.observe = { record.observation(of: $0) } }
        let size = DockerWords.size(try request.contextSize(), digits: 4)
        let padding = String(repeating: " ", count: max(8 - size.count, 0))
        report.say("Sending build context to Docker daemon \(padding)\(size)")
        let builder: Builder
        do { builder = try Builder(request, engine: engine, say: report.say, warn: complain) } catch {
            // What makes no sense is refused before the stream begins.
            throw BuildError("Error response from daemon: \(error)")
        }
        let result = try builder.run()
        report.isKept = false
        if !result.unusedArguments.isEmpty {
            let names = result.unusedArguments.joined(separator: " ")
            report.say("[Warning] One or more build-args [\(names)] were not consumed")
        }
        if quiet { return teach.say("\(result.id)", on: STDOUT_FILENO) }
        report.say("Successfully built \(result.id.short)")
        for tag in request.tags { report.say("Successfully tagged \(tag)") }
    }

    // MARK: - The request

    private func request(context: String) throws -> BuildRequest {
        guard rm else { throw BuildError("--no-rm: the containers of a build are always removed here; leave it out") }
        guard ["auto", "plain"].contains(progress) else {
            throw BuildError("--progress \(progress) is not there: write plain or auto")
        }
        // The flags first, as Docker's client looks at them.
        let tags = try tag.map { try Self.reference($0) }
        let network = try Self.network(network)
        let arguments = try buildArg.compactMap { try Self.argument($0) }
        let secrets = try secret.map { try Self.secret($0) }
        let labels = try label.map { try Self.label($0) }
        var request = try source(context)
        request.tags = tags
        request.target = target
        request.usesCache = !noCache
        request.explains = explain
        request.network = network
        request.arguments = Dictionary(arguments) { $1 }
        request.secrets = Dictionary(secrets) { $1 }
        request.labels = labels
        return request
    }

    /// - Returns: `nil` for a name without a value that the caller has none for either.
    private static func argument(_ text: String) throws -> (String, String)? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard !parts[0].isEmpty else {
            throw invalid(text, "--build-arg", "invalid environment variable: \(text)")
        }
        return (parts.count > 1 ? parts[1] : Environment.all[parts[0]]).map { (parts[0], $0) }
    }

    private static func label(_ text: String) throws -> (name: String, value: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.first, !name.isEmpty else {
            throw invalid(text, "--label", "invalid label '\(text)': empty name")
        }
        return (name, parts.count > 1 ? parts[1] : "")
    }

    private static func invalid(_ value: String, _ flag: String, _ reason: String) -> BuildError {
        BuildError(
            "invalid argument \"\(value)\" for \"\(flag)\" flag: \(reason)\nSee 'docker build --help'.", exitStatus: 125
        )
    }

    private static func reference(_ text: String) throws -> ImageReference {
        do { return try ImageReference(text) } catch {
            // Docker's client does not repeat the name there.
            let isUppercase = error.description.hasSuffix("must be lowercase")
            let reason =
                isUppercase ? "invalid reference format: repository name must be lowercase" : error.description
            throw invalid(text, "-t, --tag", reason)
        }
    }

    private static func secret(_ text: String) throws -> (id: String, file: String) {
        var fields: [String: String] = [:]
        for field in text.split(separator: ",") {
            let parts = field.split(separator: "=", maxSplits: 1).map(String.init)
            fields[parts[0].lowercased()] = parts.count > 1 ? parts[1] : ""
        }
        guard let id = fields["id"], !id.isEmpty, let name = fields["src"] ?? fields["source"], !name.isEmpty,
            Set(fields.keys).isSubset(of: ["id", "src", "source", "type"])
        else { throw invalid(text, "--secret", "write id=NAME,src=FILE") }
        guard let file = absolute(name) else { throw invalid(text, "--secret", "\(name) is not there") }
        return (id, file)
    }

    private static func network(_ name: String?) throws -> BuildNetwork {
        switch name {
        case nil, "default": return .unspecified
        case "host": return .host
        case "none": return BuildNetwork.none
        case let name?:
            throw BuildError("network \(name) not found: there are no networks yet; write host or none")
        }
    }

    /// The Dockerfile, and the directory of the context.
    private func source(_ context: String) throws -> BuildRequest {
        if context == "-" {
            guard file == nil else {
                throw BuildError(
                    "unable to prepare context: the Dockerfile comes from standard input already: leave -f out")
            }
            return BuildRequest(dockerfile: try Self.read(STDIN_FILENO), named: "Dockerfile", context: nil)
        }
        if ["http://", "https://", "git@", "git://", "github.com/"].contains(where: context.hasPrefix) {
            throw BuildError(
                "unable to prepare context: \(context) is a URL, which cannot be built from yet: fetch it first")
        }
        guard let directory = Self.absolute(context) else {
            throw BuildError("unable to prepare context: path \"\(context)\" not found")
        }
        var status = stat()
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw BuildError("unable to prepare context: context must be a directory: \(directory)")
        }
        if file == "-" {
            return BuildRequest(dockerfile: try Self.read(STDIN_FILENO), named: "Dockerfile", context: directory)
        }
        let path = file ?? context + "/Dockerfile"
        do {
            let open = try Descriptor(opening: path, O_RDONLY)
            let name = file ?? "Dockerfile"
            return BuildRequest(dockerfile: try Self.read(open.number), named: name, context: directory)
        } catch let error as SystemCallError where error.errno == .ENOENT || error.errno == .ENOTDIR {
            let whole = path.hasPrefix("/") ? path : (Self.absolute(".") ?? "") + "/" + path
            throw BuildError(
                "unable to prepare context: unable to evaluate symlinks in Dockerfile path: "
                    + "lstat \(file == nil ? directory + "/Dockerfile" : whole): no such file or directory")
        }
    }

    private static func absolute(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func read(_ descriptor: Int32) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = try call("read", "the Dockerfile", { Glibc.read(descriptor, &buffer, buffer.count) }),
            count > 0
        {
            bytes += buffer[..<count]
            guard bytes.count <= 16 << 20 else { throw BuildError("the Dockerfile is larger than 16 MiB") }
        }
        return bytes
    }
}

/// Where a build's output goes: to standard output or, with `-q`, into a file that is shown only where it fails.
private final class BuildReport {
    let descriptor: Int32
    private let isQuiet: Bool
    /// Whether the build has failed, so far as is known.
    var isKept = true

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        guard isQuiet, let file = tmpfile() else {
            descriptor = STDOUT_FILENO
            return
        }
        let copy = fcntl(fileno(file), F_DUPFD_CLOEXEC, 3)
        fclose(file)
        descriptor = copy < 0 ? STDERR_FILENO : copy
    }

    func say(_ line: String) { teach.say(line, on: descriptor) }

    /// Shows what was kept back of a build that failed.
    func finish() {
        guard isQuiet, isKept, descriptor > STDERR_FILENO else { return }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var offset: off_t = 0
        while case let count = pread(descriptor, &buffer, buffer.count, offset), count > 0 {
            sayBytes(Array(buffer[..<count]), on: STDERR_FILENO)
            offset += off_t(count)
        }
        close(descriptor)
    }
}

/// The user's wish to end a build: the first SIGINT, SIGTERM or SIGHUP ends it in order, a second one at once.
private final class BuildInterruption: Sendable {
    let control = BuildControl()
    private let watch: InterruptWatch
    private let taken = Mutex<Int32?>(nil)

    /// The signal that came.
    var signal: Int32? { taken.withLock { $0 } }

    /// Make it before any other thread is started.
    init() throws {
        watch = try InterruptWatch()
        try DedicatedThread.start { self.wait() }.detach()
    }

    private func wait() {
        while true {
            var wanted = pollfd(fd: watch.number, events: Int16(POLLIN), revents: 0)
            guard poll(&wanted, 1, -1) > 0, let signal = watch.take() else { continue }
            let isSecond = taken.withLock { taken in
                defer { taken = signal }
                return taken != nil
            }
            if isSecond { InterruptWatch.die(of: signal) }
            control.interrupt()
        }
    }
}
