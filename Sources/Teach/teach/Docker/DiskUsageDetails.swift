import ContentStore
import Engine
import GoTemplates
import OCI

/// `docker system df -v`: image by image and container by container.
struct DiskUsageDetails {
    /// A table of Docker's formatter: its columns by their fields, and a row for each thing.
    private struct Part {
        /// Under which name a template finds it.
        var field: String
        var heading: String
        var type: String
        var columns: [(field: String, title: String)]
        var rows: [[String: String]]
    }

    private let parts: [Part]

    /// - Parameter isCut: Whether ids are short, as in the tables.
    init(_ usage: DiskUsage, now: Timestamp, isCut: Bool) {
        parts = [
            Part(
                field: "Images", heading: "Images space usage:", type: "*formatter.imageContext",
                columns: [
                    ("Repository", "REPOSITORY"), ("Tag", "TAG"), ("ID", "IMAGE ID"), ("CreatedSince", "CREATED"),
                    ("VirtualSize", "SIZE"), ("SharedSize", "SHARED SIZE"), ("UniqueSize", "UNIQUE SIZE"),
                    ("Containers", "CONTAINERS"),
                ], rows: Self.sorted(usage.images).map { Self.row($0, now, isCut: isCut) }),
            Part(
                field: "Containers", heading: "Containers space usage:", type: "*formatter.containerContext",
                columns: [
                    ("ID", "CONTAINER ID"), ("Image", "IMAGE"), ("Command", "COMMAND"),
                    ("LocalVolumes", "LOCAL VOLUMES"), ("Size", "SIZE"), ("RunningFor", "CREATED"),
                    ("Status", "STATUS"),
                    ("Names", "NAMES"),
                ],
                rows: usage.containers.map {
                    DockerPs.row($0.record, image: $0.image, now, size: $0.size, isCut: isCut)
                }),
            Part(
                field: "Volumes", heading: "Local Volumes space usage:", type: "*formatter.volumeContext",
                columns: [("Name", "VOLUME NAME"), ("Links", "LINKS"), ("Size", "SIZE")],
                rows: usage.containers.flatMap(\.volumes).map {
                    ["Name": $0.name, "Links": "1", "Size": DockerSystemDf.size($0.size)]
                }),
            Part(
                field: "BuildCache", heading: "Build cache usage: 0B", type: "*formatter.buildCacheContext",
                columns: [
                    ("ID", "CACHE ID"), ("CacheType", "CACHE TYPE"), ("Size", "SIZE"), ("CreatedSince", "CREATED"),
                    ("LastUsedSince", "LAST USED"), ("UsageCount", "USAGE"), ("Shared", "SHARED"),
                ], rows: []),
        ]
    }

    /// - Parameter format: A Go template over all parts; `nil` for the tables.
    /// - Throws: `DockerFailure` for a template that Docker would not take either.
    func text(_ format: String?) throws -> String {
        guard let format else { return parts.map(Self.text).joined(separator: "\n\n") + "\n" }
        let value = TemplateValue.record(
            .init(
                type: "*formatter.diskUsageContext",
                parts.map { part in
                    .init(
                        part.field,
                        .list(
                            part.rows.map { row in
                                let fields = row.sorted { $0.key < $1.key }
                                return .record(
                                    .init(
                                        type: part.type, fields.map { .init($0.key, .string($0.value)) },
                                        escapesHTML: true))
                            }))
                }))
        do {
            return try GoTemplate(format).execute(value)
        } catch {
            throw DockerFailure(sentence: "template parsing error: \(error)\n")
        }
    }

    private static func text(_ part: Part) -> String {
        let rows = [part.columns.map(\.title)] + part.rows.map { row in part.columns.map { row[$0.field] ?? "" } }
        return part.heading + "\n\n" + DockerWords.table(rows).dropLast()
    }

    private static func sorted(_ images: [DiskUsage.ImageUsage]) -> [DiskUsage.ImageUsage] {
        images.enumerated().sorted { left, right in
            let (first, second) = (left.element.created?.seconds ?? 0, right.element.created?.seconds ?? 0)
            return first == second ? left.offset < right.offset : first > second
        }.map(\.element)
    }

    private static func row(_ usage: DiskUsage.ImageUsage, _ now: Timestamp, isCut: Bool) -> [String: String] {
        let name = usage.image.names.first
        let unique = usage.size - usage.shared
        return [
            "Repository": name?.familiarName ?? "<none>", "Tag": name?.tag ?? "<none>",
            "ID": isCut ? usage.image.id.short : "\(usage.image.id)",
            "Digest": "", "CreatedSince": usage.created.map { DockerWords.ago($0, now: now) } ?? "N/A",
            "CreatedAt": usage.created.map(DockerWords.time) ?? "N/A", "Size": DockerWords.size(usage.size),
            "VirtualSize": DockerSystemDf.size(usage.size), "SharedSize": DockerSystemDf.size(usage.shared),
            "UniqueSize": DockerSystemDf.size(unique), "Containers": "\(usage.containers)",
        ]
    }
}
