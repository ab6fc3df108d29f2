/// Reads a template's words as nodes, with the errors of Go's text/template/parse.
struct TemplateParser {
    typealias Token = TemplateLexer.Token

    private let tokens: [Token]
    private var next = 0
    private let functions: Set<String>
    /// The variables that are known, the innermost last.
    private var variables = ["$"]

    init(_ source: TemplateSource, functions: Set<String>) throws(TemplateError) {
        tokens = try TemplateLexer.tokens(of: source)
        self.functions = functions
    }

    /// - Throws: `TemplateError`
    mutating func parse() throws(TemplateError) -> [TemplateNode] {
        let (nodes, end) = try list()
        if let end { throw error(end, "unexpected {{\(end.text)}}") }
        return nodes
    }

    /// Nodes until an `else` or `end`, which is answered too; `nil` at the template's end.
    private mutating func list() throws(TemplateError) -> ([TemplateNode], Token?) {
        var nodes: [TemplateNode] = []
        while true {
            let token = advance()
            switch token.kind {
            case .end: return (nodes, nil)
            case .text: nodes.append(.text(token.text))
            default:
                let word = peekPastSpace()
                guard word.kind == .keyword else {
                    nodes.append(.action(try pipeline("command", until: .rightDelimiter)))
                    continue
                }
                switch word.text {
                case "if", "with", "range":
                    skip()
                    nodes.append(try branch(TemplateNode.Branch(rawValue: word.text) ?? .if))
                case "else", "end":
                    skip()
                    return (nodes, word)
                case "nil": nodes.append(.action(try pipeline("command", until: .rightDelimiter)))
                default:
                    throw error(
                        word, "{{\(word.text)}} is not there: a template here is one, and its loops run to their end")
                }
            }
        }
    }

    private mutating func branch(_ kind: TemplateNode.Branch) throws(TemplateError) -> TemplateNode {
        let known = variables.count
        defer { variables.removeLast(variables.count - known) }
        let pipeline = try pipeline(kind.rawValue, until: .rightDelimiter)
        let (body, end) = try list()
        guard let end else { throw unexpectedEnd }
        var otherwise: [TemplateNode] = []
        if end.text == "else" {
            if kind != .range, peekPastSpace().text == kind.rawValue, kind == .if {
                skip()
                // `else if` shares the `end` of the `if` that it belongs to.
                return .branch(kind, pipeline, body: body, otherwise: [try branch(.if)])
            }
            try expectRightDelimiter("else")
            let (nodes, last) = try list()
            guard let last else { throw unexpectedEnd }
            guard last.text == "end" else { throw error(last, "expected end; found {{else}}") }
            otherwise = nodes
        }
        try expectRightDelimiter("end")
        return .branch(kind, pipeline, body: body, otherwise: otherwise)
    }

    private mutating func expectRightDelimiter(_ context: String) throws(TemplateError) {
        let token = advancePastSpace()
        guard token.kind == .rightDelimiter else { throw unexpected(token, context) }
    }

    private mutating func pipeline(_ context: String, until end: Token.Kind) throws(TemplateError) -> Pipeline {
        var pipeline = Pipeline(
            place: Place(offset: peekPastSpace().offset, text: ""), variables: [], declares: false, commands: [])
        try declarations(of: &pipeline, context)
        while true {
            let token = peekPastSpace()
            if token.kind == end {
                skip()
                guard !pipeline.commands.isEmpty else { throw error(token, "missing value for \(context)") }
                pipeline.place.text = pipeline.commands.map(\.place.text).joined(separator: " | ")
                if pipeline.declares { variables += pipeline.variables }
                return pipeline
            }
            switch token.kind {
            case .bool, .character, .dot, .field, .identifier, .number, .string, .variable, .leftParenthesis, .keyword:
                guard token.kind != .keyword || token.text == "nil" else { throw unexpected(token, context) }
                pipeline.commands.append(try command())
                try checkLast(of: pipeline)
            default: throw unexpected(token, context)
            }
        }
    }

    /// A literal cannot be given a value, so it stands first.
    private func checkLast(of pipeline: Pipeline) throws(TemplateError) {
        guard pipeline.commands.count > 1, let first = pipeline.commands.last?.operands.first else { return }
        switch first.kind {
        case .literal, .dot, .null:
            throw TemplateError(
                line: tokens[max(next - 1, 0)].line,
                "non executable command in pipeline stage \(pipeline.commands.count)")
        default: break
        }
    }

    private mutating func declarations(of pipeline: inout Pipeline, _ context: String) throws(TemplateError) {
        let start = next
        var names: [String] = []
        while peekPastSpace().kind == .variable {
            names.append(advancePastSpace().text)
            let token = peekPastSpace()
            switch token.kind {
            case .declare, .assign:
                skip()
                pipeline.variables = names
                pipeline.declares = token.kind == .declare
                if !pipeline.declares { for name in names { try checkKnown(name, token) } }
                return
            case .comma where context == "range" && names.count < 2: skip()
            case .comma: throw error(token, "too many declarations in \(context)")
            default:
                next = start
                return
            }
        }
        next = start
    }

    private mutating func command() throws(TemplateError) -> TemplateCommand {
        let start = peekPastSpace()
        var operands: [Operand] = []
        while true {
            let token = peekPastSpace()
            if let operand = try operand() { operands.append(operand) }
            let after = advance()
            switch after.kind {
            case .space: continue
            case .rightDelimiter, .rightParenthesis: next -= 1
            case .pipe: break
            default: throw unexpected(after, "operand")
            }
            guard !operands.isEmpty else { throw error(token, "empty command") }
            if after.kind == .pipe, [.rightDelimiter, .rightParenthesis].contains(peekPastSpace().kind) {
                throw error(after, "missing value for command")
            }
            let text = operands.map(\.place.text).joined(separator: " ")
            return TemplateCommand(place: Place(offset: start.offset, text: text), operands: operands)
        }
    }

    private mutating func operand() throws(TemplateError) -> Operand? {
        guard var operand = try term() else { return nil }
        guard tokens[next].kind == .field else { return operand }
        let offset = tokens[next].offset
        while tokens[next].kind == .field {
            let field = advance()
            switch operand.kind {
            case .literal, .null: throw error(field, "unexpected . after term \"\(operand.place.text)\"")
            default: break
            }
            operand.fields.append(String(field.text.dropFirst()))
            operand.place.text += field.text
        }
        operand.place.offset = offset
        return operand
    }

    private mutating func term() throws(TemplateError) -> Operand? {
        let token = advancePastSpace()
        func operand(_ kind: Operand.Kind) -> Operand {
            Operand(place: Place(offset: token.offset, text: token.text), kind: kind)
        }
        switch token.kind {
        case .identifier:
            guard functions.contains(token.text) else { throw error(token, "function \"\(token.text)\" not defined") }
            return operand(.function(token.text))
        case .dot: return operand(.dot)
        case .keyword where token.text == "nil": return operand(.null)
        case .field:
            var field = operand(.dot)
            field.fields = [String(token.text.dropFirst())]
            return field
        case .variable:
            try checkKnown(token.text, token)
            return operand(.variable(token.text))
        case .bool: return operand(.literal(.bool(token.text == "true")))
        case .number:
            guard let value = Self.number(token.text) else {
                throw error(token, "bad number syntax: \"\(token.text)\"")
            }
            return operand(.literal(value))
        case .string, .character:
            guard let text = TemplateLiteral.text(token.text) else { throw error(token, "invalid syntax") }
            guard token.kind == .character else { return operand(.literal(.string(text))) }
            guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
                throw error(token, "malformed character constant: \(token.text)")
            }
            return operand(.literal(.integer(Int64(scalar.value))))
        case .leftParenthesis:
            var pipeline = try pipeline("parenthesized pipeline", until: .rightParenthesis)
            pipeline.place = Place(offset: token.offset, text: "(\(pipeline.place.text))")
            return Operand(place: pipeline.place, kind: .pipeline(pipeline))
        default:
            next -= 1
            return nil
        }
    }

    private static func number(_ text: String) -> TemplateValue? {
        let digits = text.replacing("_", with: "")
        let magnitude = digits.hasPrefix("-") || digits.hasPrefix("+") ? digits.dropFirst() : digits[...]
        for (prefix, radix) in [("0x", 16), ("0X", 16), ("0o", 8), ("0b", 2)] where magnitude.hasPrefix(prefix) {
            return Int64(magnitude.dropFirst(2), radix: radix).map { .integer(digits.hasPrefix("-") ? -$0 : $0) }
        }
        return Int64(digits).map(TemplateValue.integer) ?? Double(digits).map(TemplateValue.decimal)
    }

    // MARK: - Tokens

    private mutating func advance() -> Token {
        let token = tokens[next]
        if token.kind != .end { next += 1 }
        return token
    }

    private mutating func advancePastSpace() -> Token {
        while tokens[next].kind == .space { next += 1 }
        return advance()
    }

    private mutating func peekPastSpace() -> Token {
        while tokens[next].kind == .space { next += 1 }
        return tokens[next]
    }

    private mutating func skip() { _ = advancePastSpace() }

    private func checkKnown(_ name: String, _ token: Token) throws(TemplateError) {
        guard variables.contains(name) else { throw error(token, "undefined variable \"\(name)\"") }
    }

    private func error(_ token: Token, _ sentence: String) -> TemplateError {
        TemplateError(line: token.line, sentence)
    }

    private var unexpectedEnd: TemplateError { error(tokens[tokens.count - 1], "unexpected EOF") }

    private func unexpected(_ token: Token, _ context: String) -> TemplateError {
        let text =
            switch token.kind {
            case .end: "EOF"
            case .keyword: "<\(token.text)>"
            case let kind where kind != .other && token.text.count > 10: "\"\(token.text.prefix(10))\"..."
            default: "\"\(token.text)\""
            }
        return error(token, "unexpected \(text) in \(context)")
    }
}
