import ArgumentParser
import ContentStore
import Engine
import OCI

/// `docker history`.
struct DockerHistory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show the history of an image.",
        usage: "docker history [OPTIONS] IMAGE")

    @Option(name: .long, help: ArgumentHelp("Pretty-print images using a Go template.", valueName: "string"))
    var format: String?

    @Flag(
        name: [.customShort("H"), .customLong("human")],
        help: "Print sizes and dates in human readable format, which is the default; not with --human=false.")
    var asksForHuman = false

    @Flag(name: [.short, .long], help: "Only show image IDs.")
    var quiet = false

    @Flag(name: .long, help: "Don't truncate output.")
    var noTrunc = false

    @Argument(help: ArgumentHelp("The image's name or id.", valueName: "IMAGE"))
    var image: String

    private var human: Bool { !GoFlags.isDenied("-H", "--human", in: CommandLine.arguments) }

    private var headers: [String: String] {
        [
            "ID": "IMAGE", "CreatedSince": human ? "CREATED" : "CREATED AT", "CreatedAt": "CREATED AT",
            "CreatedBy": "CREATED BY", "Size": "SIZE", "Comment": "COMMENT",
        ]
    }

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
        let text = try RowFormat(wanted, type: "*image.historyContext", headers: headers).text(rows)
        print(text, terminator: "")
    }

    private func row(_ row: HistoryRow, _ now: Timestamp) -> [String: String] {
        // A tab would begin a column of the table.
        let createdBy = row.createdBy.replacing("\t", with: " ")
        let created = row.created.map { "\(Timestamp(seconds: $0.seconds))" } ?? ""
        return [
            "ID": row.id.map { noTrunc ? "\($0)" : $0.short } ?? "<missing>",
            "CreatedSince": human ? row.created.map { DockerWords.ago($0, now: now) } ?? "N/A" : created,
            "CreatedAt": created,
            "CreatedBy": DockerWords.cut(createdBy, to: noTrunc ? nil : 45),
            "Size": human ? DockerWords.size(row.size) : "\(row.size)",
            "Comment": row.comment,
        ]
    }
}
