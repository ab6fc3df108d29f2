import Events
import GRDB
import LayerModel

/// Where a line stands.
struct Line {
    var run: Int64
    var step: Int64
}

/// The statements of an operation and of what belongs to it: nearly all the rows of a run.
struct OperationInsertions {
    private var operations: Insertion
    private var evidence: Insertion
    private var listings: Insertion
    private var effects: Insertion
    private var verdicts: Insertion
    /// One path is looked at in each layer, in rows that follow one another.
    private var lastPath: (path: Path, text: String)?

    init(_ db: Database) throws {
        operations = try Insertion(
            db, into: "operations",
            """
            run, step, seq, container, number, pid, program, syscall, path, path2, resolved, resolved2, flags, errno,
            value, ns, answer, uid, gid, call
            """)
        evidence = try Insertion(
            db, into: "evidence",
            "operation, phase, path, layer, \(Insertion.entryColumns)")
        listings = try Insertion(db, into: "listings", "operation, path")
        effects = try Insertion(
            db, into: "effects", "operation, seq, kind, path, layer, size, allocated, shared")
        verdicts = try Insertion(
            db, into: "verdicts", "operation, seq, verdict, predicted_errno, predicted_effects, reason")
    }

    /// The operation takes the next number of `sequence`, its effects and verdict those that follow.
    mutating func insert(
        _ operation: ObservedOperation, _ judgement: Judgement?, line: Line, container: Int64,
        sequence: inout Int64
    ) throws {
        func next() -> Int64 {
            sequence += 1
            return sequence
        }
        let id = try insert(operation, line: line, container: container, sequence: next())
        for row in operation.evidence.rows { try insert(row, phase: "before", operation: id) }
        for row in operation.after { try insert(row, phase: "after", operation: id) }
        for path in operation.evidence.listed {
            listings.bind(id)
            listings.bind(path.description)
            try listings.run()
        }
        for effect in operation.effects {
            effects.bind(id)
            effects.bind(next())
            effects.bind(effect.effect.kind.rawValue)
            effects.bind(effect.effect.path.description)
            effects.bind(effect.effect.layer.description)
            effects.bind(effect.effect.size)
            effects.bind(effect.allocated)
            effects.bind(effect.shared)
            try effects.run()
        }
        if let judgement { try insert(judgement, operation: id, sequence: next()) }
    }

    private mutating func insert(
        _ operation: ObservedOperation, line: Line, container: Int64, sequence: Int64
    ) throws -> Int64 {
        // Where the caller named no path, the call knows what its descriptor stood for.
        let paths =
            operation.arguments.isEmpty ? operation.call?.paths.map(\.description) ?? [] : operation.arguments
        operations.bind(line.run)
        operations.bind(line.step)
        operations.bind(sequence)
        operations.bind(container)
        operations.bind(operation.sequence)
        operations.bind(operation.pid)
        operations.bind(operation.program)
        operations.bind(operation.syscall)
        operations.bind(paths.first)
        operations.bind(paths.dropFirst().first)
        operations.bind(operation.resolved.first.flatMap { $0 }?.description)
        operations.bind(operation.resolved.dropFirst().first.flatMap { $0 }?.description)
        operations.bind(operation.flags.isEmpty ? nil : operation.flags)
        operations.bind(operation.errno?.name)
        operations.bind(operation.value)
        operations.bind(operation.nanoseconds)
        operations.bind(operation.answer?.description)
        operations.bind(operation.credentials.uid)
        operations.bind(operation.credentials.gid)
        operations.bind(operation.call.map(EventWire.encode))
        return try operations.run()
    }

    private mutating func insert(_ row: Evidence.Row, phase: String, operation: Int64) throws {
        if lastPath?.path != row.path { lastPath = (row.path, row.path.description) }
        evidence.bind(operation)
        evidence.bind(phase)
        evidence.bind(lastPath?.text)
        evidence.bind(row.layer.description)
        evidence.bind(row.entry)
        try evidence.run()
    }

    private mutating func insert(_ judgement: Judgement, operation: Int64, sequence: Int64) throws {
        var predicted: Outcome?
        if case .outcome(let outcome) = judgement.prediction { predicted = outcome }
        var reason: String?
        if case .unmodelled(let text) = judgement.verdict { reason = text }
        verdicts.bind(operation)
        verdicts.bind(sequence)
        verdicts.bind(judgement.verdict.name)
        verdicts.bind(predicted?.errno?.name)
        verdicts.bind(predicted.map { JSONValue.array($0.effects.map(\.json)).description })
        verdicts.bind(reason)
        try verdicts.run()
    }
}

extension LayerEffect {
    /// The effect as lines and `verdicts.predicted_effects` hold it.
    var json: JSONValue {
        .object([
            .init("effect", .string(kind.rawValue)), .init("path", .string(path.description)),
            .init("layer", .layer(layer.description)), .init("size", .int(size)),
        ])
    }
}
