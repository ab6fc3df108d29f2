public import Events

/// What was recorded of one step: all that an expectation may look at.
public struct StepFacts: Hashable, Sendable {
    /// The shell's exit status (128 + n for signal n).
    public var exitStatus: Int32
    public var standardOutput: String
    public var standardError: String
    /// The observed calls of all containers of the step, in the order in which they were made.
    public var operations: [ObservedOperation]

    public init(
        exitStatus: Int32, standardOutput: String = "", standardError: String = "",
        operations: [ObservedOperation] = []
    ) {
        self.exitStatus = exitStatus
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.operations = operations
    }
}

/// An expectation held against the record.
public struct Finding: Hashable, Sendable {
    public var expectation: Expectation
    public var held: Bool
    /// What was recorded, as a sentence.
    public var sentence: String
}
