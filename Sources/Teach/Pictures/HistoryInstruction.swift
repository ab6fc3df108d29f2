extension String {
    /// An entry of an image's history (`created_by`) as a Dockerfile has the instruction: in one line, without the shell and
    /// the build arguments that Docker's builders put before it, and with short digests. What another tool wrote stays.
    public var historyInstruction: String {
        var text = onOneLine[...]
        if text.hasSuffix(Self.buildKit) { text = text.dropLast(Self.buildKit.count) }
        // BuildKit has the keyword before the shell.
        let keyword = "RUN "
        if text.hasPrefix(keyword + "|") || text.hasPrefix(keyword + Self.shell) {
            text = text.dropFirst(keyword.count)
        }
        if text.hasPrefix("|"), let shell = text.firstRange(of: " " + Self.shell) {
            text = text[text.index(after: shell.lowerBound)...]
        }
        if text.hasPrefix("/"), let mark = text.firstRange(of: Self.noOperation), text[..<mark.lowerBound].isShell {
            return text[mark.upperBound...].trimmingSpaces.withShortDigests.withCommas
        }
        guard text.hasPrefix(Self.shell) else { return String(text) }
        return keyword + text.dropFirst(Self.shell.count)
    }

    private static let shell = "/bin/sh -c "
    private static let noOperation = "#(nop)"
    private static let buildKit = " # buildkit"

    /// The digests of what was copied, at Docker's twelve digits.
    private var withShortDigests: String {
        replacing(/\b(file|dir|multi):([0-9a-f]{12})[0-9a-f]{52}\b/) { "\($0.output.1):\($0.output.2)" }
    }

    /// The commas of a list of words, which Docker's history leaves out.
    private var withCommas: String {
        ["CMD [", "ENTRYPOINT ["].contains(where: hasPrefix) ? replacing("\" \"", with: "\", \"") : self
    }
}

extension Substring {
    /// Whether these are the words before a mark: a program and its options, such as `/bin/bash -ec `.
    fileprivate var isShell: Bool {
        split(separator: " ").dropFirst().allSatisfy { $0.hasPrefix("-") }
    }

    fileprivate var trimmingSpaces: String {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
