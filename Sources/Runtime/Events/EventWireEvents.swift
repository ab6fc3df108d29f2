import LayerModel

// Events: a tag, then the fields in the order of their declaration.

extension WireWriter {
    mutating func frame(_ frame: EventWire.Frame) {
        switch frame {
        case .events(let events, let step):
            bytes.append(1)
            signed(step)
            string(events.container)
            list(events.events) { $0.event($1) }
        case .commit: bytes.append(2)
        }
    }

    mutating func event(_ event: Event) {
        switch event {
        case .container(let event):
            bytes.append(0)
            choice(event.kind)
            string(event.name)
            string(event.image)
            list(event.command) { $0.string($1) }
            optional(event.exitStatus) { $0.signed($1) }
        case .layer(let layer):
            bytes.append(1)
            self.layer(layer.layer)
            optional(layer.diffID) { $0.string($1) }
            optional(layer.chainID) { $0.string($1) }
            string(layer.createdBy)
            signed(layer.size)
        case .setup(let step):
            bytes.append(2)
            signed(step.index)
            string(step.name)
            string(step.detail)
            optional(step.errno) { $0.errno($1) }
            signed(step.nanoseconds)
        case .process(let event):
            bytes.append(3)
            choice(event.kind)
            signed(event.pid)
            optional(event.parent) { $0.signed($1) }
            optional(event.program) { $0.string($1) }
            list(event.arguments) { $0.string($1) }
            optional(event.exitStatus) { $0.signed($1) }
        case .operation(let operation):
            bytes.append(4)
            self.operation(operation)
        case .hole(let hole):
            bytes.append(5)
            optional(hole.pid) { $0.signed($1) }
            optional(hole.syscall) { $0.string($1) }
            optional(hole.path) { $0.string($1) }
            string(hole.reason)
        case .sample(let sample):
            bytes.append(6)
            string(sample.name)
            signed(sample.value)
        case .warning(let text):
            bytes.append(7)
            string(text)
        }
    }

    private mutating func operation(_ operation: ObservedOperation) {
        signed(operation.sequence)
        signed(operation.pid)
        string(operation.program)
        string(operation.syscall)
        optional(operation.call) { $0.call($1) }
        list(operation.arguments) { $0.string($1) }
        string(operation.flags)
        credentials(operation.credentials)
        optional(operation.errno) { $0.errno($1) }
        signed(operation.value)
        signed(operation.nanoseconds)
        list(operation.resolved) { $0.optional($1) { $0.path($1) } }
        optional(operation.answer) { $0.layer($1) }
        evidence(operation.evidence)
        list(operation.after) { $0.row($1) }
        list(operation.effects) { writer, effect in
            writer.effect(effect.effect)
            writer.optional(effect.allocated) { $0.signed($1) }
            writer.optional(effect.shared) { $0.signed($1) }
        }
    }
}

extension WireReader {
    mutating func frame() throws(EventWireError) -> EventWire.Frame {
        switch try byte() {
        case 1:
            let step = try signed(Int.self)
            let container = try string()
            let events = try list { reader throws(EventWireError) in try reader.event() }
            return .events(ContainerEvents(container: container, events: events), step: step)
        case 2: return .commit
        default: throw malformed("an unknown frame")
        }
    }

    mutating func event() throws(EventWireError) -> Event {
        switch try byte() {
        case 0:
            .container(
                ContainerEvent(
                    kind: try choice(ContainerEvent.Kind.self), name: try string(), image: try string(),
                    command: try strings(), exitStatus: try status()))
        case 1:
            .layer(
                StackedLayer(
                    layer: try layer(), diffID: try text(), chainID: try text(), createdBy: try string(),
                    size: try signed(Int64.self)))
        case 2:
            .setup(
                SetupStep(
                    index: try signed(Int.self), name: try string(), detail: try string(), errno: try failure(),
                    nanoseconds: try signed(Int64.self)))
        case 3:
            .process(
                ProcessEvent(
                    kind: try choice(ProcessEvent.Kind.self), pid: try signed(Int32.self), parent: try status(),
                    program: try text(), arguments: try strings(), exitStatus: try status()))
        case 4: .operation(try operation())
        case 5: .hole(Hole(pid: try status(), syscall: try text(), path: try text(), reason: try string()))
        case 6: .sample(ResourceSample(name: try string(), value: try signed(Int64.self)))
        case 7: .warning(try string())
        default: throw malformed("an unknown event")
        }
    }

    private mutating func operation() throws(EventWireError) -> ObservedOperation {
        ObservedOperation(
            sequence: try signed(Int.self), pid: try signed(Int32.self), program: try string(),
            syscall: try string(), call: try optional { reader throws(EventWireError) in try reader.call() },
            arguments: try strings(), flags: try string(), credentials: try credentials(), errno: try failure(),
            value: try signed(Int64.self), nanoseconds: try signed(Int64.self),
            resolved: try list { reader throws(EventWireError) in
                try reader.optional { reader throws(EventWireError) in try reader.path() }
            },
            answer: try optional { reader throws(EventWireError) in try reader.layer() },
            evidence: try evidence(),
            after: try list { reader throws(EventWireError) in try reader.row() },
            effects: try list { reader throws(EventWireError) in
                ObservedEffect(try reader.effect(), allocated: try reader.bytes(), shared: try reader.bytes())
            })
    }

    private mutating func strings() throws(EventWireError) -> [String] {
        try list { reader throws(EventWireError) in try reader.string() }
    }

    private mutating func failure() throws(EventWireError) -> Errno? {
        try optional { reader throws(EventWireError) in try reader.errno() }
    }

    /// An exit status or process id that may be missing.
    private mutating func status() throws(EventWireError) -> Int32? {
        try optional { reader throws(EventWireError) in try reader.signed(Int32.self) }
    }

    private mutating func bytes() throws(EventWireError) -> Int64? {
        try optional { reader throws(EventWireError) in try reader.signed(Int64.self) }
    }
}
