/// A word of an instruction as it is written; the builder expands variables, quotes and escapes in it.
public struct ShellWord: Hashable, Sendable {
    public var text: String
    public var escape: ParserDirectives.Escape

    public init(_ text: String, escape: ParserDirectives.Escape = .backslash) {
        self.text = text
        self.escape = escape
    }

    /// The word with the values of `variables`.
    ///
    /// - Throws: `ExpansionError`
    public func expanded(_ variables: [String: String]) throws(ExpansionError) -> String {
        var expansion = ShellExpansion(text, variables, escape: escape)
        return try expansion.whole().text
    }

    /// The words that it becomes: a variable's value may hold spaces.
    ///
    /// - Throws: `ExpansionError`
    public func expandedWords(_ variables: [String: String]) throws(ExpansionError) -> [String] {
        var expansion = ShellExpansion(text, variables, escape: escape)
        return try expansion.whole().words
    }
}

extension Heredoc {
    /// The content with the values of `variables`; quotes mean nothing in it.
    ///
    /// - Throws: `ExpansionError`
    public func expanded(_ variables: [String: String]) throws(ExpansionError) -> String {
        guard isExpanded else { return content }
        var expansion = ShellExpansion(content, variables, escape: .backslash)
        expansion.quotes = .ordinary
        return try expansion.whole().text
    }
}

/// A word that cannot be expanded: one sentence, in Docker's words.
public struct ExpansionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The word.
    public var word: String
    public var reason: String
    /// What to write instead.
    public var cure: String

    public var description: String { "failed to process \(quoted(word)): \(reason) (\(cure))" }
}

/// As Go's %q writes a text, as far as that matters here.
func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": quoted += "\\\(scalar)"
        case "\n": quoted += "\\n"
        case "\t": quoted += "\\t"
        case "\r": quoted += "\\r"
        default: quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}
