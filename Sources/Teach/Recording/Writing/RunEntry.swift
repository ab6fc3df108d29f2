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
        guard case .events(let events, _) = self else { return JudgedEntry(entry: self, judgements: []) }
        return JudgedEntry(
            entry: self,
            judgements: events.events.map { event in
                if case .operation(let operation) = event { judge(operation) } else { nil }
            })
    }
}

/// An entry with the judgement on each of its events, where there is one.
struct JudgedEntry {
    var entry: RunEntry
    var judgements: [Judgement?]
}
