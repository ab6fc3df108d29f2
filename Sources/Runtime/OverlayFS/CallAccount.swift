internal import Events
internal import LayerModel

/// What is done with the events on their way out: effects are told, and the upper layer's account is kept.
final class CallAccount {
    private var tally: UpperTally
    private let words = OpenFlagWords()
    private let report: (Event) -> Void

    /// - Throws: `SystemCallError`
    init(layers: LayerDirectories, report: @escaping (Event) -> Void) throws {
        tally = UpperTally(layers: layers)
        self.report = report
        try tally.begin()
    }

    func handle(_ item: EventThread.Item) {
        switch item {
        case .event(let event): report(event)
        case .call(let call):
            do {
                let operation = try call.operation(words)
                tally.account(for: operation, attributes: call.attributes)
                report(.operation(operation))
            } catch {
                report(.hole(call.hole("its effects could not be told: \(error)")))
            }
        }
    }

    /// Tells what the upper layer holds at the end that no recorded effect accounts for.
    ///
    /// - Throws: `SystemCallError`
    func close() throws {
        for hole in try tally.unattributed() { report(.hole(hole)) }
    }
}
