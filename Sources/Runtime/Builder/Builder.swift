internal import ContentStore
internal import Dockerfiles
public import Engine
internal import Glibc
internal import Linux
internal import OCI

/// Builds an image from a Dockerfile: what `docker build` does, in this process.
///
/// A finished step is kept for later builds, also where a later step fails; only what is half made goes.
public final class Builder {
    let engine: LocalEngine
    var store: ContentStore { engine.store }
    let request: BuildRequest
    /// Is given each line of Docker's output.
    let say: (String) -> Void
    /// Is given what the user should know besides: a sentence each.
    let warn: (String) -> Void

    let dockerfile: Dockerfile
    let graph: StageGraph
    let globals: [String: String]
    private let target: Int
    private let needed: [Int]
    let ignored: IgnorePatterns
    private let stepCount: Int

    var cache: BuildCache { BuildCache(store: store) }
    var explanation: CacheExplanation
    private var stepNumber = 0
    /// The stages that are built.
    private(set) var built: [Int: StageState] = [:]
    private var usedArguments: Set<String> = []
    var hasToldNetwork = false
    /// Whether the cache was asked in vain in this stage: then it is not asked again.
    var hasMissed = false

    /// Reads the Dockerfile.
    ///
    /// - Throws: `BuildError` where it, or what it is built with, makes no sense.
    public init(
        _ request: BuildRequest, engine: LocalEngine, say: @escaping (String) -> Void,
        warn: @escaping (String) -> Void
    ) throws {
        self.request = request
        self.engine = engine
        self.say = say
        self.warn = warn
        guard !request.dockerfile.isEmpty else {
            throw BuildError("the Dockerfile (\(request.dockerfileName)) cannot be empty")
        }
        do {
            dockerfile = try Dockerfile(parsing: request.dockerfile)
            globals = try dockerfile.globalValues(given: request.arguments)
            graph = try StageGraph(dockerfile, arguments: globals)
        } catch { throw BuildError("\(error)") }
        guard let target = graph.target(request.target) else {
            let names = dockerfile.stages.all.compactMap(\.name)
            throw BuildError(
                "failed to reach build target \(request.target ?? "") in Dockerfile"
                    + (names.isEmpty ? ": no stage has a name" : ": its stages are " + names.joined(separator: ", ")))
        }
        self.target = target
        needed = graph.needed(for: target)
        let stages = dockerfile.stages.all
        stepCount =
            dockerfile.arguments.count + needed.reduce(0) { $0 + 1 + stages[$1].steps.count }
            + (request.labels.isEmpty ? 0 : 1)
        ignored = try request.ignorePatterns()
        explanation = CacheExplanation(
            engine.store, place: [request.context ?? "-", request.dockerfileName, request.target ?? ""])
    }

    /// Builds, and gives the image its names.
    ///
    /// - Throws: `BuildError`; what the store throws.
    public func run() throws -> BuildResult {
        // Nobody sweeps away what no image names yet.
        let lease = try store.lease()
        defer { _ = lease }
        defer { try? explanation.finish() }
        for line in dockerfile.brokenLines {
            say("[WARNING]: Empty continuation line found in:\n    \(line)")
        }
        if !dockerfile.brokenLines.isEmpty {
            say("[WARNING]: Empty continuation lines will become errors in a future release.")
        }
        for argument in dockerfile.arguments {
            step(argument.text)
            for declaration in argument.declarations.all {
                usedArguments.insert((try? declaration.name.expanded(globals)) ?? declaration.name.text)
            }
        }
        for index in needed { built[index] = try build(stage: index) }
        guard let state = built[target], let image = state.image, let id = state.id else {
            throw BuildError("No image was generated. Is your Dockerfile empty?")
        }
        try name(state, image)
        let unused = request.arguments.keys.filter {
            !usedArguments.contains($0) && !BuildArguments.isPredefined($0)
        }
        return BuildResult(id: id, unusedArguments: unused.sorted())
    }

    private func name(_ state: StageState, _ image: ImageConfig) throws {
        for index in needed where index != target {
            // What another stage made is kept like an image without a name, so that the next build finds it.
            guard let stage = built[index], let image = stage.image, stage.id != baseID(of: index) else { continue }
            try store.list(store.add(image, layers: stage.layers.map(\.blob)), as: nil)
        }
        // An image that is there already keeps its manifest.
        let manifest =
            try existing(state)?.descriptor ?? store.add(image, layers: state.layers.map(\.blob))
        if request.tags.isEmpty { try store.list(manifest, as: nil) }
        for tag in request.tags { try store.list(manifest, as: tag) }
    }

    private func baseID(of stage: Int) -> Digest? {
        switch graph.bases[stage] {
        case .scratch: nil
        case .stage(let base): built[base]?.id
        case .image(let name): try? find(name)?.id
        }
    }

    /// The image of the store that the state is: a build without steps of its own.
    private func existing(_ state: StageState) throws -> Image? {
        var stage = target
        while case .stage(let base) = graph.bases[stage] { stage = base }
        guard case .image(let name) = graph.bases[stage], let base = try find(name), base.id == state.id
        else { return nil }
        return base
    }

    // MARK: - Stages

    private func build(stage index: Int) throws -> StageState {
        let stage = dockerfile.stages.all[index]
        step(stage.text)
        try refuseForeignPlatform(stage)
        hasMissed = false
        explanation.beginStage()
        var work = StageWork(
            index: index, state: try base(of: index),
            arguments: BuildArguments(given: request.arguments, global: globals))
        if work.state.environment["PATH"] == nil { work.state.setEnvironment("PATH", Program.searchPath([])) }
        try triggers(&work)
        say(" ---> \(work.state.id?.short ?? "")")
        for item in stage.steps {
            step(item.text)
            do { try perform(item, &work) } catch let error as ExpansionError {
                // A mistake that shows itself only while building is told where it stands.
                throw BuildError("\(request.dockerfileName) line \(item.position.line): \(error)")
            }
        }
        if index == target, !request.labels.isEmpty { try label(&work) }
        usedArguments.formUnion(work.arguments.names)
        return work.state
    }

    private func base(of index: Int) throws -> StageState {
        switch graph.bases[index] {
        case .scratch: return .scratch
        case .stage(let base):
            guard var state = built[base] else { preconditionFailure("a stage is built after its base") }
            state.hasOwnCommand = false
            return state
        case .image(let name): return StageState(try image(name))
        }
    }

    /// An image that is here or can be made here.
    func image(_ name: String) throws -> Image {
        if let image = try find(name) { return image }
        do { return try engine.image(name) } catch let error as EngineError { throw BuildError(error.description) }
    }

    private func find(_ name: String) throws -> Image? {
        do { return try store.image(named: name) } catch StoreError.noSuchImage {
            return nil
        } catch let error as FormatError { throw BuildError("failed to parse stage name \"\(name)\": \(error)") }
    }

    private func refuseForeignPlatform(_ stage: Stage) throws {
        guard let word = stage.platform else { return }
        let platform = try word.expanded(globals)
        let host = Platform.host
        let own = ["\(host.os)/\(host.architecture)", host.os]
        guard platform.isEmpty || own.contains(platform) else {
            throw BuildError("FROM --platform=\(platform): images here are for \(own[0]) alone; leave it out")
        }
    }

    /// The instructions that the base image has kept for its children.
    private func triggers(_ work: inout StageWork) throws {
        guard let texts = work.state.config.onBuild, !texts.isEmpty else { return }
        work.state.config.onBuild = nil
        say("# Executing \(texts.count) build trigger\(texts.count == 1 ? "" : "s")")
        work.isTriggered = true
        defer { work.isTriggered = false }
        for text in texts {
            let item: Step
            do { item = try Dockerfile.trigger(text) } catch {
                throw BuildError("the base image's ONBUILD \(text) cannot be carried out: \(error)")
            }
            try perform(item, &work)
        }
    }

    private func label(_ work: inout StageWork) throws {
        let text = "LABEL " + request.labels.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        step(text)
        for label in request.labels {
            work.state.config.labels = (work.state.config.labels ?? [:]).merging([label.name: label.value]) { $1 }
        }
        try commit(work.state.createdBy(text), text, &work)
    }

    private func step(_ text: String) {
        stepNumber += 1
        say("Step \(stepNumber)/\(stepCount) : \(text)")
    }
}

/// A stage while it is built.
struct StageWork {
    let index: Int
    var state: StageState
    var arguments: BuildArguments
    /// Whether the base image's triggers are being carried out: their images are not shown.
    var isTriggered = false

    var variables: [String: String] { arguments.variables(under: state.environment) }
}

extension Builder {
    /// Says whether and why a step was found.
    func explain(_ text: String, _ inputs: StepInputs, _ files: [String: String] = [:], isHit: Bool?) {
        let reason = explanation.note(text, inputs, files: files, isHit: isHit)
        if request.explains { say(" ---> Cache \(reason)") }
    }

    /// Looks for a step that an earlier build has made.
    func find(
        _ text: String, _ inputs: StepInputs, files: [String: String] = [:], _ work: inout StageWork
    ) throws -> Bool {
        let found = request.usesCache && !hasMissed ? try cache.find(inputs, after: work.state) : nil
        explain(text, inputs, files, isHit: request.usesCache ? found != nil : nil)
        guard let found else {
            hasMissed = true
            return false
        }
        work.state = found
        say(" ---> Using cache")
        finish(work)
        return true
    }

    /// Shows the image that a step made.
    func finish(_ work: StageWork) {
        if !work.isTriggered { say(" ---> \(work.state.id?.short ?? "")") }
    }
}
