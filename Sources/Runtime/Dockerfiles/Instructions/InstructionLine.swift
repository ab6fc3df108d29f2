/// A logical line as an instruction: its name, its flags, its arguments, and the heredocs that follow it.
struct InstructionLine {
    let line: LogicalLine
    let escape: ParserDirectives.Escape
    let name: InstructionName
    let nameOffset: Int
    let flagWords: [Word]
    /// Without white space at its ends.
    let rest: ArraySlice<UInt8>
    var heredocs: [Heredoc] = []

    /// - Parameters:
    ///   - start: where the instruction begins in the line: behind ONBUILD, or 0.
    ///   - previous: the line before it.
    /// - Throws: `Mistake`
    init(
        _ line: LogicalLine, from start: Int = 0, escape: ParserDirectives.Escape, after previous: LogicalLine? = nil
    ) throws(Mistake) {
        self.line = line
        self.escape = escape
        let text = line.bytes[start...].trimmed
        let word = text.prefix { !ASCII.isSpace($0) }
        let upper = word.text.uppercased()
        guard let name = InstructionName(rawValue: upper) else {
            throw Mistake(
                "unknown instruction: \(upper)",
                cure: line.continuation(of: previous, escape)
                    ?? InstructionName.nearest(to: upper).map { "did you mean \($0.rawValue)?" }
                    ?? line.indentedContinuation(of: previous, escape)
                    ?? "an instruction such as RUN or COPY must begin the line", at: word.startIndex)
        }
        self.name = name
        nameOffset = word.startIndex
        let after = text[word.endIndex...]
        (flagWords, rest) = name == .onBuild ? ([], after.trimmed) : Words.flags(after)
    }

    /// Heredocs belong to RUN, COPY and ADD that are not JSON, also behind ONBUILD.
    var heredocMarks: [HeredocMark] {
        var instruction = self
        while instruction.name == .onBuild {
            guard let next = try? InstructionLine(line, from: instruction.rest.startIndex, escape: escape) else {
                return []
            }
            instruction = next
        }
        guard [.run, .copy, .add].contains(instruction.name) else { return [] }
        if case .strings = JSONArray(instruction.rest) { return [] }
        return HeredocMark.all(in: instruction.rest.text)
    }

    func word(_ text: String) -> ShellWord { ShellWord(text, escape: escape) }

    // MARK: - Arguments

    /// - Throws: `Mistake` where there are none.
    func atLeastOne(_ words: [Word], cure: String) throws(Mistake) -> NonEmpty<Word> {
        guard let first = words.first else {
            throw Mistake("\(name.rawValue) requires at least one argument", cure: cure)
        }
        return NonEmpty(first, Array(words.dropFirst()))
    }

    /// The whole rest of the line.
    ///
    /// - Throws: `Mistake` where it is empty.
    func exactlyOne(cure: String) throws(Mistake) -> String {
        guard !rest.isEmpty else { throw Mistake("\(name.rawValue) requires exactly one argument", cure: cure) }
        return rest.text
    }

    /// JSON, or else a line for the shell.
    func commandLine(_ text: ArraySlice<UInt8>) throws(Mistake) -> CommandLine {
        switch JSONArray(text) {
        case .strings(let words): return .exec(words)
        case .others: throw notStrings(at: text)
        case .none: return .shell(text.text)
        }
    }

    /// JSON, or else words between spaces.
    func list() throws(Mistake) -> [Word] {
        switch JSONArray(rest) {
        case .strings(let words): return words.map { Word(text: $0, offset: rest.startIndex) }
        case .others: throw notStrings(at: rest)
        case .none: return Words.plain(rest)
        }
    }

    private func notStrings(at text: ArraySlice<UInt8>) -> Mistake {
        Mistake(
            "when using JSON array syntax, arrays must be comprised of strings only",
            cure: "put every element in double quotes", at: text.startIndex, step: .words)
    }

    /// `name=value …`, or the older `name value`.
    func assignments() throws(Mistake) -> NonEmpty<Assignment> {
        let words = Words.quoted(rest, escape: escape.rawValue)
        guard let first = words.first else {
            throw Mistake("\(name.rawValue) requires at least one argument", cure: "write \(name.rawValue) name=value")
        }
        if !first.text.utf8.contains(ASCII.equals) {
            let key = rest.prefix { !ASCII.isSpace($0) }
            let value = rest[key.endIndex...].trimmedLeft
            guard !value.isEmpty else {
                throw Mistake(
                    "\(name.rawValue) must have two arguments", cure: "write \(name.rawValue) name=value",
                    at: rest.startIndex, step: .words)
            }
            return NonEmpty(Assignment(name: word(key.text), value: word(value.text)))
        }
        var assignments: [Assignment] = []
        for item in words { assignments.append(try assignment(item)) }
        return NonEmpty(assignments[0], Array(assignments.dropFirst()))
    }

    private func assignment(_ item: Word) throws(Mistake) -> Assignment {
        let parts = item.text.utf8.split(separator: ASCII.equals, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw Mistake(
                "Syntax error - can't find = in \(quoted(item.text)). Must be of the form: name=value",
                cure: "write name=value, and quotes around a value with spaces", at: item.offset, step: .words)
        }
        guard !parts[0].isEmpty else {
            throw Mistake("\(name.rawValue) names can not be blank", cure: "write a name before `=`", at: item.offset)
        }
        return Assignment(
            name: word(String(decoding: parts[0], as: UTF8.self)),
            value: word(String(decoding: parts[1], as: UTF8.self)))
    }
}
