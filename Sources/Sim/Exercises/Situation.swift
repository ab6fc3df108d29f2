import LayerModel
import Scripts
import StorageDrivers

/// A simulated state in which operations can be tried: each try begins from the same state.
struct Situation {
    private(set) var runner: ScriptRunner<SimulatedMount>
    private let driver: StorageDriverKind
    private let options: [MountOption]

    /// What an exercise looks at in a state.
    struct View {
        /// Whether modes are told: only where the operation is about one.
        var showsModes = false
    }

    init(_ layers: [[LayerLine]], driver: StorageDriverKind, options: [MountOption]) throws {
        // The host's own settings must not bear on what is asked.
        let mount = try SimulatedMount(
            driver: driver, options: options, layers: LayerStack(layers), host: HostSettings(backing: .tmpfs))
        runner = ScriptRunner(Script(layers: layers, operations: []), on: mount)
        self.driver = driver
        self.options = options
    }

    func merged() throws -> [ListedFile] {
        var runner = runner
        return try runner.listing(.merged)
    }

    func upper(_ view: View) throws -> [UpperName] {
        var runner = runner
        let listing = try runner.listing(.upper)
        return [UpperName](
            driver == .aufs ? listing.withAufsMarksRead : listing, showsModes: view.showsModes,
            countsNames: !options.contains(MountOption("index", "on")))
    }

    /// What an operation would come to.
    func trying(_ operation: OperationLine.Operation, _ view: View) throws -> (report: OperationReport, UpperOutcome) {
        var next = self
        let report = try next.perform(operation)
        return (report, UpperOutcome(errno: report.errno, upper: try next.upper(view)))
    }

    @discardableResult
    mutating func perform(_ operation: OperationLine.Operation) throws -> OperationReport {
        try perform(OperationLine(operation))
    }

    mutating func perform(_ line: OperationLine) throws -> OperationReport { try runner.perform(line) }
}
