/// A template at work.
struct TemplateEvaluation {
    let source: TemplateSource
    let missingKey: GoTemplate.MissingKey
    private(set) var output = ""
    /// The innermost last.
    private var variables: [(name: String, value: TemplateValue)]

    init(source: TemplateSource, root: TemplateValue, missingKey: GoTemplate.MissingKey) {
        self.source = source
        self.missingKey = missingKey
        variables = [("$", root)]
    }

    mutating func run(_ nodes: [TemplateNode], dot: TemplateValue) throws(TemplateError) {
        for node in nodes {
            switch node {
            case .text(let text): output += text
            case .action(let pipeline):
                let value = try evaluate(pipeline, dot)
                if pipeline.variables.isEmpty { output += value.printed }
            case .branch(let branch, let pipeline, let body, let otherwise):
                let mark = variables.count
                defer { variables.removeLast(variables.count - mark) }
                try run(branch, pipeline, body, otherwise, dot)
            }
        }
    }

    private mutating func run(
        _ branch: TemplateNode.Branch, _ pipeline: Pipeline, _ body: [TemplateNode], _ otherwise: [TemplateNode],
        _ dot: TemplateValue
    ) throws(TemplateError) {
        guard branch == .range else {
            let value = try evaluate(pipeline, dot)
            return try run(value.isTrue ? body : otherwise, dot: branch == .with && value.isTrue ? value : dot)
        }
        // The variables of a range are set for each element anew.
        var bare = pipeline
        bare.variables = []
        let value = try evaluate(bare, dot)
        var elements: [(TemplateValue, TemplateValue)] = []
        switch value {
        case .null: break
        case .list(let values): elements = values.enumerated().map { (.integer(Int64($0)), $1) }
        case .map(let values, _):
            elements = values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .map { (.string($0.key), $0.value) }
        default: throw error(pipeline.place, "range can't iterate over \(value.printed)")
        }
        if elements.isEmpty { return try run(otherwise, dot: dot) }
        for (key, element) in elements {
            let mark = variables.count
            defer { variables.removeLast(variables.count - mark) }
            let values = pipeline.variables.count == 2 ? [key, element] : [element]
            for (name, value) in zip(pipeline.variables, values) { set(name, value, declares: pipeline.declares) }
            try run(body, dot: element)
        }
    }

    private mutating func set(_ name: String, _ value: TemplateValue, declares: Bool) {
        if !declares, let place = variables.lastIndex(where: { $0.name == name }) {
            variables[place].value = value
        } else {
            variables.append((name, value))
        }
    }

    private mutating func evaluate(_ pipeline: Pipeline, _ dot: TemplateValue) throws(TemplateError) -> TemplateValue {
        var value: TemplateValue?
        for command in pipeline.commands { value = try evaluate(command, dot, last: value) }
        let result = value ?? .null(.interface)
        for name in pipeline.variables { set(name, result, declares: pipeline.declares) }
        return result
    }

    private mutating func evaluate(_ command: TemplateCommand, _ dot: TemplateValue, last: TemplateValue?)
        throws(TemplateError) -> TemplateValue
    {
        guard let first = command.operands.first else { return last ?? .null(.interface) }
        if case .function(let name) = first.kind, first.fields.isEmpty, let function = TemplateFunction(rawValue: name)
        {
            return try call(function, Array(command.operands.dropFirst()), first.place, command.place, dot, last)
        }
        guard command.operands.count == 1, last == nil else {
            if case .dot = first.kind, let field = first.fields.last {
                throw error(first.place, "\(field) is not a method but has arguments")
            }
            throw error(command.place, "can't give argument to non-function \(first.place.text)")
        }
        if case .null = first.kind { throw error(first.place, "nil is not a command") }
        return try evaluate(first, dot)
    }

    private mutating func call(
        _ function: TemplateFunction, _ operands: [Operand], _ name: Place, _ whole: Place, _ dot: TemplateValue,
        _ last: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        let count = operands.count + (last == nil ? 0 : 1)
        guard function.arguments.contains(count) else {
            let least = function.arguments.lowerBound
            let wanted = function.arguments.upperBound == .max ? "want at least \(least)" : "want \(least)"
            throw error(name, "wrong number of args for \(function.rawValue): \(wanted) got \(count)")
        }
        // These two look no further than they need.
        if function == .and || function == .or {
            var value = TemplateValue.null(.interface)
            for operand in operands {
                value = try evaluate(operand, dot)
                if value.isTrue == (function == .or) { return value }
            }
            return last ?? value
        }
        var values: [TemplateValue] = []
        for operand in operands { values.append(try evaluate(operand, dot)) }
        if let last { values.append(last) }
        do { return try function.call(values) } catch {
            if let mismatch = error.type {
                let place = operands.indices.contains(mismatch.argument) ? operands[mismatch.argument].place : whole
                throw self.error(place, mismatch.sentence)
            }
            throw self.error(whole, "error calling \(function.rawValue): \(error.sentence)")
        }
    }

    private mutating func evaluate(_ operand: Operand, _ dot: TemplateValue) throws(TemplateError) -> TemplateValue {
        var value: TemplateValue
        switch operand.kind {
        case .dot: value = dot
        case .literal(let literal): value = literal
        case .null: value = .null(.interface)
        case .variable(let name): value = variables.last { $0.name == name }?.value ?? .null(.interface)
        case .pipeline(let pipeline): value = try evaluate(pipeline, dot)
        case .function(let name):
            guard let function = TemplateFunction(rawValue: name) else { return .null(.interface) }
            value = try call(function, [], operand.place, operand.place, dot, nil)
        }
        for field in operand.fields { value = try self.field(field, of: value, operand.place) }
        return value
    }

    private func field(_ name: String, of value: TemplateValue, _ place: Place) throws(TemplateError) -> TemplateValue {
        switch value {
        case .record(let record):
            if let field = record.fields.first(where: { $0.goName == name }) { return field.value }
            throw error(place, "can't evaluate field \(name) in type \(record.type)")
        case .map(let values, _):
            if let value = values[name] { return value }
            if missingKey == .error { throw error(place, "map has no entry for key \"\(name)\"") }
            return .null(.interface)
        case .null(.pointer), .null(.interface):
            throw error(place, "nil pointer evaluating interface {}.\(name)")
        case .null(.map): return .null(.interface)
        default:
            // What was decoded from JSON has no type of its own.
            let type = missingKey == .error ? "interface {}" : value.type
            throw error(place, "can't evaluate field \(name) in type \(type)")
        }
    }

    private func error(_ place: Place, _ sentence: String) -> TemplateError {
        TemplateError(at: place, in: source, sentence)
    }
}
