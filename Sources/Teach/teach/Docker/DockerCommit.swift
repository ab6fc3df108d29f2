import ArgumentParser
import Builder
import ContentStore
import Engine
import OCI

/// `docker commit`.
struct DockerCommit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "Create a new image from a container's changes.",
        usage: "docker commit [OPTIONS] CONTAINER [REPOSITORY[:TAG]]")

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\").", valueName: "string"))
    var author: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Apply Dockerfile instruction to the created image.", valueName: "list"))
    var change: [String] = []

    @Option(name: [.short, .long], help: ArgumentHelp("Commit message.", valueName: "string"))
    var message: String?

    @Flag(
        name: [.short, .long], inversion: .prefixedNo,
        help: "Pause container during commit: accepted, but nothing here pauses one that runs.")
    var pause = true

    @Argument(help: ArgumentHelp("The container's name or id.", valueName: "CONTAINER"))
    var container: String

    @Argument(help: ArgumentHelp("The new image's name.", valueName: "REPOSITORY[:TAG]"))
    var name: String?

    func run() throws {
        let reference = try name.map { try DockerCommand.newName($0) }
        let engine = try DockerCommand.engine()
        let image = try DockerCommand.asDaemon {
            try engine.commit(
                engine.containers.find(container), author: author, message: message, as: reference
            ) { try DockerCommand.apply(change, to: &$0) }
        }
        print(image.id)
    }
}

extension DockerCommand {
    /// Does to a config what `--change` asks for.
    ///
    /// - Throws: `EngineError` in the words of Docker's daemon.
    static func apply(_ changes: [String], to config: inout ExecutionConfig) throws(EngineError) {
        do { try ConfigChanges(changes).apply(to: &config) } catch {
            throw EngineError(error.description, exitStatus: 1)
        }
    }
}
