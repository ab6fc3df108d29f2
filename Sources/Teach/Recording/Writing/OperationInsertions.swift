import Events
import GRDB
import LayerModel

/// Where a line stands.
struct Line {
    var run: Int64
    var step: Int64
}

/// The statements of an operation and of its effects: nearly all the rows of a run.
struct OperationInsertions {
    private let operations: Insertion
    private let effects: Insertion
    /// The next operation's id. The transaction has the record to itself, so that ids can be given out here.
    private var nextID: Int64

    init(_ db: Database) throws {
        operations = try Insertion(
            db, into: "operations",
            """
            id, run, step, seq, container, number, pid, program, syscall, path, path2, resolved, resolved2, flags, errno,
            value, ns, answer, uid, gid, capabilities, groups, call, looks, listed, verdict, predicted_errno, predicted_effects, reason
            """, gathers: true)
        effects = try Insertion(
            db, into: "effects", "operation, seq, kind, path, layer, size, allocated, shared", gathers: true)
        nextID = try Int64.fetchOne(db, sql: "SELECT max(id) FROM operations").map { $0 + 1 } ?? 1
    }

    /// The operation takes the next number of `sequence`, its effects and verdict those that follow.
    ///
    /// - Parameter texts: must live until `finish`.
    mutating func insert(
        _ operation: ObservedOperation, _ judgement: Judgement?, _ texts: OperationTexts.Part, line: Line,
        container: Int64, sequence: inout Int64
    ) throws {
        sequence += 1
        let id = nextID
        nextID += 1
        operations.bind(id)
        try insert(operation, judgement, texts, line: line, container: container, sequence: sequence)
        for effect in operation.effects {
            sequence += 1
            effects.bind(id)
            effects.bind(sequence)
            effects.bind(effect.effect.kind.rawValue)
            effects.bind(effect.effect.path)
            effects.bind(effect.effect.layer)
            effects.bind(effect.effect.size)
            effects.bind(effect.allocated)
            effects.bind(effect.shared)
            try effects.add()
        }
        if judgement != nil { sequence += 1 }
    }

    /// Stores what is not stored yet.
    func finish() throws {
        try operations.finish()
        try effects.finish()
    }

    private func insert(
        _ operation: ObservedOperation, _ judgement: Judgement?, _ texts: OperationTexts.Part, line: Line,
        container: Int64, sequence: Int64
    ) throws {
        operations.bind(line.run)
        operations.bind(line.step)
        operations.bind(sequence)
        operations.bind(container)
        operations.bind(operation.sequence)
        operations.bind(operation.pid)
        operations.bind(operation.program)
        operations.bind(operation.syscall)
        if operation.arguments.isEmpty {
            // Where the caller named no path, the call knows what its descriptor stood for.
            let paths = operation.call?.paths ?? []
            operations.bind(paths.first)
            operations.bind(paths.dropFirst().first)
        } else {
            operations.bind(operation.arguments.first)
            operations.bind(operation.arguments.dropFirst().first)
        }
        operations.bind(operation.resolved.first.flatMap { $0 })
        operations.bind(operation.resolved.dropFirst().first.flatMap { $0 })
        operations.bind(operation.flags.isEmpty ? nil : operation.flags)
        operations.bind(operation.errno?.name)
        operations.bind(operation.value)
        operations.bind(operation.nanoseconds)
        operations.bind(operation.answer)
        operations.bind(operation.credentials.uid)
        operations.bind(operation.credentials.gid)
        operations.bind(Int64(bitPattern: operation.credentials.capabilities))
        let groups = operation.credentials.groups
        operations.bind(groups.isEmpty ? nil : "[\(groups.map(String.init).joined(separator: ","))]")
        operations.bind(blob: texts.call)
        operations.bind(text: texts.looks)
        operations.bind(
            operation.evidence.listed.isEmpty ? nil : operation.evidence.listed.map(\.description).json)
        bind(judgement)
        try operations.add()
    }

    /// A confirmed prediction is the outcome, which stands in the row and its effects already.
    private func bind(_ judgement: Judgement?) {
        var predicted: Outcome?
        var reason: String?
        switch judgement?.verdict {
        case .confirmed, nil: break
        case .refuted(let outcome, _): predicted = outcome
        case .unmodelled(let text): reason = text
        }
        operations.bind(judgement?.verdict.name)
        operations.bind(predicted?.errno?.name)
        operations.bind(predicted.map { JSONValue.array($0.effects.map(\.json)).description })
        operations.bind(reason)
    }
}

extension LayerEffect {
    /// The effect as lines and `operations.predicted_effects` hold it.
    var json: JSONValue {
        .object([
            .init("effect", .string(kind.rawValue)), .init("path", .string(path.description)),
            .init("layer", .layer(layer.description)), .init("size", .int(size)),
        ])
    }
}
