internal import ContentStore
internal import OCI
internal import Synchronization

/// What the steps of a Dockerfile depended on, stage by stage, from one build to the next.
final class BuildMemory: Sendable {
    private let store: ContentStore
    private let name: Digest
    private let before: [Int: [CacheExplanation.Step]]
    private let now = Mutex<[Int: [CacheExplanation.Step]]>([:])

    /// - Parameter place: the context and the Dockerfile, which the next build of the same will name again.
    init(_ store: ContentStore, place: [String]) {
        self.store = store
        name = Digest(of: (["explanation"] + place).joined(separator: "\u{0}").utf8)
        before = store.buildRecord(name).flatMap { try? JSONDocument.decode(Stages.self, from: $0, what: "") } ?? [:]
    }

    private typealias Stages = [Int: [CacheExplanation.Step]]

    func explanation(of stage: Int) -> CacheExplanation { CacheExplanation(before: before[stage] ?? []) }

    /// Notes how far a stage came.
    func keep(_ explanation: CacheExplanation, of stage: Int) { now.withLock { $0[stage] = explanation.steps } }

    /// Keeps it for the next build; of a stage that this one did not come to, what an earlier one has noted.
    func save() throws {
        let stages = now.withLock { before.merging($0) { $1 } }
        guard !stages.isEmpty else { return }
        try store.keepBuildRecord(try JSONDocument.encode(stages), as: name)
    }
}
