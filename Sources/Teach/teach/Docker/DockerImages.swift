import ArgumentParser
import ContentStore
import Engine
import Glibc
import OCI

/// `docker images`.
struct DockerImages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images", abstract: "List images.",
        usage: "docker images [OPTIONS] [REPOSITORY[:TAG]]")

    @Flag(name: [.short, .long], help: "Show all images (default hides intermediate images).")
    var all = false

    @Flag(name: .long, help: "Show digests.")
    var digests = false

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Filter output: dangling, label, before, since, reference; NAME=VALUE.", valueName: "filter"))
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
        let engine = try DockerCommand.engine()
        let wanted = try ImageFilter(filter, name: repository, in: engine)
        let found = try DockerCommand.asDaemon { try engine.store.images(all: all && !wanted.isForDangling) }
        let images = Self.sorted(found.filter(wanted.selects))
        let rows = images.map { row($0, now) }
        if quiet, format == nil {
            for row in rows { print(row["ID"] ?? "") }
            return
        }
        let digest = digests ? "{{.Digest}}\\t" : ""
        let standard = "table {{.Repository}}\\t{{.Tag}}\\t\(digest){{.ID}}\\t{{.CreatedSince}}\\t{{.Size}}"
        let layout = format.map { $0 == "table" ? standard : $0 } ?? standard
        let text = try RowFormat(layout, type: "*formatter.imageContext", headers: Self.headers).text(rows)
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

    /// As Docker's daemon sorts them: those that were created last first, an image's names together, the oldest first.
    private static func sorted(_ images: [ImageSummary]) -> [ImageSummary] {
        var order: [Digest: Int] = [:]
        for image in images where order[image.id] == nil { order[image.id] = order.count }
        func place(_ image: ImageSummary) -> (Int64, Int) { (-(image.created?.seconds ?? 0), order[image.id] ?? 0) }
        return images.reversed().enumerated().sorted { left, right in
            let (first, second) = (place(left.element), place(right.element))
            return first == second ? left.offset < right.offset : first < second
        }.map(\.element)
    }

    private func row(_ image: ImageSummary, _ now: Timestamp) -> [String: String] {
        return [
            "ID": noTrunc ? "\(image.id)" : image.id.short, "Repository": image.repository, "Tag": image.tag,
            // A digest is a registry's, and no image comes from one yet.
            "Digest": "<none>", "CreatedSince": image.created.map { DockerWords.ago($0, now: now) } ?? "N/A",
            "CreatedAt": image.created.map(DockerWords.time) ?? "N/A", "Size": DockerWords.size(image.size),
            "Containers": "N/A",
            "VirtualSize": DockerWords.size(image.size, digits: 4), "SharedSize": "N/A", "UniqueSize": "N/A",
        ]
    }
}
