import ArgumentParser
import Recording
import Terminal

/// `teach events`.
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Print a run's record: every set-up step, call, effect, layer and verdict.")

    @Argument(help: "The run: its number, a lesson's name, or last.", completion: .list(["last"]))
    var selector = "last"

    @Flag(name: .long, help: "One JSON object a line.")
    var json = false

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Only this step.", valueName: "n"))
    var step: Int?

    func run() throws {
        let recording = try Record.open()
        let run = try recording.run(selector).id
        // Step 0 has what came before the first.
        if let step, step != 0 { _ = try recording.stepNumbers(ofRun: run, only: step) }
        if json {
            try recording.forEachLine(ofRun: run, step: step) { print($0.json) }
            return
        }
        var table = Table([
            .init("SEQ", .right), .init("STEP", .right), .init("KIND"), .init("WHAT"), .init("PATH"), .init("LAYER"),
            .init("RESULT"),
        ])
        let width = terminalWidth(of: 1)
        /// A run may be long: the first screen does not wait for the rest.
        func tell() { print(table.takePart(width: width, style: Style(for: 1)), terminator: "") }
        try recording.forEachLine(ofRun: run, step: step) { line in
            table.add([
                "\(line.number("seq") ?? 0)", "\(line.number("step") ?? 0)", line.kind, line.what,
                line.text("path") ?? "", line.text("layer") ?? line.number("layer").map(String.init) ?? "",
                line.result,
            ])
            if table.rows.count == 200 { tell() }
        }
        tell()
    }
}

extension EventLine {
    /// What the line is about, in a few words.
    fileprivate var what: String {
        switch kind {
        case "process": text("program") ?? number("pid").map { "process \($0)" } ?? ""
        case "prediction": text("question") ?? ""
        case "layer": text("created_by") ?? ""
        default:
            ["effect", "syscall", "name", "title", "text", "reason"].lazy.compactMap { text($0) }.first ?? ""
        }
    }

    /// What came of it.
    fileprivate var result: String {
        switch kind {
        case "step": number("exit_status").map { "exit \($0)" } ?? "not ended"
        case "container", "process":
            [text("event"), number("exit_status").map { "\($0)" }].compactMap(\.self).joined(separator: " ")
        case "setup": text("errno") ?? "ok"
        case "operation": text("errno") ?? (self["answer"].flatMap(Self.layer).map { "found in \($0)" } ?? "ok")
        case "verdict":
            [text("verdict"), text("predicted_errno"), text("reason")].compactMap(\.self).joined(separator: ", ")
        case "sample": number("value").map { "\($0)" } ?? ""
        case "expectation": self["held"] == .bool(true) ? "held" : "did not hold"
        case "prediction": text("outcome") ?? ""
        default: number("size").map { "\($0) B" } ?? ""
        }
    }

    private static func layer(_ value: JSONValue) -> String? {
        switch value {
        case .string(let name): name
        case .int(let number): "\(number)"
        default: nil
        }
    }
}
