internal import ContentStore
internal import Dockerfiles
internal import Engine
internal import OCI

extension Builder {
    /// Looks for a step that an earlier build has made, and says why it is or is not there.
    func find(
        _ text: String, _ inputs: StepInputs, files: [String: String] = [:], _ work: inout StageWork
    ) throws -> Bool {
        let found = asksCache(work) ? try cache.find(inputs, after: work.state) : nil
        try note(text, inputs, files: files, isHit: found != nil, &work)
        guard let found else {
            work.hasMissed = true
            return false
        }
        work.state = found
        try work.say(" ---> Using cache")
        try work.finish()
        return true
    }

    /// Whether the next step may be found.
    func asksCache(_ work: StageWork) -> Bool { request.usesCache && !work.hasMissed }

    /// Says why a step is or is not in the cache.
    func note(
        _ text: String, _ inputs: StepInputs, files: [String: String], isHit: Bool, _ work: inout StageWork
    ) throws {
        let reason = work.explanation.note(text, inputs, files: files, isHit: request.usesCache ? isHit : nil)
        if request.explains { try work.say(" ---> Cache \(reason)") }
    }

    /// What a step depends on.
    func inputs(_ createdBy: String, _ state: StageState, options: [String] = []) throws -> StepInputs {
        StepInputs(
            parent: state.id.map { "\($0)" } ?? "", createdBy: createdBy,
            config: Digest(of: try JSONDocument.encode(state.config)).hex, options: options)
    }

    /// Makes the image of a step, and keeps it for later builds.
    func keep(_ inputs: StepInputs, _ layer: StoredLayer?, _ work: inout StageWork) throws {
        let parent = work.state.id
        try work.state.commit(inputs.createdBy, layer, at: .now)
        try cache.keep(inputs, work.state, of: parent)
        if let id = work.state.id { made.add(id) }
    }
}
