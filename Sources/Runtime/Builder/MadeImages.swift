internal import OCI
internal import Synchronization

/// The images that the steps of one build have made, by several threads.
final class MadeImages: Sendable {
    private let found = Mutex<Set<Digest>>([])

    var ids: Set<Digest> { found.withLock { $0 } }

    func add(_ id: Digest) { found.withLock { _ = $0.insert(id) } }
}
