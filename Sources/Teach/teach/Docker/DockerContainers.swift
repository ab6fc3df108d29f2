import ArgumentParser
import Events
import Engine
import OCI

/// `docker ps`.
struct DockerPs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "List containers.",
        usage: "docker ps [OPTIONS]")

    @Flag(name: [.short, .long], help: "Show all containers (default shows just running).")
    var all = false

    @Flag(name: [.short, .long], help: "Only display container IDs.")
    var quiet = false

    @Flag(name: .long, help: "Don't truncate output.")
    var noTrunc = false

    @Option(name: .long, help: ArgumentHelp("Pretty-print containers using a Go template.", valueName: "string"))
    var format: String?

    private static let headers = [
        "ID": "CONTAINER ID", "Names": "NAMES", "Image": "IMAGE", "Command": "COMMAND", "CreatedAt": "CREATED AT",
        "RunningFor": "CREATED", "Ports": "PORTS", "State": "STATE", "Status": "STATUS", "Size": "SIZE",
        "Labels": "LABELS", "Mounts": "MOUNTS", "Networks": "NETWORKS", "LocalVolumes": "LOCAL VOLUMES",
    ]

    func run() throws {
        let now = Timestamp.now
        let engine = try DockerCommand.engine()
        let containers = try DockerCommand.asDaemon { try engine.containers.all() }.filter {
            if case .running = $0.state { true } else { all }
        }
        if quiet, format == nil {
            for container in containers { print(noTrunc ? container.id : container.shortID) }
            return
        }
        let standard =
            "table {{.ID}}\\t{{.Image}}\\t{{.Command}}\\t{{.RunningFor}}\\t{{.Status}}\\t{{.Ports}}\\t{{.Names}}"
        let wanted = format.map { $0 == "table" ? standard : $0 } ?? standard
        let rows = try containers.map { container in
            // Counting the bytes takes a walk through the layer.
            let size = wanted.contains(".Size") ? try engine.writableSize(of: container) : 0
            return Self.row(container, image: engine.imageName(of: container), now, size: size, isCut: !noTrunc)
        }
        let text = try RowFormat(
            wanted, type: "*formatter.containerContext", headers: Self.headers,
            unreadable: "failed to parse template"
        ).text(rows)
        print(text, terminator: "")
    }

    /// What Docker's formatter tells of a container.
    ///
    /// - Parameters:
    ///   - image: Its image's name, or its id.
    ///   - isCut: Whether long values are shortened.
    static func row(
        _ container: ContainerRecord, image: String, _ now: Timestamp, size: Int64, isCut: Bool
    ) -> [String: String] {
        let state =
            switch container.state {
            case .created: "created"
            case .running: "running"
            case .exited: "exited"
            }
        let labels = (container.config?.labels ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let volumes = (container.volumes ?? []).map(\.name)
        let mounts = (container.host?.binds ?? []).map(\.source) + volumes
        return [
            "ID": isCut ? container.shortID : container.id, "Names": container.name,
            "Image": isCut ? cut(image, of: container) : image,
            "Command": DockerWords.command(container.command, width: isCut ? 20 : nil),
            "CreatedAt": DockerWords.time(container.created),
            "RunningFor": DockerWords.ago(container.created, now: now),
            "Ports": "", "State": state, "Status": DockerWords.status(container, now: now),
            "Size": DockerWords.size(size), "Labels": labels.joined(separator: ","),
            "Mounts": mounts.map { isCut ? DockerWords.cut($0, to: 15) : $0 }.joined(separator: ","),
            "Networks": container.host?.network.rawValue ?? "none", "LocalVolumes": "\(volumes.count)",
        ]
    }

    /// An id is cut as Docker's client cuts it.
    private static func cut(_ image: String, of container: ContainerRecord) -> String {
        let word = image.hasPrefix("sha256:") ? image.dropFirst(7) : image[...]
        guard let id = try? Digest(container.imageID), word.prefix(12) == id.short else { return image }
        return id.short
    }
}

/// `docker diff`.
struct DockerDiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Inspect changes to files or directories on a container's filesystem.",
        usage: "docker diff CONTAINER")

    @Argument(help: ArgumentHelp("The container's name or id.", valueName: "CONTAINER"))
    var container: String

    func run() throws {
        let engine = try DockerCommand.engine()
        for change in try DockerCommand.asDaemon({ try engine.changes(in: engine.containers.find(container)) }) {
            print(change.kind.rawValue, change.path)
        }
    }
}

/// `docker rm`.
struct DockerRm: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove one or more containers.",
        usage: "docker rm [OPTIONS] CONTAINER [CONTAINER...]")

    @Flag(name: [.short, .long], help: "Force the removal of a running container (uses SIGKILL).")
    var force = false

    @Flag(name: [.short, .long], help: "Remove anonymous volumes too: they go with their container anyway.")
    var volumes = false

    @Argument(help: ArgumentHelp("The containers' names or ids.", valueName: "CONTAINER"))
    var containers: [String]

    func run() throws {
        let engine = try DockerCommand.engine()
        let record = try LessonRecord()
        defer { record?.finish() }
        try DockerCommand.forEach(containers, "container", ignoresMissing: force) { name in
            let container = try engine.containers.find(name)
            try engine.remove(container, force: force)
            record?.report([.container(container.event(.removed))], of: container.id)
            print(name)
        }
    }
}
