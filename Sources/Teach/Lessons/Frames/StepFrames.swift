internal import Events
public import LayerModel
public import Pictures
public import Recording

/// The frames of one step: composed from the step's own rows and from nothing else.
public struct StepFrames {
    public var title: String
    public var command: String
    public var columns: [Path]
    public var extent: FrameRequest.Extent
    public var place: LayerMatrix.Step?
    public var snapshots: [StackSnapshot]
    /// The step's calls in their order, with their containers and verdicts.
    public var calls: [RecordedCall]
    /// The instructions of a build, by the containers that ran them.
    public var instructions: [String: String]
    /// All of the step's calls, where `calls` are only those that bear on the columns.
    public var tally: StepTally?

    public init(
        title: String, command: String, columns: [Path], extent: FrameRequest.Extent, place: LayerMatrix.Step?,
        snapshots: [StackSnapshot], calls: [RecordedCall], instructions: [String: String] = [:],
        tally: StepTally? = nil
    ) {
        self.title = title
        self.command = command
        self.columns = columns
        self.extent = extent
        self.place = place
        self.snapshots = snapshots
        self.calls = calls
        self.instructions = instructions
        self.tally = tally
    }

    /// How many frames there are: one for each call that changed a layer, or the last alone.
    public var count: Int { extent == .last ? 1 : framed.count }

    /// All frames in their order.
    public var matrices: [LayerMatrix] { matrices(ofFramed: framed.indices) }

    /// One of the frames, from 0.
    public func matrix(_ number: Int) -> LayerMatrix { matrices(ofFramed: [number])[0] }

    /// The frames that tell the step where there is no room for all: those of a call that the kernel refused, which the
    /// other calls answer, and the last one.
    public var summary: [LayerMatrix] {
        let framed = framed
        return matrices(
            ofFramed: framed.indices.filter {
                calls[framed[$0]].operation.errno != nil || $0 == framed.count - 1
            })
    }

    private func matrices(ofFramed numbers: some Sequence<Int>) -> [LayerMatrix] {
        guard extent == .each else { return [matrix(upTo: calls.count, shown: telling)] }
        let framed = framed
        return numbers.map { number in
            matrix(
                upTo: framed[number] + 1, shown: [calls[framed[number]]],
                frame: framed.count > 1 ? .init(number + 1, of: framed.count) : nil)
        }
    }

    /// The calls that have a frame each.
    private var framed: [Int] {
        calls.indices.filter { !calls[$0].operation.effects.isEmpty || calls[$0].operation.errno == .EXDEV }
    }

    /// The calls that tell most of what the step did, the last one of them for the caption.
    private var telling: [RecordedCall] {
        let changing = calls.filter { !$0.operation.effects.isEmpty }
        if !changing.isEmpty { return changing }
        let onColumns = calls.filter { call in
            call.operation.resolved.contains { path in path.map(columns.contains) ?? false }
        }
        return onColumns.isEmpty ? calls : onColumns
    }

    private func matrix(
        upTo count: Int, shown: [RecordedCall], frame: LayerMatrix.Step.Frame? = nil
    ) -> LayerMatrix {
        let past = Array(calls.prefix(count))
        var operations: [String: [ObservedOperation]] = [:]
        // In a frame for one call only that call's marks are new; in the last one all of the step's are.
        for call in extent == .each ? shown : past { operations[call.container, default: []].append(call.operation) }
        // When all calls have returned, the snapshot itself is what there is: it also knows what write(2) did since.
        // Of a container that is gone, what its calls left is what is known.
        let isLast = count == calls.count
        let snapshots = comparable(with: mostTelling(shown)?.container).map { snapshot in
            if isLast, !snapshot.isGone { return snapshot }
            let own = calls.filter { $0.container == snapshot.container }
            let done = past.filter { $0.container == snapshot.container }.count
            return snapshot.after(done, of: own.map(\.operation))
        }
        let composer = FrameComposer(columns: columns, snapshots: snapshots, operations: operations)
        var place = place
        place?.frame = frame
        return composer.matrix(caption: caption(shown, place))
    }

    /// The containers that stand on the same layers as one of them, or as the last: the rows of one picture are of one
    /// stack, and each instruction of a build stands on another.
    private func comparable(with container: String?) -> [StackSnapshot] {
        guard let told = snapshots.first(where: { $0.container == container }) ?? snapshots.last else { return [] }
        return snapshots.filter { $0.lowers == told.lowers }
    }

    private func caption(_ shown: [RecordedCall], _ place: LayerMatrix.Step?) -> LayerMatrix.Caption {
        guard let call = mostTelling(shown) else {
            return LayerMatrix.Caption(cause: title, effect: "", subtitle: command, step: place)
        }
        let operation = call.operation
        let instruction = instructions[call.container]
        // A tally is the whole step's; else the calls beside this one are the instruction's own.
        let own = instruction == nil ? shown : shown.filter { $0.container == call.container }
        let count = tally.map { $0.calls.reduce(0) { $0 + $1.count } } ?? own.count
        let whose = tally != nil && instruction != nil ? " in this step" : ""
        let others = count > 1 ? ", and \(count - 1) more \(count == 2 ? "call" : "calls")\(whose)" : ""
        return LayerMatrix.Caption(
            cause: CallText.call(operation), effect: CallText.effect(operation),
            subtitle: "\(instruction ?? command) · \(operation.program), process \(operation.pid)\(others)",
            step: place,
            verdict: mark(shown))
    }

    /// The call with the effect that a learner came for: a copy-up or a mark before a mere new name.
    private func mostTelling(_ calls: [RecordedCall]) -> RecordedCall? {
        calls.enumerated().max {
            ($0.element.operation.tellingRank, $0.offset) < ($1.element.operation.tellingRank, $1.offset)
        }?.element
    }

    private func mark(_ calls: [RecordedCall]) -> LayerMatrix.VerdictMark? {
        if let counts = tally?.verdicts {
            if counts.refuted > 0 { return .refuted }
            if counts.unmodelled > 0 { return .unmodelled }
            return counts.confirmed > 0 ? .confirmed : nil
        }
        let names = calls.compactMap { $0.judgement?.verdict.name }
        for mark in [LayerMatrix.VerdictMark.refuted, .unmodelled, .confirmed] where names.contains(mark.rawValue) {
            return mark
        }
        return nil
    }
}
