import ArgumentParser
import LayerModel
import Lessons

/// A word where a verb must stand that is none, also within a group such as `docker image`. The parser would take it for an
/// argument of another verb.
struct UnknownVerb {
    private let word: String
    /// The groups before it.
    private let groups: [String]
    private let root: any ParsableCommand.Type
    private let verbs: [String]

    /// - Returns: `nil` where all verbs are known.
    init?(in arguments: [String], of root: any ParsableCommand.Type) {
        var command = root
        var groups: [String] = []
        for word in arguments {
            guard !command.configuration.subcommands.isEmpty, !word.hasPrefix("-") else { return nil }
            // That one the parser adds, outside of groups.
            if word == "help", groups.isEmpty { return nil }
            if let next = command.configuration.subcommands.first(where: { $0.isCalled(word) }) {
                command = next
                groups.append(word)
                continue
            }
            self.word = word
            self.groups = groups
            self.root = root
            verbs = command.configuration.subcommands.compactMap { $0.configuration.commandName }
            return
        }
        return nil
    }

    /// What it is not, and what to write.
    var sentence: String {
        let called = (groups + [word]).joined(separator: " ")
        return "'\(called)' is not a \(isDocker ? "docker command here" : "verb of teach"); "
            + (isDocker ? dockersCure : lessonsCure ?? NearestName.suggestion(for: word, among: verbs))
    }

    private var isDocker: Bool { root == DockerCommand.self }

    private var dockersCure: String {
        if let cure = AbsentVerb.cure(for: word, in: groups.first) { return cure }
        guard !groups.isEmpty else { return NearestName.suggestion(for: word, among: verbs) }
        if root.configuration.subcommands.contains(where: { $0.isCalled(word) }) { return "write `docker \(word)`" }
        let group = groups.joined(separator: " ")
        if let nearest = NearestName.of(word, among: verbs) {
            return "write `docker \(group) \(nearest)`, if that was meant"
        }
        return "\(group) has " + verbs.map { "`\($0)`" }.joined(separator: ", ")
    }

    private var lessonsCure: String? {
        let library = try? LessonLibrary(environment: Environment.all, program: Program.path)
        return library?.lessonFile(word) == nil ? nil : "write `teach run \(word)`"
    }
}

extension ParsableCommand {
    fileprivate static func isCalled(_ word: String) -> Bool {
        configuration.commandName == word || configuration.aliases.contains(word)
    }
}
