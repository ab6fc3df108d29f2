public import LayerModel
public import Scripts
public import StorageDrivers

/// A question about a union filesystem, with its choices. The model has answered it; the kernel can be asked.
public struct Exercise: Hashable, Sendable {
    public enum Direction: String, Hashable, Sendable, CaseIterable {
        /// An operation is given: what will the upper layer hold after it?
        case upper
        /// The upper layer is given before and after: which operation made that?
        case operation
    }

    /// The place in the row of exercises of its seed and level, from 1.
    public var number: Int
    public var direction: Direction
    /// The driver that makes the union.
    public var driver: StorageDriverKind
    /// The mount options that are in force.
    public var options: [MountOption]
    /// The layers, what was done before, and at the end the operation that the exercise is about.
    public var script: Script
    /// How the operation is said in plain words.
    public var deed: String
    /// The upper layer when the operation begins.
    public var before: [UpperName]
    /// What the operation comes to.
    public var outcome: UpperOutcome
    /// What the model tells of the operation: effects and cost.
    public var report: OperationReport
    /// At least two, no two alike.
    public var choices: [Choice]
    /// The index of the one that is right.
    public var answer: Int

    /// One of the answers to choose from.
    public enum Choice: Hashable, Sendable {
        case outcome(UpperOutcome)
        /// - Parameter leads: What it would come to in the same state.
        case operation(OperationLine.Operation, deed: String, leads: UpperOutcome)

        /// What it says the upper layer comes to.
        public var outcome: UpperOutcome {
            switch self {
            case .outcome(let outcome), .operation(_, _, let outcome): outcome
            }
        }
    }

    public init(
        number: Int, direction: Direction, driver: StorageDriverKind, options: [MountOption], script: Script,
        deed: String, before: [UpperName],
        outcome: UpperOutcome, report: OperationReport, choices: [Choice], answer: Int
    ) {
        self.number = number
        self.direction = direction
        self.driver = driver
        self.options = options
        self.script = script
        self.deed = deed
        self.before = before
        self.outcome = outcome
        self.report = report
        self.choices = choices
        self.answer = answer
    }

    /// The layers as they are when the operation begins: the script without it.
    public var preparation: Script {
        Script(layers: script.layers, operations: Array(script.operations.dropLast()))
    }

    /// The script that ends with one of the operations to choose from, or with the one that is given.
    public func script(of choice: Choice) -> Script {
        guard case .operation(let operation, _, _) = choice else { return script }
        return Script(layers: script.layers, operations: preparation.operations + [OperationLine(operation)]).numbered
    }
}

/// How hard an exercise is.
public struct ExerciseLevel: Hashable, Sendable, CaseIterable {
    /// From 1.
    public let number: Int

    /// `nil` where there is no such level.
    public init?(_ number: Int) {
        guard Self.range.contains(number) else { return nil }
        self.number = number
    }

    private init(known number: Int) { self.number = number }

    public static let range = 1...5
    public static let allCases = range.map(ExerciseLevel.init(known:))

    /// What is asked at this level.
    public var summary: String {
        switch number {
        case 1: "one or two layers: read, write, create, delete"
        case 2: "modes, names and directories, after earlier changes"
        case 3: "images with whiteouts, opaque directories and symbolic links; directories that move"
        case 4: "hard links; redirect_dir and index"
        default: "metacopy too, and all of it together"
        }
    }
}
