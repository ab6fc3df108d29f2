internal import Events
internal import Glibc
internal import LayerModel
internal import Linux

/// A call between its entry and its return, and on its way to the record. While its caller waits nothing is put
/// together that can be put together later.
final class PendingCall {
    /// What the layers held before the call.
    enum Evidence {
        /// Under names of a directory that was known.
        case look(KnownDirectory.Look)
        case walk(EvidenceCollector.Collection)
    }

    /// What the upper layer holds after the call, and what its new files take.
    enum After {
        /// Under the names of the look.
        case left(KnownDirectory.Left)
        case walk([LayerModel.Evidence.Row], costs: [Path: FileCost])
    }

    /// What the call is.
    enum Telling {
        case decoded(DecodedCall, FileOperation)
        case looked(LookedCall)
    }

    let pid: pid_t
    let program: String
    let credentials: Credentials
    let told: Telling
    var seen: Evidence
    /// When the caller was let go, by the monotonic clock.
    var released: Int64 = 0

    // Known when it has returned.
    var sequence = 0
    var nanoseconds: Int64 = 0
    /// What a call about extended attributes has left of its operand's in the upper layer; the record holds names alone.
    var attributes: [ByteString: [UInt8]]?
    var errno: LayerModel.Errno?
    var value: Int64 = 0
    var after: After?

    init(
        pid: pid_t, program: String, credentials: Credentials, told: Telling, seen: Evidence
    ) {
        self.pid = pid
        self.program = program
        self.credentials = credentials
        self.told = told
        self.seen = seen
    }

    /// Opening a FIFO waits for the other end: such a call must not hold up the rest.
    var mayBlock: Bool {
        // What was only looked at came to no FIFO.
        if case .decoded(_, .open) = told { seen.isFIFO } else { false }
    }

    func hole(_ reason: String) -> Hole {
        switch told {
        case .decoded(let decoded, _):
            Hole(pid: pid, syscall: decoded.name, path: decoded.arguments.first, reason: reason)
        case .looked(let call): Hole(pid: pid, syscall: call.syscall.rawValue, path: call.path, reason: reason)
        }
    }

    /// The call in words and as an operation.
    func decoded(_ words: OpenFlagWords) -> (words: DecodedCall, call: FileOperation) {
        switch told {
        case .decoded(let decoded, let operation): (decoded, operation)
        case .looked(let call): call.decode(words)
        }
    }

    private var whatIsThere: (rows: [LayerModel.Evidence.Row], costs: [Path: FileCost]) {
        switch (after, seen) {
        case (.left(let left), .look(let look)): (left.after(look), left.costs(look))
        case (.walk(let rows, let costs), _): (rows, costs)
        default: ([], [:])
        }
    }

    /// The record of the call, with its effects.
    ///
    /// - Throws: what `EffectDerivation` throws.
    func operation(_ words: OpenFlagWords) throws -> ObservedOperation {
        let (decoded, call) = decoded(words)
        let collection = seen.collection
        let (after, costs) = whatIsThere
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
        case .look(let look): return look.first.isFIFO
        case .walk(let walk):
            guard let path = walk.resolved.first ?? nil, let answer = walk.answer else { return false }
            return walk.evidence.rows.contains {
                $0.path == path && $0.layer == answer && $0.entry?.kind == .fifo
            }
        }
    }
}
