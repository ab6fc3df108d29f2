import ArgumentParser
import Engine
import OCI

/// `docker image prune`.
struct DockerImagePrune: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "prune", abstract: "Remove unused images.")

    @Flag(name: [.short, .long], help: "Remove all unused images, not just dangling ones.")
    var all = false

    @Option(
        help: ArgumentHelp("Which ones: until, label, label!, dangling; NAME=VALUE.", valueName: "filter"))
    var filter: [String] = []

    @Flag(name: [.short, .long], help: "Do not prompt for confirmation.")
    var force = false

    func run() throws {
        let filters = try DockerFilters(
            filter, flag: "--filter", of: "image prune", names: ["dangling", "label", "label!", "until"])
        let warning =
            all
            ? "WARNING! This will remove all images without at least one container associated to them."
            : "WARNING! This will remove all dangling images."
        var pruned = PrunedImages()
        if force || DockerCommand.isConfirmed(warning) {
            let engine = try DockerCommand.engine()
            let isDangling = try filters.isTrue("dangling", yes: ["true", "1"], no: ["false", "0"]) ?? true
            let isWanted = filter.isEmpty ? nil : try Self.selection(filters)
            pruned = try DockerCommand.asDaemon {
                try engine.pruneImages(all: all || !isDangling, where: isWanted)
            }
        }
        if !pruned.deletions.isEmpty {
            print("Deleted Images:")
            for deletion in pruned.deletions {
                switch deletion {
                case .untagged(let name): print("untagged: \(name)")
                case .deleted(let digest): print("deleted: \(digest)")
                }
            }
            print()
        }
        print("Total reclaimed space: \(DockerWords.size(pruned.reclaimed, digits: 4))")
    }
}

extension DockerImagePrune {
    /// Whether an image is old enough and has the labels that are asked for, and none of those that are not.
    private static func selection(_ filters: DockerFilters) throws -> (ImageConfig) -> Bool {
        if filters["until"].count > 1 { throw DockerFailure.daemon("more than one until filter specified") }
        let until = try filters["until"].first.map { try FilterTime.parse($0, now: .now) }
        return { image in
            if let until, let created = image.created, until < created { return false }
            let labels = image.config?.labels ?? [:]
            if !filters["label!"].isEmpty, filters.holds("label!", of: labels) { return false }
            return filters.holds("label", of: labels)
        }
    }
}

extension DockerCommand {
    /// Asks on the terminal, or whatever standard input is; anything but y is no.
    static func isConfirmed(_ warning: String) -> Bool {
        sayBytes(Array("\(warning)\nAre you sure you want to continue? [y/N] ".utf8), on: 1)
        return readLine()?.lowercased() == "y"
    }
}
