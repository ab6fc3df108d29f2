import ArgumentParser
import Engine

/// `docker system df`.
struct DockerSystemDf: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "df", abstract: "Show docker disk usage.",
        usage: "docker system df [OPTIONS]")

    @Option(name: .long, help: ArgumentHelp("Pretty-print using a Go template.", valueName: "string"))
    var format: String?

    private static let headers = [
        "Type": "TYPE", "TotalCount": "TOTAL", "Active": "ACTIVE", "Size": "SIZE", "Reclaimable": "RECLAIMABLE",
    ]

    @Flag(name: [.short, .long], help: "Show detailed information on space usage.")
    var verbose = false

    func run() throws {
        let engine = try DockerCommand.engine()
        let usage = try DockerCommand.asDaemon { try engine.diskUsage() }
        if verbose {
            let details = DiskUsageDetails(usage, now: .now, isCut: format == nil)
            return print(try details.text(format), terminator: format == nil ? "" : "\n")
        }
        let fields = ["Type", "TotalCount", "Active", "Size", "Reclaimable"]
        let rows = Self.rows(usage).map { Dictionary(uniqueKeysWithValues: zip(fields, $0)) }
        let standard = "table {{.Type}}\\t{{.TotalCount}}\\t{{.Active}}\\t{{.Size}}\\t{{.Reclaimable}}"
        let wanted = format.map { $0 == "table" ? standard : $0 } ?? standard
        print(
            try RowFormat(wanted, type: "*formatter.diskUsageContext", headers: Self.headers).text(rows),
            terminator: "")
    }

    static func rows(_ usage: DiskUsage) -> [[String]] {
        let used = usage.images.filter { $0.containers > 0 }
        // As Docker counts: what an image shares with another could go with neither alone.
        let freeable = usage.layers - used.reduce(0) { $0 + $1.size - $1.shared }
        let running = usage.containers.filter { if case .running = $0.record.state { true } else { false } }
        let total = usage.containers.reduce(0) { $0 + $1.size }
        let volumes = usage.containers.flatMap(\.volumes)
        let held = volumes.reduce(0) { $0 + $1.size }
        let nothing = ["0", "0", "0B", "0B"]
        return [
            [
                "Images", "\(usage.images.count)", "\(used.count)", size(usage.layers),
                share(freeable, of: usage.layers),
            ],
            [
                "Containers", "\(usage.containers.count)", "\(running.count)", size(total),
                share(total - running.reduce(0) { $0 + $1.size }, of: total),
            ],
            // A volume goes with its container: none is left that could go alone.
            [
                "Local Volumes", "\(volumes.count)", "\(volumes.count)", size(held), share(0, of: held),
            ], ["Build Cache"] + nothing,
        ]
    }

    static func size(_ bytes: Int64) -> String { DockerWords.size(bytes, digits: 4) }

    private static func share(_ part: Int64, of whole: Int64) -> String {
        whole > 0 ? "\(size(part)) (\(part * 100 / whole)%)" : size(part)
    }
}
