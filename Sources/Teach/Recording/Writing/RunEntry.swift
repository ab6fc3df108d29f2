import Events

/// One thing on its way to the writer's thread.
enum RunEntry: Sendable {
    case events(ContainerEvents, step: Int)
    case stepBegan(StepDescription, at: Int64)
    case stepEnded(Int, StepResult)
    case prediction(LessonPrediction, step: Int)
    case expectation(LessonExpectation, step: Int)
    case snapshot(LayerSnapshot, step: Int)
    case frameSettings(FrameSettings, step: Int)
    case frame(FrameCaption, step: Int)

    func judged(by judge: (ObservedOperation) -> Judgement?) -> JudgedEntry {
        guard case .events(let events, _) = self else { return JudgedEntry(entry: self) }
        var entry = JudgedEntry(entry: self)
        entry.judgements.reserveCapacity(events.events.count)
        for event in events.events {
            if case .operation(let operation) = event {
                entry.judgements.append(judge(operation))
                entry.texts.add(operation)
            } else {
                entry.judgements.append(nil)
            }
        }
        return entry
    }
}

/// An entry with the judgement on each of its events, where there is one.
struct JudgedEntry {
    var entry: RunEntry
    var judgements: [Judgement?] = []
    /// Those of the entry's operations, in their order.
    var texts = OperationTexts()
}

/// The longest columns of operations, made on the thread that hands them over: the writer has enough to do.
///
/// It goes from one thread to another and is touched by one at a time.
struct OperationTexts: @unchecked Sendable {
    private var buffer: TextBuffer?
    private var ends: [(call: Int, looks: Int)] = []

    /// One operation's, valid as long as the whole and until the next `add`.
    struct Part {
        /// The call as `EventWire` writes it; `nil` for one that was only refused.
        var call: UnsafeBufferPointer<UInt8>?
        var looks: UnsafeBufferPointer<UInt8>
    }

    mutating func add(_ operation: ObservedOperation) {
        let buffer = buffer ?? TextBuffer()
        self.buffer = buffer
        if let call = operation.call { buffer.append(EventWire.encode(call)) }
        let end = buffer.count
        LookText.write(operation.evidence, after: operation.after, to: buffer)
        ends.append((end, buffer.count))
    }

    subscript(index: Int) -> Part {
        let start = index == 0 ? 0 : ends[index - 1].looks
        let (call, looks) = ends[index]
        let bytes = buffer!.bytes
        return Part(
            call: call == start ? nil : UnsafeBufferPointer(rebasing: bytes[start..<call]),
            looks: UnsafeBufferPointer(rebasing: bytes[call..<looks]))
    }
}
