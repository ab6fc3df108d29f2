import ArgumentParser
import ContentStore
import Engine
import Glibc
import OCI

/// `docker images`.
struct DockerImages: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "images", abstract: "List images.")

    @Flag(name: [.short, .long], help: "Show all images (there are no intermediate ones to hide).")
    var all = false

    @Flag(name: .long, help: "Show digests.")
    var digests = false

    @Option(name: [.short, .long], help: ArgumentHelp("Filter output: dangling=true|false.", valueName: "filter"))
    var filter: [String] = []

    @Option(name: .long, help: ArgumentHelp("Pretty-print images using a Go template.", valueName: "string"))
    var format: String?

    @Flag(name: [.short, .long], help: "Only show image IDs.")
    var quiet = false

    @Flag(name: .long, help: "Don't truncate output.")
    var noTrunc = false

    @Argument(help: ArgumentHelp("Only images of this name.", valueName: "REPOSITORY"))
    var repository: String?

    private static let headers = [
        "ID": "IMAGE ID", "Repository": "REPOSITORY", "Tag": "TAG", "Digest": "DIGEST", "CreatedSince": "CREATED",
        "CreatedAt": "CREATED AT", "Size": "SIZE", "Containers": "CONTAINERS", "VirtualSize": "SIZE",
        "SharedSize": "SHARED SIZE", "UniqueSize": "UNIQUE SIZE",
    ]

    func run() throws {
        let now = Timestamp.now
        let isWanted = try filters()
        let engine = try DockerCommand.engine()
        let images = try DockerCommand.asDaemon { try engine.store.images() }.filter { image in
            isWanted(image)
                && (repository == nil || image.repository == repository
                    || "\(image.repository):\(image.tag)" == repository)
        }
        let rows = images.map { row($0, now) }
        if quiet, format == nil {
            for row in rows { print(row["ID"] ?? "") }
            return
        }
        let digest = digests ? "{{.Digest}}\\t" : ""
        let standard = "table {{.Repository}}\\t{{.Tag}}\\t\(digest){{.ID}}\\t{{.CreatedSince}}\\t{{.Size}}"
        let wanted = format.map { $0 == "table" ? standard : $0 } ?? standard
        let text = try RowFormat(wanted, type: "*formatter.imageContext", headers: Self.headers).text(rows)
        print(text, terminator: "")
        // Beside the table, which is Docker's own.
        if format == nil, let note = Self.note(of: images) { say(note, on: STDERR_FILENO) }
    }

    /// Which of the images stand in for others, in one sentence.
    private static func note(of images: [ImageSummary]) -> String? {
        let names = images.compactMap { image in
            image.reference.flatMap { image.standIn?.describes($0) == true ? "\($0)" : nil }
        }
        guard let last = names.last else { return nil }
        let (subject, are) =
            names.count == 1
            ? (last, "is a stand-in for the image")
            : ("\(names.dropLast().joined(separator: ", ")) and \(last)", "are stand-ins for the images")
        return
            "\(subject) \(are) of Docker Hub, made from packages; `docker inspect \(names.count == 1 ? last : "NAME")` "
            + "tells which, in which versions, and what differs"
    }

    private func filters() throws -> (ImageSummary) -> Bool {
        var dangling: Bool?
        for text in filter {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw DockerFailure(sentence: "bad format of filter (expected name=value)") }
            guard parts[0] == "dangling" else { throw DockerFailure.daemon("Invalid filter '\(parts[0])'") }
            switch parts[1] {
            case "true", "1": dangling = true
            case "false", "0": dangling = false
            default: throw DockerFailure.daemon("Invalid filter 'dangling=[\(parts[1])]'")
            }
        }
        return { image in dangling.map { $0 == (image.reference == nil) } ?? true }
    }

    private func row(_ image: ImageSummary, _ now: Timestamp) -> [String: String] {
        let size = DockerWords.size(image.size)
        return [
            "ID": noTrunc ? "\(image.id)" : image.id.short, "Repository": image.repository, "Tag": image.tag,
            "Digest": "\(image.digest)", "CreatedSince": image.created.map { DockerWords.ago($0, now: now) } ?? "N/A",
            "CreatedAt": image.created.map(DockerWords.time) ?? "N/A", "Size": size, "Containers": "N/A",
            "VirtualSize": size, "SharedSize": "N/A", "UniqueSize": "N/A",
        ]
    }
}

/// `docker history`.
struct DockerHistory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show the history of an image.")

    @Option(name: .long, help: ArgumentHelp("Pretty-print images using a Go template.", valueName: "string"))
    var format: String?

    @Flag(name: [.short, .long], help: "Only show image IDs.")
    var quiet = false

    @Flag(name: .long, help: "Don't truncate output.")
    var noTrunc = false

    @Argument(help: ArgumentHelp("The image's name or id.", valueName: "IMAGE"))
    var image: String

    private static let headers = [
        "ID": "IMAGE", "CreatedSince": "CREATED", "CreatedAt": "CREATED AT", "CreatedBy": "CREATED BY", "Size": "SIZE",
        "Comment": "COMMENT",
    ]

    func run() throws {
        let now = Timestamp.now
        let engine = try DockerCommand.engine()
        let history = try DockerCommand.asDaemon { try engine.store.history(of: engine.existingImage(image)) }
        let rows = history.map { row($0, now) }
        if quiet, format == nil {
            for row in rows { print(row["ID"] ?? "") }
            return
        }
        let standard = "table {{.ID}}\\t{{.CreatedSince}}\\t{{.CreatedBy}}\\t{{.Size}}\\t{{.Comment}}"
        let wanted = format.map { $0 == "table" ? standard : $0 } ?? standard
        let text = try RowFormat(wanted, type: "*formatter.historyContext", headers: Self.headers).text(rows)
        print(text, terminator: "")
    }

    private func row(_ row: HistoryRow, _ now: Timestamp) -> [String: String] {
        // A tab would begin a column of the table.
        let createdBy = row.createdBy.replacing("\t", with: " ")
        return [
            "ID": row.id.map { noTrunc ? "\($0)" : $0.short } ?? "<missing>",
            "CreatedSince": row.created.map { DockerWords.ago($0, now: now) } ?? "N/A",
            "CreatedAt": row.created.map { "\($0)" } ?? "",
            "CreatedBy": DockerWords.cut(createdBy, to: noTrunc ? nil : 45), "Size": DockerWords.size(row.size),
            "Comment": row.comment,
        ]
    }
}
