/// A run of text within a paragraph, with one meaning.
struct InlineSpan: Hashable {
    enum Kind { case plain, emphasis, strong, code }
    var kind: Kind
    var text: String
}

/// The inline marks of Markdown that lessons use: `*emphasis*`, `**strong**`, code in back quotes and
/// `[text](address)`, which becomes `text (address)`. A mark that is not closed stays as it is.
func inlineSpans(_ text: String) -> [InlineSpan] {
    var spans: [InlineSpan] = []
    var plain = ""
    var rest = Substring(text)
    func close() {
        if !plain.isEmpty { spans.append(InlineSpan(kind: .plain, text: plain)) }
        plain = ""
    }
    while let character = rest.first {
        if character == "\\", let escaped = rest.dropFirst().first, "\\`*_[]".contains(escaped) {
            plain.append(escaped)
            rest = rest.dropFirst(2)
        } else if let (span, after) = markedSpan(at: rest, follows: plain.last) {
            close()
            spans.append(span)
            rest = after
        } else if let (link, after) = linkText(at: rest) {
            plain += link
            rest = after
        } else {
            plain.append(character)
            rest = rest.dropFirst()
        }
    }
    close()
    return spans
}

/// The span that opens here, and what follows it.
private func markedSpan(at rest: Substring, follows: Character?) -> (InlineSpan, Substring)? {
    for (mark, kind) in [
        ("``", InlineSpan.Kind.code), ("`", .code), ("**", .strong), ("__", .strong), ("*", .emphasis),
        ("_", .emphasis),
    ] where rest.hasPrefix(mark) {
        // An underscore within a word, as in O_RDWR, marks nothing.
        if mark.first == "_", let follows, follows.isLetter || follows.isNumber { return nil }
        let inside = rest.dropFirst(mark.count)
        // The second of two marks that were not closed is not a mark of its own.
        if kind != .code, follows == mark.first { return nil }
        guard let first = inside.first, kind == .code || !first.isWhitespace && first != mark.first else { continue }
        var end = inside.startIndex
        while end < inside.endIndex, !inside[end...].hasPrefix(mark) { end = inside.index(after: end) }
        guard end < inside.endIndex, end > inside.startIndex else { continue }
        return (InlineSpan(kind: kind, text: String(inside[..<end])), inside[end...].dropFirst(mark.count))
    }
    return nil
}

private func linkText(at rest: Substring) -> (String, Substring)? {
    guard rest.first == "[", let close = rest.firstIndex(of: "]") else { return nil }
    let after = rest[rest.index(after: close)...]
    guard after.first == "(", let end = after.firstIndex(of: ")") else { return nil }
    let text = rest[rest.index(after: rest.startIndex)..<close]
    let address = after[after.index(after: after.startIndex)..<end]
    return (
        text == address || address.isEmpty ? String(text) : "\(text) (\(address))", after[after.index(after: end)...]
    )
}
