import LayerModel

extension Script {
    /// Reads a script. Bytes that are no UTF-8 may stand in contents, values and comments.
    ///
    /// - Throws: `ScriptError` with what is wrong in each line.
    public init(parsing text: [UInt8]) throws(ScriptError) {
        var parser = Parser(text)
        self = try parser.script()
    }

    public init(parsing text: String) throws(ScriptError) { try self.init(parsing: Array(text.utf8)) }
}

/// Reads a script line by line; what is wrong in one line does not keep it from reading the next.
struct Parser {
    private var lexer: Lexer
    private var problems: [ScriptProblem] = []
    private var layers: [[LayerLine]] = []
    private var names = LayerNames()
    private var operations: [OperationLine] = []
    /// The line where the operations begin.
    private var run: Int?
    /// The words that begin a line, by whether they describe a layer or are operations.
    private static let layerVerbs = Set(LayerLine.usages.map(\.key))
    private static let operationVerbs = Set(OperationLine.usages.map(\.key))

    init(_ text: [UInt8]) { lexer = Lexer(text) }

    mutating func script() throws(ScriptError) -> Script {
        while problems.count < ScriptError.mostProblems {
            do {
                guard let line = try lexer.next() else { break }
                try read(line)
            } catch {
                note(error)
            }
        }
        if run == nil, problems.count < ScriptError.mostProblems {
            note(Misfit(at: lexer.offset, "expected `run` before the end: without it there is nothing to run"))
        }
        guard problems.isEmpty else { throw ScriptError(problems) }
        return Script(layers: layers.isEmpty ? [[]] : layers, operations: operations)
    }

    private mutating func note(_ misfit: Misfit) {
        let place = lexer.place(of: misfit.offset)
        problems.append(ScriptProblem(line: place.line, column: place.column, misfit.message))
    }

    private mutating func read(_ line: Line) throws(Misfit) {
        var arguments = Arguments(line)
        let word = line.words[0]
        let verb = String(decoding: word.bytes, as: UTF8.self)
        switch verb {
        case "layer" where run == nil:
            arguments.usage = "layer"
            arguments.skip()
            try arguments.end()
            layers.append([])
            names = LayerNames()
        case "run" where run == nil:
            arguments.usage = "run"
            arguments.skip()
            // Even where more words stand on the line: what follows are operations.
            run = line.number
            try arguments.end()
        case _ where run != nil:
            try readOperation(verb, word, line, &arguments)
        default:
            try readLayerLine(verb, word, &arguments)
        }
    }

    private mutating func readLayerLine(_ verb: String, _ word: Word, _ arguments: inout Arguments) throws(Misfit) {
        guard Self.layerVerbs.contains(verb) else {
            if Self.operationVerbs.contains(verb) || verb == "expect" {
                throw Misfit(at: word.offset, "`\(verb)` is an operation; expected `run` on a line before it")
            }
            throw misfit(
                word, expected: "`layer`, `run` or what a layer holds", among: LayerLine.usages.map(\.key),
                besides: ["layer", "run"])
        }
        guard !layers.isEmpty else {
            throw Misfit(
                at: word.offset, "`\(verb)` describes what a layer holds; expected `layer` on a line before it")
        }
        arguments.skip()
        let line = try arguments.layerLine(verb, &names)
        layers[layers.count - 1].append(line)
    }

    private mutating func readOperation(
        _ verb: String, _ word: Word, _ line: Line, _ arguments: inout Arguments
    ) throws(Misfit) {
        var verb = verb
        var word = word
        var expectation: OperationLine.Expectation?
        if verb == "expect" {
            arguments.usage = "expect ok|ERRNO OPERATION"
            arguments.skip()
            expectation = try arguments.expectation()
            word = try arguments.word("an operation")
            verb = String(decoding: word.bytes, as: UTF8.self)
        } else {
            arguments.skip()
        }
        guard Self.operationVerbs.contains(verb) else {
            if verb == "run", let run { throw Misfit(at: word.offset, "`run` stands in line \(run) already") }
            if Self.layerVerbs.contains(verb) || verb == "layer" {
                throw Misfit(
                    at: word.offset, "`\(verb)` describes a layer, which is done before `run`; expected an operation")
            }
            throw misfit(
                word, expected: "an operation", among: OperationLine.usages.map(\.key), besides: ["expect"])
        }
        let operation = try arguments.operation(verb)
        operations.append(
            OperationLine(
                number: line.number, text: ByteString(bytes: lexer.text[line.range]).text, expectation: expectation,
                operation: operation))
    }

    /// A word that begins no line here: the one that was probably meant, or else all that could be.
    private func misfit(_ word: Word, expected: String, among verbs: [String], besides others: [String]) -> Misfit {
        let verb = String(decoding: word.bytes, as: UTF8.self)
        guard let nearest = NearestName.of(verb, among: verbs + others) else {
            return Misfit(
                at: word.offset, "expected \(expected) (\(verbs.joined(separator: ", "))), found \(word.shown)")
        }
        return Misfit(
            at: word.offset, "expected \(expected), found \(word.shown); write `\(nearest)`, if that was meant")
    }
}
