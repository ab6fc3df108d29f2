import ArgumentParser
import Recording
import Terminal

/// `teach events`.
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Print a run's record: every set-up step, call, effect, layer and verdict.")

    @Argument(help: "The run: its number, a lesson's name, or last.")
    var selector = "last"

    @Flag(name: .long, help: "One JSON object a line.")
    var json = false

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Only this step.", valueName: "n"))
    var step: Int?

    func run() throws {
        let recording = try Record.open()
        let run = try recording.run(selector).id
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
            let what =
                ["effect", "syscall", "verdict", "name", "title", "text", "event", "reason"]
                .compactMap { line.text($0) }.first ?? ""
            let result = line.text("verdict").map { verdict in
                ([verdict] + [line.text("predicted_errno"), line.text("reason")].compactMap(\.self)).joined(
                    separator: ", ")
            }
            table.add([
                "\(line.number("seq") ?? 0)", "\(line.number("step") ?? 0)", line.kind, what, line.text("path") ?? "",
                line.text("layer") ?? line.number("layer").map(String.init) ?? "",
                result ?? line.text("errno") ?? line.number("size").map { "\($0) B" } ?? "",
            ])
            if table.rows.count == 200 { tell() }
        }
        tell()
    }
}
