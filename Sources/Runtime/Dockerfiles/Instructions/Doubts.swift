extension LogicalLine {
    /// What to write where a line goes on with the command of the line before, which does not say so: it begins with what
    /// joins commands or is an option, or that one ends with what joins them.
    func continuation(of previous: LogicalLine?, _ escape: ParserDirectives.Escape) -> String? {
        let beginnings = ["&&", "||", "|", ";", "-", ">", "<", ")"]
        let text = bytes[...].trimmed.text
        let before = previous?.bytes[...].trimmed.text ?? ""
        let joins = ["&&", "||", "|"].contains { before.hasSuffix($0) }
        guard joins || beginnings.contains(where: text.hasPrefix) else { return nil }
        return cure(previous, escape)
    }

    /// The same for a line that nothing tells but that it is indented.
    func indentedContinuation(of previous: LogicalLine?, _ escape: ParserDirectives.Escape) -> String? {
        position(at: 0).column > 1 ? cure(previous, escape) : nil
    }

    private func cure(_ previous: LogicalLine?, _ escape: ParserDirectives.Escape) -> String? {
        guard let previous else { return nil }
        let mark = String(decoding: [escape.rawValue], as: UTF8.self)
        return "end line \(previous.lastLine) with \(mark) if its command goes on here"
    }
}

extension InstructionLine {
    /// What is written like a list and is none, because its words are not in double quotes or its end is missing: it is taken
    /// as it stands, which Docker does without a word.
    var doubt: String? {
        guard [.run, .command, .entrypoint, .volume, .copy, .add].contains(name), rest.first == UInt8(ascii: "["),
            case .none = JSONArray(rest)
        else { return nil }
        // `[` with a space behind it is the shell's own program, too.
        let inside = name == .run ? rest.dropFirst() : rest.dropFirst().trimmedLeft
        guard word("[\(inside.text)").beginsList else { return nil }
        let meaning = [.volume, .copy, .add].contains(name) ? "as words with quotes in them" : "as a line of the shell"
        let cure =
            rest.last == UInt8(ascii: "]")
            ? "put \" around each word of the list, and commas between them" : "end it with ]"
        return "\(name.rawValue) \(rest.text) is no JSON and is read \(meaning): \(cure)"
    }
}

extension ShellWord {
    /// Whether it is what a list begins with whose words are in quotes, be they the wrong ones.
    public var beginsList: Bool {
        let quotes = "'\"\u{2018}\u{2019}\u{201C}\u{201D}\u{201E}".unicodeScalars
        let scalars = text.unicodeScalars.prefix(2)
        return scalars.first == "[" && scalars.dropFirst().first.map(quotes.contains) ?? false
    }
}
