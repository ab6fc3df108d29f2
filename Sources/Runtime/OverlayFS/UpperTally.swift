internal import Events
internal import Glibc
internal import LayerModel

/// Keeps count of the names in the upper layer by the effects that were recorded, so that a last look at the
/// directory finds what the observer missed.
struct UpperTally {
    private let layers: LayerDirectories
    private var expected: Set<Path> = []

    init(layers: LayerDirectories) { self.layers = layers }

    /// Starts from what is there now: a container may have run before.
    ///
    /// - Throws: `SystemCallError`
    mutating func begin() throws { expected = try layers.upperNames() }

    /// Applies what one call was seen to do.
    mutating func account(for operation: ObservedOperation) {
        for effect in operation.effects.lazy.map(\.effect) {
            switch effect.kind {
            case .remove: removeAll(at: effect.path, unlessMovedBy: operation)
            case .create, .copyUp, .parentCopyUp, .whiteout: expected.insert(effect.path)
            case .linkBroken, .opaque, .redirect: break
            }
        }
    }

    /// A directory that goes takes along what is beneath it: whiteouts on rmdir(2), everything on rename(2).
    private mutating func removeAll(at path: Path, unlessMovedBy operation: ObservedOperation) {
        expected.remove(path)
        let wasDirectory = operation.evidence.rows.contains {
            $0.path == path && $0.layer == .upper && $0.entry?.kind == .directory
        }
        guard wasDirectory else { return }
        let beneath = expected.filter { $0.isAtOrBeneath(path) }
        expected.subtract(beneath)
        if case .rename(_, _, let flags) = operation.call, let old = operation.resolved.first ?? nil,
            let new = operation.resolved.last ?? nil
        {
            let target = path == old ? new : flags.contains(.exchange) ? old : nil
            guard let target else { return }
            let depth = path.components.count
            expected.formUnion(beneath.map { Path(components: target.components + $0.components.dropFirst(depth)) })
        }
    }

    /// The names that came or went without a recorded effect.
    ///
    /// - Throws: `SystemCallError`
    func unattributed() throws -> [Hole] {
        let found = try layers.upperNames()
        let came = found.subtracting(expected).sorted().map {
            Hole(path: $0.description, reason: "the upper layer holds a name that no observed call made")
        }
        let went = expected.subtracting(found).sorted().map {
            Hole(path: $0.description, reason: "a name left the upper layer without an observed call")
        }
        return came + went
    }
}
