/// A step's commands as they stand in a terminal: `$ ` before each command, `> ` before a line that continues one, which
/// is a heredoc's, or one after a backslash, within quotes, after an operator that wants more, or within `if`, `for` and the like.
struct ShellPrompts {
    private struct Heredoc {
        var delimiter: String
        var stripsTabs: Bool
    }

    /// The heredocs whose lines are still to come, in their order.
    private var heredocs: [Heredoc] = []
    /// The quote that is open at the end of a line.
    private var quote: Character?
    /// Whether a line ends in a backslash: the next is a part of it.
    private var isJoined = false
    /// Whether the last word was an operator that wants a command behind it.
    private var wantsCommand = false
    /// What is open, the innermost last: `if`, `for`, `(`.
    private var open: [String] = []
    /// Whether a word would be a command's first, where alone `if` and `done` mean something.
    private var isCommandStart = true

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

    private var continues: Bool { isJoined || wantsCommand || quote != nil || !heredocs.isEmpty || !open.isEmpty }

    private mutating func read(_ line: String) {
        // The lines of a heredoc begin where a whole line ends, also when that wants a command behind them.
        if quote == nil, !isJoined, let heredoc = heredocs.first {
            let end = heredoc.stripsTabs ? String(line.drop { $0 == "\t" }) : line
            if end == heredoc.delimiter { heredocs.removeFirst() }
            return
        }
        if quote == nil, !isJoined { isCommandStart = true }
        isJoined = false
        var rest = Substring(line)
        var word = ""
        while let character = rest.popFirst() {
            if let open = quote {
                if character == open { quote = nil }
                if character == "\\", open == "\"" { _ = rest.popFirst() }
                continue
            }
            if character == "#", word.isEmpty { break }
            if " \t;|&()<>".contains(character) { end(&word) }
            switch character {
            case " ", "\t": break
            case "\\":
                if rest.popFirst() == nil { isJoined = true } else { word += "\\" }
            case "'", "\"":
                quote = character
                word.append(character)
            case ";", "|", "&":
                let isDouble = rest.first == character
                if isDouble { rest.removeFirst() }
                isCommandStart = true
                wantsCommand = character == "|" || character == "&" && isDouble
            case "(":
                open.append("(")
                isCommandStart = true
            case ")":
                // Of a pattern of `case` there was no other.
                if open.last == "(" { open.removeLast() } else { isCommandStart = true }
            case "<" where rest.hasPrefix("<<"): rest.removeFirst(2)
            case "<" where rest.hasPrefix("<"):
                rest.removeFirst()
                if let heredoc = Self.heredoc(&rest) { heredocs.append(heredoc) }
            case "<", ">":
                // As in `2>&1`.
                if rest.first == "&" { rest.removeFirst() }
            default: word.append(character)
            }
        }
        end(&word)
    }

    /// A word is over.
    private mutating func end(_ word: inout String) {
        defer { word = "" }
        guard !word.isEmpty else { return }
        wantsCommand = false
        guard isCommandStart else { return }
        let begins = [
            "if": "fi", "for": "done", "select": "done", "while": "done", "until": "done", "case": "esac", "{": "}",
        ]
        if begins[word] != nil {
            open.append(word)
        } else if let last = open.last, begins[last] == word {
            open.removeLast()
        }
        isCommandStart = ["if", "then", "elif", "else", "while", "until", "do", "{", "!"].contains(word)
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
