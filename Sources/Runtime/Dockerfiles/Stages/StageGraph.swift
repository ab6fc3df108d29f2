/// Which stages a build needs, and on what each of them stands.
///
/// A stage can name only earlier ones, so that there are no cycles.
public struct StageGraph: Hashable, Sendable {
    /// What a stage begins as.
    public enum Base: Hashable, Sendable {
        /// No files at all.
        case scratch
        case stage(Int)
        /// An image's reference, as it is written.
        case image(String)
    }

    /// A file's origin, resolved.
    public enum Origin: Hashable, Sendable {
        case stage(Int)
        case image(String)
    }

    /// Of each stage.
    public let bases: [Base]
    /// Of each stage: the earlier stages that it takes files from.
    private let origins: [Set<Int>]
    private let names: [String?]

    /// - Parameter arguments: the values of the ARGs before the first FROM.
    /// - Throws: `DockerfileError` where FROM names nothing.
    public init(_ dockerfile: Dockerfile, arguments: [String: String]) throws(DockerfileError) {
        let stages = dockerfile.stages.all
        names = stages.map(\.name?.text)
        var bases: [Base] = []
        var origins: [Set<Int>] = []
        for (index, stage) in stages.enumerated() {
            let base: String
            do { base = try stage.base.expanded(arguments) } catch {
                throw DockerfileError(.instruction, at: stage.position, "\(error)", cure: error.cure)
            }
            guard !base.isEmpty else {
                throw DockerfileError(
                    .instruction, at: stage.position, "base name (\(stage.base.text)) should not be blank",
                    cure: "give its variables values: an ARG before the first FROM, or --build-arg")
            }
            let earlier = stages[..<index].lastIndex { $0.name != nil && $0.name?.text == base.lowercased() }
            bases.append(earlier.map { .stage($0) } ?? (base == "scratch" ? .scratch : .image(base)))
            var used: Set<Int> = []
            for origin in stage.steps.flatMap(\.instruction.origins) {
                if case .stage(let number) = Self.resolve(origin, names: names, at: index) { used.insert(number) }
            }
            origins.append(used)
        }
        self.bases = bases
        self.origins = origins
    }

    /// The stage that a build ends with: by `--target`, a name or a number, else the last.
    ///
    /// - Returns: `nil` where there is none of that name.
    public func target(_ text: String?) -> Int? {
        guard let text, !text.isEmpty else { return names.count - 1 }
        if let index = names.firstIndex(of: text.lowercased()) { return index }
        return Int(text).flatMap { names.indices.contains($0) ? $0 : nil }
    }

    /// Refuses a name that two of the stages up to `target` have, as Docker 20.10's builder does when it comes to the second.
    ///
    /// - Throws: `DockerfileError`
    public static func requireDistinctNames(in dockerfile: Dockerfile, upTo target: Int) throws(DockerfileError) {
        var seen: [String: SourcePosition] = [:]
        for name in dockerfile.stages.all[...target].compactMap(\.name) {
            if let first = seen.updateValue(name.position, forKey: name.text) {
                throw DockerfileError(
                    .stage, at: name.position, "a stage name already used",
                    cure: "line \(first.line) has a stage \(name.text), too; give this one another name")
            }
        }
    }

    /// The stages that `target` needs, itself among them, in their order.
    public func needed(for target: Int) -> [Int] {
        var needed: Set<Int> = []
        var open = [target]
        while let stage = open.popLast() {
            guard needed.insert(stage).inserted else { continue }
            open += needs(of: stage)
        }
        return needed.sorted()
    }

    /// The earlier stages that a stage begins as or takes files from.
    public func needs(of stage: Int) -> Set<Int> {
        guard case .stage(let base) = bases[stage] else { return origins[stage] }
        return origins[stage].union([base])
    }

    /// What `--from` in a stage means; `nil` for a number that no earlier stage has.
    public func origin(_ origin: CopyOrigin, in stage: Int) -> Origin? {
        Self.resolve(origin, names: names, at: stage)
    }

    private static func resolve(_ origin: CopyOrigin, names: [String?], at stage: Int) -> Origin? {
        switch origin {
        case .index(let index): index < stage ? .stage(index) : nil
        case .name(let name):
            names[..<stage].lastIndex { $0 != nil && $0 == name.lowercased() }.map { .stage($0) } ?? .image(name)
        }
    }
}

extension Instruction {
    /// What it takes files from, beside the context.
    fileprivate var origins: [CopyOrigin] {
        switch self {
        case .copy(let copy): copy.origin.map { [$0] } ?? []
        case .run(let run):
            run.mounts.compactMap { mount in
                switch mount {
                case .bind(let bind): bind.origin
                case .cache(let cache): cache.origin
                case .tmpfs, .secret: nil
                }
            }
        default: []
        }
    }
}

extension Dockerfile {
    /// The values of the ARGs before the first FROM; one without a value has none.
    ///
    /// - Parameter given: `--build-arg`.
    /// - Throws: `DockerfileError`
    public func globalValues(given: [String: String]) throws(DockerfileError) -> [String: String] {
        var values: [String: String] = [:]
        for argument in arguments {
            do {
                for declaration in argument.declarations.all {
                    let name = try declaration.name.expanded(values)
                    let value = try declaration.value?.expanded(values)
                    values[name] = given[name] ?? value
                }
            } catch {
                throw DockerfileError(.instruction, at: argument.position, "\(error)", cure: error.cure)
            }
        }
        return values
    }
}
