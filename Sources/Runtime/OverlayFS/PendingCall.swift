internal import Events
internal import Glibc
internal import LayerModel

/// A call between its entry and its return, and on its way to the record. While its caller waits nothing is put
/// together that can be put together later.
final class PendingCall {
    /// What the layers held before the call.
    enum Evidence {
        /// Under names of a directory that was known.
        case look(KnownDirectories.Look)
        case walk(EvidenceCollector.Collection)
    }

    let pid: pid_t
    let program: String
    let credentials: Credentials
    let decoded: DecodedCall
    let call: FileOperation
    var seen: Evidence
    /// When the caller was let go, by the monotonic clock.
    var released: Int64 = 0

    // Known when it has returned.
    var sequence = 0
    var nanoseconds: Int64 = 0
    var errno: LayerModel.Errno?
    var value: Int64 = 0
    /// What the upper layer holds after a call that was evidenced by a walk, and what its new files take.
    var after: [LayerModel.Evidence.Row] = []
    var costs: [Path: FileCost] = [:]

    init(
        pid: pid_t, program: String, credentials: Credentials, decoded: DecodedCall, call: FileOperation,
        seen: Evidence
    ) {
        self.pid = pid
        self.program = program
        self.credentials = credentials
        self.decoded = decoded
        self.call = call
        self.seen = seen
    }

    /// Opening a FIFO waits for the other end: such a call must not hold up the rest.
    var mayBlock: Bool {
        if case .open = call { seen.isFIFO } else { false }
    }

    func hole(_ reason: String) -> Hole {
        Hole(pid: pid, syscall: decoded.name, path: decoded.arguments.first, reason: reason)
    }

    /// The record of the call, with its effects.
    ///
    /// - Throws: what `EffectDerivation` throws.
    func operation() throws -> ObservedOperation {
        let collection = seen.collection
        var (after, costs) = (after, costs)
        if case .look(let look) = seen { (after, costs) = (look.after, look.costs) }
        return ObservedOperation(
            sequence: sequence, pid: pid, program: program, syscall: decoded.name, call: call,
            arguments: decoded.arguments, flags: decoded.flags, credentials: credentials, errno: errno, value: value,
            nanoseconds: nanoseconds, resolved: collection.resolved, answer: collection.answer,
            evidence: collection.evidence, after: after,
            effects: try EffectDerivation.effects(
                of: call, errno: errno, collection: collection, after: after, cost: { costs[$0] }))
    }
}

extension PendingCall.Evidence {
    var collection: EvidenceCollector.Collection {
        switch self {
        case .look(let look): look.collection
        case .walk(let collection): collection
        }
    }

    /// Whether a symbolic link may have been followed: one stands somewhere else than under a last name.
    var hasFollowedLinks: Bool {
        switch self {
        case .look(let look): look.hasFollowedLinks
        case .walk(let walk):
            walk.evidence.rows.contains { $0.entry?.kind == .symlink && !walk.resolved.contains($0.path) }
        }
    }

    /// Whether the first operand came to a FIFO.
    var isFIFO: Bool {
        switch self {
        case .look(let look): return look.isFIFO
        case .walk(let walk):
            guard let path = walk.resolved.first ?? nil, let answer = walk.answer else { return false }
            return walk.evidence.rows.contains {
                $0.path == path && $0.layer == answer && $0.entry?.kind == .fifo
            }
        }
    }
}
