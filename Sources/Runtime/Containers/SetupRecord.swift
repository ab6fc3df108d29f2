import Events
import LayerModel
import Linux

/// What the child has reported so far.
struct SetupRecord {
    let plan: Plan
    private(set) var steps: [SetupStep] = []
    private(set) var failure: (step: PlanStep, subject: String?, errno: Errno)?
    private(set) var isWaiting = false
    private var executingSince: Int64?
    /// Whether exec is among the steps.
    private(set) var isOver = false

    init(_ plan: Plan) { self.plan = plan }

    mutating func add(_ reports: [PlanReport]) {
        for report in reports {
            isWaiting = false
            switch report {
            case .done(let index, let nanoseconds): steps.append(step(index, nil, nanoseconds))
            case .waiting: isWaiting = true
            case .executing(_, let since): executingSince = since
            case .failed(let index, let subject, let errno, let nanoseconds):
                failure = (plan.steps[index], subject, errno)
                steps.append(step(index, errno, nanoseconds))
            }
        }
    }

    /// Whether exec was reached and did not fail.
    var isComplete: Bool { failure == nil && executingSince != nil }

    /// Adds exec itself, which has nobody left to report it; it takes 0 ns where nobody saw its end.
    mutating func complete(at now: Int64?) {
        guard let executingSince, failure == nil, !isOver else { return }
        isOver = true
        steps.append(step(plan.steps.count - 1, nil, now.map { $0 - executingSince } ?? 0))
    }

    private func step(_ index: Int, _ errno: Errno?, _ nanoseconds: Int64) -> SetupStep {
        let step = plan.steps[index]
        return SetupStep(
            index: index + 1, name: step.name, detail: step.detail, errno: errno, nanoseconds: nanoseconds)
    }
}
