import ContentStore
import Dockerfiles
import Engine
import OCI

/// Which images `docker images` lists.
struct ImageFilter {
    private let filters: DockerFilters
    private let isDangling: Bool?
    private let patterns: [PathPattern]
    private let before: Timestamp?
    private let since: Timestamp?

    /// - Parameter name: A pattern for names, as the command's argument.
    /// - Throws: `DockerFailure` for what Docker would not take either.
    init(_ words: [String], name: String?, in engine: LocalEngine) throws {
        let filters = try DockerFilters(
            words + (name.map { ["reference=\($0)"] } ?? []), flag: "-f, --filter", of: "images",
            names: ["dangling", "label", "before", "since", "reference"])
        isDangling = try filters.isTrue("dangling")
        do {
            patterns = try filters["reference"].map { try PathPattern($0) }
        } catch is PathPattern.Malformed {
            throw DockerFailure.daemon("syntax error in pattern")
        }
        func created(_ names: [String]) throws -> [Timestamp] {
            try names.map { name in
                try DockerCommand.asDaemon { try engine.existingImage(name).config.created ?? Timestamp(seconds: 0) }
            }
        }
        before = try created(filters["before"]).min()
        since = try created(filters["since"]).max()
        self.filters = filters
    }

    /// Whether only images are wanted that have neither a name nor an image that was made of them.
    var isForDangling: Bool { isDangling == true }

    func selects(_ image: ImageSummary) -> Bool {
        let created = image.created ?? Timestamp(seconds: 0)
        if let isDangling, isDangling != (image.reference == nil) { return false }
        if let before, !(created < before) { return false }
        if let since, !(since < created) { return false }
        guard filters.holds("label", of: image.labels) else { return false }
        if patterns.isEmpty { return true }
        guard let reference = image.reference else { return false }
        return patterns.contains {
            $0.matches("\(reference)".utf8) || $0.matches(reference.familiarName.utf8)
        }
    }
}
