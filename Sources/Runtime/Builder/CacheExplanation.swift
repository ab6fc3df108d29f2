internal import OCI

/// Why the steps of one stage hit or missed: what they depended on is held against the build before.
struct CacheExplanation {
    /// What a step depended on, in parts that can be named.
    struct Step: Codable, Hashable {
        var text: String
        var inputs: StepInputs
        /// Of what is copied: each file's path and the digest of its content and attributes.
        var files: [String: String] = [:]
    }

    private let before: [Step]
    /// Those of this build, so far.
    private(set) var steps: [Step] = []
    private var hasMissed = false

    /// So many files of a step are remembered by name; of more only that something changed.
    private static let fileLimit = 20_000

    /// - Parameter before: the stage's steps in the build before.
    init(before: [Step]) { self.before = before }

    /// Notes the next step.
    ///
    /// - Parameter isHit: whether it was found; `nil` where the cache was not asked.
    /// - Returns: why.
    mutating func note(_ text: String, _ inputs: StepInputs, files: [String: String], isHit: Bool?) -> String {
        let step = Step(text: text, inputs: inputs, files: files.count > Self.fileLimit ? [:] : files)
        let earlier = steps.count < before.count ? before[steps.count] : nil
        steps.append(step)
        switch isHit {
        case nil: return "not looked for: --no-cache"
        case true?: return files.isEmpty ? "hit: same parent, same instruction" : "hit: same parent, same files"
        case false?: break
        }
        defer { hasMissed = true }
        if hasMissed { return "miss: a step before it was made anew" }
        guard let earlier else { return "miss: no earlier build of this Dockerfile came to this step" }
        return "miss: " + difference(earlier, step)
    }

    /// The last step was made from other files than those that were looked at first.
    mutating func amend(_ inputs: StepInputs, files: [String: String]) {
        steps[steps.count - 1].inputs = inputs
        steps[steps.count - 1].files = files.count > Self.fileLimit ? [:] : files
    }

    private func difference(_ old: Step, _ new: Step) -> String {
        if old.text != new.text { return "the instruction was `\(old.text)`" }
        if old.inputs.parent != new.inputs.parent { return "the image beneath is another" }
        let changed = Set(old.files.keys).union(new.files.keys).filter { old.files[$0] != new.files[$0] }.sorted()
        if let first = changed.first {
            let deed = old.files[first] == nil ? "is new" : new.files[first] == nil ? "is gone" : "has changed"
            return "\(first) \(deed)" + (changed.count > 1 ? ", and \(changed.count - 1) more" : "")
        }
        let (before, after) = (Self.assignments(old.inputs.createdBy), Self.assignments(new.inputs.createdBy))
        for name in Set(before.keys).union(after.keys).sorted() where before[name] != after[name] {
            return
                "the build argument \(name) is \(after[name].map { "\"\($0)\"" } ?? "not set") and was "
                + (before[name].map { "\"\($0)\"" } ?? "not set")
        }
        if old.inputs.createdBy != new.inputs.createdBy {
            return "a variable in it has another value, or what it copies"
        }
        for (before, after) in zip(old.inputs.options, new.inputs.options) where before != after {
            let (mount, other) = (before.prefix { $0 != "," }, after.prefix { $0 != "," })
            if mount == other, mount.hasPrefix("bind=") { return "what \(mount.dropFirst(5)) shows has changed" }
        }
        if old.inputs.config != new.inputs.config || old.inputs.options != new.inputs.options {
            return "its options have changed"
        }
        return "what the earlier build made is no longer in the store"
    }

    /// The `|n NAME=value …` before a command.
    private static func assignments(_ createdBy: String) -> [String: String] {
        guard createdBy.hasPrefix("|"), let count = Int(createdBy.dropFirst().prefix { $0 != " " }) else { return [:] }
        var values: [String: String] = [:]
        for word in createdBy.split(separator: " ").dropFirst().prefix(count) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
        }
        return values
    }
}
