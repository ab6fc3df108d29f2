import ArgumentParser
import Events
import Engine

/// `docker run`.
struct DockerRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a command in a new container.",
        usage: "docker run [OPTIONS] IMAGE [COMMAND] [ARG...]")

    @Flag(name: .customLong("rm"), help: "Remove the container when it has exited.")
    var removes = false

    @OptionGroup var options: ContainerOptions

    func run() throws {
        if options.tty, options.interactive { try LocalEngine.requireTerminal() }
        let engine = try DockerCommand.engine()
        var request = try options.request()
        request.autoRemove = removes
        let (container, lock) = try engine.create(request)
        let record = try LessonRecord()
        defer { record?.finish() }
        record?.report(try engine.birth(of: container), of: container.id)
        var status: Int32
        do {
            status = try engine.start(
                container, lock: lock, interactive: options.interactive,
                observation: record?.observation(of: container.id), warn: complain)
        } catch let error as EngineError {
            complain(error.description)
            status = error.exitStatus
        } catch {
            if removes { try? engine.remove(container, force: true, lock: lock) }
            throw error
        }
        if removes {
            try engine.remove(container, force: true, lock: lock)
            record?.report([.container(container.event(.removed))], of: container.id)
        }
        if status != 0 { throw ExitCode(status) }
    }
}

/// `docker create`.
struct DockerCreate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a new container.",
        usage: "docker create [OPTIONS] IMAGE [COMMAND] [ARG...]")

    @OptionGroup var options: ContainerOptions

    func run() throws {
        let engine = try DockerCommand.engine()
        let (container, _) = try engine.create(try options.request())
        let record = try LessonRecord()
        defer { record?.finish() }
        record?.report(try engine.birth(of: container), of: container.id)
        print(container.id)
    }
}

/// `docker start`.
struct DockerStart: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start one stopped container, attached.")

    @Flag(name: [.short, .long], help: "Attach STDOUT/STDERR: needed, as nothing runs in the background yet.")
    var attach = false

    @Flag(name: [.short, .long], help: "Attach the container's STDIN.")
    var interactive = false

    @Argument(help: ArgumentHelp("The container's name or id.", valueName: "CONTAINER"))
    var container: String

    func run() throws {
        let engine = try DockerCommand.engine()
        let container = try engine.containers.find(container)
        guard attach else {
            throw EngineError("containers run in the foreground here: use `docker start -a \(container.name)`")
        }
        let record = try LessonRecord()
        defer { record?.finish() }
        let status = try engine.start(
            container, interactive: interactive, observation: record?.observation(of: container.id), warn: complain)
        if status != 0 { throw ExitCode(status) }
    }
}
