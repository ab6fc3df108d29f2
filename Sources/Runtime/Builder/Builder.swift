internal import ContentStore
internal import Dockerfiles
public import Engine
internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// Builds an image from a Dockerfile: what `docker build` does, in this process.
///
/// A finished step is kept for later builds, also where a later step fails; only what is half made goes. Nothing in it
/// changes while it builds: what a stage changes is in its `StageWork`.
public struct Builder: Sendable {
    let engine: LocalEngine
    var store: ContentStore { engine.store }
    let request: BuildRequest
    let dockerfile: Dockerfile
    let graph: StageGraph
    let globals: [String: String]
    let target: Int
    let ignored: IgnorePatterns
    var cache: BuildCache { BuildCache(store: store) }

    private let listener: Transcript.Listener
    private let needed: [Int]
    private let memory: BuildMemory
    let made = MadeImages()

    /// Reads the Dockerfile.
    ///
    /// - Parameters:
    ///   - say: is given each line of Docker's output, in the Dockerfile's order, on any thread, but never two at once.
    ///     Where it throws, the build ends.
    ///   - warn: is given what the user should know besides: a sentence each. Where it throws, the build ends.
    ///   - download: is given how far the download of an ADD has come: the bytes and, where they are known, of how many.
    /// - Throws: `BuildError` where it, or what it is built with, makes no sense.
    public init(
        _ request: BuildRequest, engine: LocalEngine, say: @escaping @Sendable (String) throws -> Void,
        warn: @escaping @Sendable (String) throws -> Void,
        download: @escaping @Sendable (Int64, Int64?) -> Void = { _, _ in }
    ) throws {
        self.request = request
        var engine = engine
        // Also before and after the stages nobody waits for another process when the build is to end.
        engine.store.checkpoint = { [control = request.control] in try control.check() }
        self.engine = engine
        listener = Transcript.Listener(
            say: say, warn: warn, report: engine.report, download: download, output: request.output)
        guard !request.dockerfile.isEmpty else {
            throw BuildError("the Dockerfile (\(request.dockerfileName)) cannot be empty")
        }
        if let platform = request.platform { try Self.refuse(foreign: platform, "--platform") }
        do {
            dockerfile = try Dockerfile(parsing: request.dockerfile)
            globals = try dockerfile.globalValues(given: request.arguments)
            graph = try StageGraph(dockerfile, arguments: globals)
        } catch { throw BuildError("\(error)") }
        guard let target = graph.target(request.target) else {
            let names = dockerfile.stages.all.compactMap(\.name?.text)
            let wanted = request.target ?? ""
            let nearest = NearestName.of(wanted.lowercased(), among: names)
            throw BuildError(
                "failed to reach build target \(wanted) in Dockerfile: "
                    + (nearest.map { "did you mean \($0)?" }
                        ?? (names.isEmpty
                            ? "no stage has a name" : "its stages are " + names.joined(separator: ", ")))
            )
        }
        self.target = target
        needed = graph.needed(for: target)
        ignored = try request.ignorePatterns()
        memory = BuildMemory(
            engine.store, place: [request.origin, request.dockerfileName, request.target ?? ""])
    }

    /// Builds, and gives the image its names.
    ///
    /// - Throws: `BuildError`, also where two stages have one name; what the store throws.
    public func run() throws -> BuildResult {
        // Nobody sweeps away what no image names yet.
        let lease = try store.lease()
        defer { _ = lease }
        defer { try? memory.save() }
        // Docker comes to it in the midst of the build, and says it so; here nothing is built before.
        do { try StageGraph.requireDistinctNames(in: dockerfile, upTo: target) } catch { throw BuildError("\(error)") }
        try sayWhatComesFirst()
        let stages = try buildStages()
        guard let state = stages[target]?.state, let image = state.image, let id = state.id else {
            throw BuildError("No image was generated. Is your Dockerfile empty?")
        }
        try name(state, image)
        let used = stages.values.reduce(into: globalArguments) { $0.formUnion($1.arguments) }
        let unused = request.arguments.keys.filter { !used.contains($0) && !BuildArguments.isPredefined($0) }
        return BuildResult(id: id, unusedArguments: unused.sorted())
    }

    /// Takes back the images that this build has made, as far as nothing else needs them. Their layers go with the next
    /// sweep.
    ///
    /// - Throws: what the store throws.
    public func discard() throws { try store.forget(made.ids) }

    // MARK: - Before and after the stages

    private func sayWhatComesFirst() throws {
        for line in dockerfile.brokenLines {
            try listener.say("[WARNING]: Empty continuation line found in:\n    \(line)")
        }
        for doubt in dockerfile.doubts {
            try listener.warn("\(request.dockerfileName) line \(doubt.position.line): \(doubt.sentence)")
        }
        if let sentence = dockerfile.stages(leftOutOf: needed, upTo: target) { try listener.warn(sentence) }
        if !dockerfile.brokenLines.isEmpty {
            try listener.say("[WARNING]: Empty continuation lines will become errors in a future release.")
        }
        for (index, argument) in dockerfile.arguments.enumerated() {
            try listener.say("Step \(index + 1)/\(stepCount) : \(argument.text)")
        }
    }

    /// The names of the ARGs before the first FROM.
    private var globalArguments: Set<String> {
        Set(
            dockerfile.arguments.flatMap(\.declarations.all).map {
                (try? $0.name.expanded(globals)) ?? $0.name.text
            })
    }

    private var stepCount: Int { firstStep(of: nil) - 1 + (request.labels.isEmpty ? 0 : 1) }

    /// The number of a stage's FROM; `nil`: of what would follow the last.
    private func firstStep(of stage: Int?) -> Int {
        needed.prefix { $0 != stage }.reduce(dockerfile.arguments.count + 1) {
            $0 + 1 + dockerfile.stages.all[$1].steps.count
        }
    }

    private func name(_ state: StageState, _ image: ImageConfig) throws {
        // An image that is there already keeps its manifest.
        let manifest =
            try existing(state).map { try store.manifest(of: $0) } ?? store.add(image, layers: state.layers.map(\.blob))
        if request.tags.isEmpty { try store.list(manifest, as: nil) }
        for tag in request.tags { try store.list(manifest, as: tag) }
    }

    /// The image of the store that the state is: a build without steps of its own.
    private func existing(_ state: StageState) throws -> Image? {
        guard let name = baseImage(of: target), let base = try find(name), base.id == state.id else { return nil }
        return base
    }

    /// The name of the image that a stage, and the stages that it begins as, begin with; `nil`: with nothing.
    func baseImage(of stage: Int) -> String? {
        switch graph.bases[stage] {
        case .scratch: nil
        case .stage(let base): baseImage(of: base)
        case .image(let name): name
        }
    }

    // MARK: - The stages, side by side

    private func buildStages() throws -> [Int: BuiltStage] {
        let transcript = Transcript(of: needed, to: listener, request.control) { [store] in
            KeptUtterances(in: try store.unnamedFile())
        }
        let needs = Dictionary(uniqueKeysWithValues: needed.map { ($0, graph.needs(of: $0)) })
        let beginnings = CommonBeginnings(of: needed, dockerfile, graph)
        let schedule = StageSchedule<BuiltStage>(
            needs: needs, limit: request.stagesAtOnce, control: request.control
        ) { stage, needed, control in
            let output = StageOutput(stage: stage, transcript: transcript)
            let work = StageWork(
                stage, steps: (firstStep(of: stage), stepCount), from: needed.mapValues(\.state),
                BuildArguments(given: request.arguments, global: globals), memory.explanation(of: stage), output,
                control, beginnings)
            defer { beginnings.end(of: stage) }
            let built = try build(work)
            output.end()
            return built
        }
        let built = Result { try schedule.run() }
        // Also of a build that failed all is told that comes before.
        let told = Result { try transcript.finish() }
        return try (built.get(), told.get()).0
    }

    /// Builds a stage, and notes what its steps depended on as far as it came.
    private func build(_ work: consuming StageWork) throws -> BuiltStage {
        let index = work.index
        defer { memory.keep(work.explanation, of: index) }
        try build(&work)
        return BuiltStage(state: work.state, arguments: work.arguments.names)
    }
}

/// A stage that is built, and the ARGs that it has declared.
struct BuiltStage: Sendable {
    var state: StageState
    var arguments: Set<String>
}
