import ArgumentParser
import Engine

/// The options that `run` and `create` share.
struct ContainerOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Assign a name to the container.", valueName: "string"))
    var name: String?

    @Option(name: [.short, .customLong("env")], help: ArgumentHelp("Set environment variables.", valueName: "list"))
    var environment: [String] = []

    @Option(
        name: [.short, .customLong("workdir")],
        help: ArgumentHelp("Working directory inside the container.", valueName: "string"))
    var workingDirectory: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Username or UID (format: <name|uid>[:<group|gid>]).", valueName: "string"))
    var user: String?

    @Option(name: .long, help: ArgumentHelp("Overwrite the default ENTRYPOINT of the image.", valueName: "string"))
    var entrypoint: String?

    @Option(name: [.customShort("h"), .long], help: ArgumentHelp("Container host name.", valueName: "string"))
    var hostname: String?

    @Option(name: [.short, .long], help: ArgumentHelp("Memory limit, as 64m.", valueName: "bytes"))
    var memory: String?

    @Option(name: .long, help: ArgumentHelp("Tune container pids limit.", valueName: "int"))
    var pidsLimit: Int64?

    @Option(name: .long, help: ArgumentHelp("Number of CPUs.", valueName: "decimal"))
    var cpus: Double?

    @Flag(name: [.short, .long], help: "Keep STDIN open.")
    var interactive = false

    @Flag(name: [.short, .long], help: "Allocate a pseudo-TTY.")
    var tty = false

    @Option(name: .long, help: ArgumentHelp("Read in a file of environment variables.", valueName: "list"))
    var envFile: [String] = []

    @Option(
        name: [.short, .customLong("label")], help: ArgumentHelp("Set meta data on a container.", valueName: "list"))
    var labels: [String] = []

    @OptionGroup var host: HostOptions

    @OptionGroup(visibility: .hidden) var later: LaterContainerOptions

    @Argument(help: ArgumentHelp("The image to start from.", valueName: "IMAGE"))
    var image: String

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The command and its arguments, in place of the image's own.", valueName: "COMMAND"))
    var command: [String] = []

    func request() throws -> ContainerRequest {
        try later.refuse()
        let files = try envFile.flatMap(EnvironmentFile.variables)
        var request = ContainerRequest(
            image: image, name: name, command: command, entrypoint: entrypoint,
            environment: files + environment.compactMap(Self.variable), workingDirectory: workingDirectory, user: user,
            hostname: hostname,
            limits: .init(
                memory: try memory.map(Self.bytes), pids: pidsLimit.flatMap { $0 > 0 ? $0 : nil }, cpus: cpus))
        for label in labels {
            let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            request.labels[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        request.hasTerminal = tty
        request.host = try host.options()
        request.volumes = host.volumes
        return request
    }

    /// `NAME=value` as it is; `NAME` takes the caller's value, and is left out where the caller has none.
    static func variable(_ text: String) -> String? {
        text.contains("=") ? text : Environment.all[text].map { "\(text)=\($0)" }
    }

    /// A size such as `64m`; b, k, m and g are powers of 1024.
    static func bytes(_ text: String) throws -> Int64 {
        let units: [Character: Int64] = ["b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        let lowered = text.lowercased()
        let digits = lowered.prefix { $0.isNumber }
        let suffix = lowered.dropFirst(digits.count)
        guard let number = Int64(digits), suffix.count <= 2, let unit = suffix.first.map({ units[$0] }) ?? 1,
            suffix.count < 2 || suffix.hasSuffix("b")
        else { throw EngineError("invalid argument \"\(text)\" for \"-m, --memory\" flag: invalid size: '\(text)'") }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
        if overflow { throw EngineError("invalid argument \"\(text)\" for \"-m, --memory\" flag: too large") }
        if bytes < 6 << 20 { throw EngineError("Minimum memory limit allowed is 6MB") }
        return bytes
    }
}
