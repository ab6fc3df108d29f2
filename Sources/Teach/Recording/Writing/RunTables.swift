import Events
import GRDB
import LayerModel

/// Turns what happened into rows. Used by the one thread that writes the run: it gives out the run's `seq` and knows
/// which steps and containers have their rows. After an error it must not be used again: the transaction took rows back.
final class RunTables {
    let run: Int64
    private var lastSequence: Int64 = 0
    private var steps: [Int: Int64] = [:]
    private var containers: [String: Int64] = [:]
    private var layers: Set<LayerKey> = []
    /// By table; of the transaction under way.
    private var insertions: [String: Insertion] = [:]

    private struct LayerKey: Hashable {
        var container: Int64
        var layer: LayerID
    }

    init(run: Int64) { self.run = run }

    func insert(_ entries: [JudgedEntry], _ db: Database) throws {
        defer { insertions = [:] }
        var operations = try OperationInsertions(db)
        for judged in entries {
            switch judged.entry {
            case .events(let events, let number):
                let step = try stepID(number, db)
                var count = 0
                for (event, judgement) in zip(events.events, judged.judgements) {
                    if case .operation(let operation) = event {
                        try operations.insert(
                            operation, judgement, judged.texts[count], line: Line(run: run, step: step),
                            container: try containerID(events.container, db), sequence: &lastSequence)
                        count += 1
                    } else {
                        try insert(event, container: events.container, step: step, db)
                    }
                }
            case .stepBegan(let step, let time): try begin(step, at: time, db)
            case .stepEnded(let number, let result): try end(try stepID(number, db), result, db)
            case .prediction(let prediction, let number):
                let row = try line("predictions", "question, expected, answer, outcome", step: stepID(number, db), db)
                for text in [prediction.question, prediction.expected, prediction.answer, prediction.outcome] {
                    row.bind(text)
                }
                try row.add()
            case .expectation(let expectation, let number):
                let row = try line("expectations", "text, held, detail", step: stepID(number, db), db)
                row.bind(expectation.text)
                row.bind(expectation.held)
                row.bind(expectation.detail)
                try row.add()
            case .snapshot(let snapshot, let number): try insert(snapshot, step: stepID(number, db), db)
            case .frameSettings(let settings, let number):
                let row = try line(
                    "frame_settings", "columns, extent, number, count, caption", step: stepID(number, db), db)
                row.bind(settings.columns.map(\.description).json)
                row.bind(settings.extent)
                row.bind(settings.number)
                row.bind(settings.count)
                row.bind(settings.caption)
                try row.add()
            case .frame(let frame, let number):
                let row = try line("frames", "number, title, description", step: stepID(number, db), db)
                row.bind(frame.number)
                row.bind(frame.title)
                row.bind(frame.description)
                try row.add()
            }
        }
        try operations.finish()
        for insertion in insertions.values { try insertion.finish() }
    }

    private func insert(_ event: Event, container: String, step: Int64, _ db: Database) throws {
        switch event {
        case .container(let event):
            let id = try containerID(container, db)
            try update(id, event, db)
            let row = try line("container_events", "container, event, exit_status", step: step, db)
            row.bind(id)
            row.bind(event.kind.rawValue)
            row.bind(event.exitStatus)
            try row.add()
        case .layer(let layer):
            let id = try containerID(container, db)
            // A container that is started again tells its stack again.
            guard layers.insert(LayerKey(container: id, layer: layer.layer)).inserted else { return }
            let row = try line("layers", "container, layer, diff_id, chain_id, created_by, size", step: step, db)
            row.bind(id)
            row.bind(layer.layer)
            row.bind(layer.diffID)
            row.bind(layer.chainID)
            row.bind(layer.createdBy)
            row.bind(layer.size)
            try row.add()
        case .setup(let setup):
            let row = try line("setup_steps", "container, number, name, detail, errno, ns", step: step, db)
            row.bind(try containerID(container, db))
            row.bind(setup.index)
            row.bind(setup.name)
            row.bind(setup.detail)
            row.bind(setup.errno?.name)
            row.bind(setup.nanoseconds)
            try row.add()
        case .process(let process):
            let row = try line(
                "processes", "container, event, pid, parent, program, arguments, exit_status", step: step, db)
            row.bind(try containerID(container, db))
            row.bind(process.kind.rawValue)
            row.bind(process.pid)
            row.bind(process.parent)
            row.bind(process.program)
            row.bind(process.kind == .exec ? process.arguments.json : nil)
            row.bind(process.exitStatus)
            try row.add()
        case .operation: preconditionFailure("operations are inserted with their judgement")
        case .hole(let hole):
            let row = try line("holes", "container, pid, syscall, path, reason", step: step, db)
            row.bind(try optionalContainerID(container, db))
            row.bind(hole.pid)
            row.bind(hole.syscall)
            row.bind(hole.path)
            row.bind(hole.reason)
            try row.add()
        case .sample(let sample):
            let row = try line("samples", "container, name, value", step: step, db)
            row.bind(try optionalContainerID(container, db))
            row.bind(sample.name)
            row.bind(sample.value)
            try row.add()
        case .warning(let text):
            let row = try line("warnings", "container, text", step: step, db)
            row.bind(try optionalContainerID(container, db))
            row.bind(text)
            try row.add()
        }
    }

    private func insert(_ snapshot: LayerSnapshot, step: Int64, _ db: Database) throws {
        let container = try containerID(snapshot.container, db)
        for look in snapshot.rows {
            let row = try line("snapshots", "container, gone, path, layer, \(Insertion.entryColumns)", step: step, db)
            row.bind(container)
            row.bind(snapshot.isGone)
            row.bind(look.path)
            row.bind(look.layer)
            row.bind(look.entry)
            try row.add()
        }
    }

    /// The one insertion into `table`, prepared when the transaction needs it first.
    private func insertion(
        into table: String, _ columns: String, gathers: Bool = false, _ db: Database
    ) throws -> Insertion {
        if let insertion = insertions[table] { return insertion }
        let insertion = try Insertion(db, into: table, columns, gathers: gathers)
        insertions[table] = insertion
        return insertion
    }

    /// An insertion into a table of lines, its first three columns bound.
    private func line(_ table: String, _ columns: String, step: Int64, _ db: Database) throws -> Insertion {
        let row = try insertion(into: table, "run, step, seq, " + columns, gathers: true, db)
        row.bind(run)
        row.bind(step)
        row.bind(nextSequence())
        return row
    }

    private func nextSequence() -> Int64 {
        lastSequence += 1
        return lastSequence
    }

    private func begin(_ step: StepDescription, at time: Int64, _ db: Database) throws {
        let id = try stepID(step.number, db)
        try db.execute(
            sql: "UPDATE steps SET example = ?, title = ?, command = ?, started = ? WHERE id = ?",
            arguments: [step.example, step.title, step.command, time, id])
    }

    private func end(_ step: Int64, _ result: StepResult, _ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE steps SET exit_status = ?, ns = ?, stdout = ?, stdout_bytes = ?, stderr = ?, stderr_bytes = ?
                WHERE id = ?
                """,
            arguments: [
                result.exitStatus, result.nanoseconds, result.stdout.start(of: StepResult.longestOutput),
                result.stdout.utf8.count, result.stderr.start(of: StepResult.longestOutput),
                result.stderr.utf8.count, step,
            ])
    }

    private func stepID(_ number: Int, _ db: Database) throws -> Int64 {
        if let id = steps[number] { return id }
        let row = try insertion(into: "steps", "run, seq, number", db)
        row.bind(run)
        row.bind(nextSequence())
        row.bind(number)
        let id = try row.run()
        steps[number] = id
        return id
    }

    private func containerID(_ container: String, _ db: Database) throws -> Int64 {
        if let id = containers[container] { return id }
        let row = try insertion(into: "containers", "run, container", db)
        row.bind(run)
        row.bind(container)
        let id = try row.run()
        containers[container] = id
        return id
    }

    /// `nil` for what belongs to no container.
    private func optionalContainerID(_ container: String, _ db: Database) throws -> Int64? {
        container.isEmpty ? nil : try containerID(container, db)
    }

    private func update(_ container: Int64, _ event: ContainerEvent, _ db: Database) throws {
        let row: Insertion
        if let prepared = insertions["UPDATE containers"] {
            row = prepared
        } else {
            row = try Insertion(
                db,
                """
                UPDATE containers SET name = ?, image = ?, command = ?, status = ?,
                exit_status = coalesce(?, exit_status) WHERE id = ?
                """)
            insertions["UPDATE containers"] = row
        }
        for text in [event.name, event.image, event.command.json, event.kind.rawValue] { row.bind(text) }
        row.bind(event.exitStatus)
        row.bind(container)
        try row.run()
    }
}

extension [String] {
    /// The strings as a JSON array.
    var json: String { JSONValue.array(map { .string($0) }).description }
}

extension String {
    /// As many whole code points from the start as fit into `bytes` bytes of UTF-8.
    func start(of bytes: Int) -> String {
        guard utf8.count > bytes else { return self }
        var end = utf8.index(startIndex, offsetBy: bytes)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
