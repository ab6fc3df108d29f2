import LayerModel
import Scripts

/// The first problem of a text, as `line:column: message`; empty where it can be read.
func problem(_ text: String) -> String { problems(text).first ?? "" }

func problems(_ text: String) -> [String] { problems(Array(text.utf8)) }

func problems(_ text: [UInt8]) -> [String] {
    do throws(ScriptError) {
        _ = try Script(parsing: text)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

/// The operation of one line.
func operation(_ line: String) throws(ScriptError) -> OperationLine.Operation {
    try Script(parsing: "run\n\(line)").operations[0].operation
}

/// The lines of one layer.
func layer(_ lines: String...) throws(ScriptError) -> [LayerLine] {
    try Script(parsing: "layer\n\(lines.joined(separator: "\n"))\nrun").layers[0]
}

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}
