/// A step's commands as they stand in a terminal: `$ ` before each command, `> ` before a line that continues one, which
/// is a heredoc's, or one after a backslash, within quotes, or after an operator that wants more.
struct ShellPrompts {
    private struct Heredoc {
        var delimiter: String
        var stripsTabs: Bool
    }

    /// The heredocs whose lines are still to come, in their order.
    private var heredocs: [Heredoc] = []
    /// The quote that is open at the end of a line.
    private var quote: Character?
    private var isContinued = false

    static func lines(of commands: String) -> [String] {
        var prompts = ShellPrompts()
        var told: [String] = []
        for line in commands.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            let continues = prompts.continues
            prompts.read(line)
            // An empty line is nothing to a shell that waits for a command.
            if continues || !line.isEmpty { told.append((continues ? "> " : "$ ") + line) }
        }
        return told
    }

    private var continues: Bool { isContinued || quote != nil || !heredocs.isEmpty }

    private mutating func read(_ line: String) {
        if quote == nil, !isContinued, let heredoc = heredocs.first {
            let end = heredoc.stripsTabs ? String(line.drop { $0 == "\t" }) : line
            if end == heredoc.delimiter { heredocs.removeFirst() }
            return
        }
        isContinued = false
        var rest = Substring(line)
        var isWordStart = true
        while let character = rest.popFirst() {
            if let open = quote {
                if character == open { quote = nil }
                if character == "\\", open == "\"" { _ = rest.popFirst() }
                continue
            }
            switch character {
            case "\\": if rest.popFirst() == nil { isContinued = true }
            case "'", "\"": quote = character
            case "#" where isWordStart: return
            case "<" where rest.hasPrefix("<<"): rest.removeFirst(2)
            case "<" where rest.hasPrefix("<"):
                rest.removeFirst()
                if let heredoc = Self.heredoc(&rest) { heredocs.append(heredoc) }
            default: break
            }
            isWordStart = character == " " || character == "\t" || character == ";"
        }
        if quote == nil, ["|", "&&"].contains(where: line.without(trailing: " ").hasSuffix) { isContinued = true }
    }

    /// What stands behind `<<`; `nil` where that is no word, as in arithmetic.
    private static func heredoc(_ rest: inout Substring) -> Heredoc? {
        let stripsTabs = rest.first == "-"
        if stripsTabs { rest.removeFirst() }
        rest = rest.drop { $0 == " " }
        let word = rest.prefix { !" \t;|&<>()".contains($0) }
        guard let first = word.first, first.isLetter || "_'\"\\".contains(first) else { return nil }
        rest = rest.dropFirst(word.count)
        return Heredoc(delimiter: word.filter { !"'\"\\".contains($0) }, stripsTabs: stripsTabs)
    }
}

extension String {
    /// Without such characters at its end.
    fileprivate func without(trailing characters: String) -> Substring {
        var text = Substring(self)
        while let last = text.last, characters.contains(last) { text.removeLast() }
        return text
    }
}
