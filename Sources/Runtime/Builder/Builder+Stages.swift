internal import ContentStore
internal import Dockerfiles
internal import Engine
internal import Linux
internal import OCI

extension Builder {
    /// Carries out a stage's instructions.
    ///
    /// - Throws: `BuildError`; what the store throws.
    func build(_ work: inout StageWork) throws {
        let stage = dockerfile.stages.all[work.index]
        try work.control.check()
        try work.step(stage.text)
        try refuseForeignPlatform(stage)
        work.state = try base(work)
        if work.state.environment["PATH"] == nil { work.state.setEnvironment("PATH", Program.searchPath([])) }
        try triggers(&work)
        try work.say(" ---> \(work.state.id?.short ?? "")")
        for (number, item) in stage.steps.enumerated() {
            try work.step(item.text)
            try work.beginnings.wait(before: number, of: work.index, work.control)
            defer { work.beginnings.made(number, by: work.index) }
            do { try perform(item, &work) } catch let error as ExpansionError {
                // A mistake that shows itself only while building is told where it stands.
                throw BuildError("\(request.dockerfileName) line \(item.position.line): \(error)")
            }
        }
        if work.index == target, !request.labels.isEmpty { try label(&work) }
    }

    private func base(_ work: StageWork) throws -> StageState {
        switch graph.bases[work.index] {
        case .scratch: return .scratch
        case .stage(let base):
            guard var state = work.earlier[base] else { preconditionFailure("a stage is built after its base") }
            state.hasOwnCommand = false
            return state
        case .image(let name): return StageState(try image(name, work))
        }
    }

    /// The store, whose work ends when the stage is to end.
    func store(for work: StageWork) -> ContentStore {
        var store = store
        store.checkpoint = { [control = work.control] in try control.check() }
        return store
    }

    /// An image that is here or can be made here.
    func image(_ name: String, _ work: StageWork) throws -> Image {
        var engine = engine
        engine.store = store(for: work)
        if let image = try find(name, in: engine.store) { return image }
        let output = work.output
        engine.report = { try? output.report($0) }
        let stages = dockerfile.stages.all[..<work.index].compactMap(\.name?.text)
        do { return try engine.image(name, or: stages) } catch let error as EngineError {
            throw BuildError(error.description)
        }
    }

    func find(_ name: String) throws -> Image? { try find(name, in: store) }

    private func find(_ name: String, in store: ContentStore) throws -> Image? {
        do { return try store.image(named: name) } catch StoreError.noSuchImage {
            return nil
        } catch let error as FormatError { throw BuildError(error.description) }
    }

    private func refuseForeignPlatform(_ stage: Stage) throws {
        guard let word = stage.platform else { return }
        try Self.refuse(foreign: word.expanded(globals), "FROM --platform")
    }

    /// - Throws: `BuildError` for a platform that is not the host's.
    static func refuse(foreign platform: String, _ flag: String) throws(BuildError) {
        let host = Platform.host
        let own = ["\(host.os)/\(host.architecture)", host.os]
        guard platform.isEmpty || own.contains(platform) else {
            throw BuildError("\(flag)=\(platform): images here are for \(own[0]) alone; leave it out")
        }
    }

    /// The instructions that the base image has kept for its children.
    private func triggers(_ work: inout StageWork) throws {
        guard let texts = work.state.config.onBuild, !texts.isEmpty else { return }
        work.state.config.onBuild = nil
        try work.say("# Executing \(texts.count) build trigger\(texts.count == 1 ? "" : "s")")
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
        try work.step(text)
        for label in request.labels {
            work.state.config.labels = (work.state.config.labels ?? [:]).merging([label.name: label.value]) { $1 }
        }
        try commit(work.state.createdBy(text), text, &work)
    }
}
