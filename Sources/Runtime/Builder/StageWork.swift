internal import OCI

/// A stage while it is built. All that changes is its own: stages that are built at the same time share nothing.
struct StageWork {
    let index: Int
    /// The stages that it begins as or takes files from, as they were built.
    let earlier: [Int: StageState]
    let output: StageOutput
    let control: BuildControl
    let beginnings: CommonBeginnings
    /// The number of its FROM among the build's steps, and of how many.
    private var stepNumber: Int
    private let stepCount: Int

    var state = StageState.scratch
    var arguments: BuildArguments
    var explanation: CacheExplanation
    /// Whether the cache was asked in vain: then it is not asked again.
    var hasMissed = false
    /// Whether the base image's triggers are being carried out: their images are not shown.
    var isTriggered = false

    init(
        _ index: Int, steps: (first: Int, count: Int), from earlier: [Int: StageState], _ arguments: BuildArguments,
        _ explanation: CacheExplanation, _ output: StageOutput, _ control: BuildControl,
        _ beginnings: CommonBeginnings
    ) {
        self.index = index
        self.earlier = earlier
        self.output = output
        self.control = control
        self.beginnings = beginnings
        self.arguments = arguments
        self.explanation = explanation
        (stepNumber, stepCount) = (steps.first, steps.count)
    }

    var variables: [String: String] { arguments.variables(under: state.environment) }

    /// Tells the next step.
    mutating func step(_ text: String) throws {
        try say("Step \(stepNumber)/\(stepCount) : \(text)")
        stepNumber += 1
    }

    func say(_ line: String) throws { try output.say(line) }

    /// Shows the image that a step made.
    func finish() throws { if !isTriggered { try say(" ---> \(state.id?.short ?? "")") } }
}
