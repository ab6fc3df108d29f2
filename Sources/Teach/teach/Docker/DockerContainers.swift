import ArgumentParser
import Events
import Engine
import OCI

/// `docker ps`.
struct DockerPs: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ps", abstract: "List containers.")

    @Flag(name: [.short, .long], help: "Show all containers (default shows just running).")
    var all = false

    @Flag(name: [.short, .long], help: "Only display container IDs.")
    var quiet = false

    @Flag(name: .long, help: "Don't truncate output.")
    var noTrunc = false

    func run() throws {
        let now = Timestamp.now
        let containers = try DockerCommand.engine().containers.all().filter {
            if case .running = $0.state { true } else { all }
        }
        if quiet {
            for container in containers { print(noTrunc ? container.id : container.shortID) }
            return
        }
        let rows = containers.map { container in
            [
                noTrunc ? container.id : container.shortID, container.image,
                DockerWords.command(container.command, width: noTrunc ? nil : 20),
                DockerWords.ago(container.created, now: now), DockerWords.status(container, now: now), "",
                container.name,
            ]
        }
        let head = ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"]
        print(DockerWords.table([head] + rows), terminator: "")
    }
}

/// `docker diff`.
struct DockerDiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Inspect changes to files or directories on a container's filesystem.")

    @Argument(help: ArgumentHelp("The container's name or id.", valueName: "CONTAINER"))
    var container: String

    func run() throws {
        let engine = try DockerCommand.engine()
        for change in try engine.changes(in: engine.containers.find(container)) {
            print(change.kind.rawValue, change.path)
        }
    }
}

/// `docker rm`.
struct DockerRm: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove one or more containers.")

    @Flag(name: [.short, .long], help: "Force the removal of a running container (uses SIGKILL).")
    var force = false

    @Argument(help: ArgumentHelp("The containers' names or ids.", valueName: "CONTAINER"))
    var containers: [String]

    func run() throws {
        let engine = try DockerCommand.engine()
        var failed = false
        for name in containers {
            do {
                let container = try engine.containers.find(name)
                let observer = try ObservedContainer(container)
                defer { observer?.finish() }
                try engine.remove(container, force: force)
                observer?.report([.container(container.event(.removed))])
                print(name)
            } catch let error as EngineError {
                complain(error.description)
                failed = true
            }
        }
        if failed { throw ExitCode(1) }
    }
}
