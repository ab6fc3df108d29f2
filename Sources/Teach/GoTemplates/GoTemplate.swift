/// A template of Go's text/template, with the functions that Docker's client adds to it: what `--format` takes.
///
/// Fields, maps, variables, pipelines, `if`, `else if`, `with`, `range`, white space trimmed by `{{- -}}`, comments, and
/// the functions of `TemplateFunction`. Not offered: `define`, `template`, `block`, `break` and `continue`.
public struct GoTemplate: Hashable, Sendable {
    let source: TemplateSource
    let nodes: [TemplateNode]

    /// What a map answers for a key that it does not hold.
    public enum MissingKey: Hashable, Sendable {
        /// `<no value>`
        case noValue
        /// An error: the option `missingkey=error`.
        case error
    }

    /// - Throws: `TemplateError` for what the syntax does not allow.
    public init(_ text: String) throws(TemplateError) {
        source = TemplateSource(bytes: Array(text.utf8))
        var parser = try TemplateParser(source, functions: Set(TemplateFunction.allCases.map(\.rawValue)))
        nodes = try parser.parse()
    }

    /// The text that the template makes of `value`.
    ///
    /// - Throws: `TemplateError` when it asks for what is not there, or gives a function what it cannot take.
    public func execute(_ value: TemplateValue, missingKey: MissingKey = .noValue) throws(TemplateError) -> String {
        var evaluation = TemplateEvaluation(source: source, root: value, missingKey: missingKey)
        try evaluation.run(nodes, dot: value)
        return evaluation.output
    }
}
