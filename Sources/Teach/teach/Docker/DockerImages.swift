import ArgumentParser
import ContentStore
import Engine
import OCI

/// `docker images`.
struct DockerImages: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "images", abstract: "List images.")

    @Flag(name: [.short, .long], help: "Only show image IDs.")
    var quiet = false

    @Flag(name: .long, help: "Don't truncate output.")
    var noTrunc = false

    @Argument(help: ArgumentHelp("Only images of this name.", valueName: "REPOSITORY"))
    var repository: String?

    func run() throws {
        let now = Timestamp.now
        let images = try DockerCommand.engine().store.images().filter {
            repository == nil || $0.repository == repository || "\($0.repository):\($0.tag)" == repository
        }
        func id(_ image: ImageSummary) -> String { noTrunc ? "\(image.id)" : String(image.id.hex.prefix(12)) }
        if quiet {
            for image in images { print(id(image)) }
            return
        }
        let rows = images.map { image in
            [
                image.repository, image.tag, id(image), image.created.map { DockerWords.ago($0, now: now) } ?? "N/A",
                DockerWords.size(image.size),
            ]
        }
        print(
            DockerWords.table([["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"]] + rows), terminator: "")
    }
}

/// `docker history`.
struct DockerHistory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show the history of an image.")

    @Flag(name: [.short, .long], help: "Only show image IDs.")
    var quiet = false

    @Flag(name: .long, help: "Don't truncate output.")
    var noTrunc = false

    @Argument(help: ArgumentHelp("The image's name or id.", valueName: "IMAGE"))
    var image: String

    func run() throws {
        let now = Timestamp.now
        let engine = try DockerCommand.engine()
        let history = try engine.store.history(of: engine.existingImage(image))
        func id(_ row: HistoryRow) -> String {
            row.id.map { noTrunc ? "\($0)" : String($0.hex.prefix(12)) } ?? "<missing>"
        }
        if quiet {
            for row in history { print(id(row)) }
            return
        }
        let rows = history.map { row in
            [
                id(row), row.created.map { DockerWords.ago($0, now: now) } ?? "N/A",
                DockerWords.cut(row.createdBy, to: noTrunc ? nil : 45), DockerWords.size(row.size), row.comment,
            ]
        }
        print(
            DockerWords.table([["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"]] + rows), terminator: "")
    }
}
