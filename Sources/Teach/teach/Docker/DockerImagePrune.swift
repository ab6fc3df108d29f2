import ArgumentParser
import Engine
import OCI

/// `docker image prune`.
struct DockerImagePrune: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove unused images.",
        usage: "docker image prune [OPTIONS]")

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
            let isWanted = try filters.selection()
            pruned = try DockerCommand.asDaemon {
                try engine.pruneImages(
                    all: all || !isDangling,
                    where: filter.isEmpty ? nil : { isWanted($0.created, $0.config?.labels ?? [:]) })
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

extension DockerFilters {
    /// Whether what a prune may take is old enough and has the labels that are asked for, and none of those that are not.
    ///
    /// - Throws: `DockerFailure`
    func selection() throws -> (_ created: Timestamp?, _ labels: [String: String]) -> Bool {
        if self["until"].count > 1 { throw DockerFailure.daemon("more than one until filter specified") }
        let until = try self["until"].first.map { try FilterTime.parse($0, now: .now) }
        return { created, labels in
            if let until, let created, until < created { return false }
            if !self["label!"].isEmpty, self.holds("label!", of: labels) { return false }
            return self.holds("label", of: labels)
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
