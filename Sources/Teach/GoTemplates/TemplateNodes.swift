/// A piece of a template.
indirect enum TemplateNode: Hashable, Sendable {
    case text(String)
    case action(Pipeline)
    case branch(Branch, Pipeline, body: [TemplateNode], otherwise: [TemplateNode])

    enum Branch: String, Hashable, Sendable {
        case `if`, with, range
    }
}

/// Commands, each of which gets the value of the one before it as its last argument.
struct Pipeline: Hashable, Sendable {
    var place: Place
    /// The variables that get the value, `$` and name.
    var variables: [String]
    /// Whether they are made here (`:=`) or were before (`=`).
    var declares: Bool
    var commands: [TemplateCommand]
}

/// A function with its arguments, or one operand.
struct TemplateCommand: Hashable, Sendable {
    var place: Place
    var operands: [Operand]
}

struct Operand: Hashable, Sendable {
    indirect enum Kind: Hashable, Sendable {
        case dot
        case literal(TemplateValue)
        /// `nil` itself, which only a function may be given.
        case null
        case function(String)
        /// `$x`, `$` alone being the value that the template was given.
        case variable(String)
        case pipeline(Pipeline)
    }
    var place: Place
    var kind: Kind
    /// What is asked of the value: `.Config.Env`.
    var fields: [String] = []
}
