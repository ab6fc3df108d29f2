import ArgumentParser
import Engine
import Events
import OCI

/// `docker container prune`.
struct DockerContainerPrune: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove all stopped containers.",
        usage: "docker container prune [OPTIONS]")

    @Option(help: ArgumentHelp("Which ones: until, label, label!; NAME=VALUE.", valueName: "filter"))
    var filter: [String] = []

    @Flag(name: [.short, .long], help: "Do not prompt for confirmation.")
    var force = false

    func run() throws {
        let filters = try DockerFilters(
            filter, flag: "--filter", of: "container prune", names: ["label", "label!", "until"])
        var pruned = PrunedContainers()
        if force || DockerCommand.isConfirmed("WARNING! This will remove all stopped containers.") {
            let engine = try DockerCommand.engine()
            let isWanted = try filters.selection()
            let record = try LessonRecord()
            defer { record?.finish() }
            pruned = try DockerCommand.asDaemon {
                try engine.pruneContainers { isWanted($0.created, $0.config?.labels ?? [:]) }
            }
            for (container, _) in pruned.removed {
                record?.report([.container(container.event(.removed))], of: container.id)
            }
        }
        if !pruned.removed.isEmpty {
            print("Deleted Containers:\n\(pruned.removed.map(\.container.id).joined(separator: "\n"))\n")
        }
        let reclaimed = pruned.removed.reduce(0) { $0 + $1.size }
        print("Total reclaimed space: \(DockerWords.size(reclaimed, digits: 4))")
        if let failure = pruned.failure { try DockerCommand.asDaemon { throw failure } }
    }
}
