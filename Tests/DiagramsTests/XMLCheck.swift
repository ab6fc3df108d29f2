/// What a document breaks of XML's rules on nesting, references and ids; `nil` when it breaks none.
///
/// Enough to catch what a label could do to a picture: an unescaped `<` or `&`, an element left open, a control
/// character, an id given twice.
func xmlFault(_ text: String) -> String? {
    var open: [Substring] = []
    var ids: Set<Substring> = []
    var rest = Substring(text)
    if let bad = text.unicodeScalars.first(where: { $0.value < 0x20 && !"\n\t\r".unicodeScalars.contains($0) }) {
        return "control character \(bad.value)"
    }
    while let start = rest.firstIndex(where: { $0 == "<" || $0 == "&" }) {
        rest = rest[start...]
        if rest.first == "&" {
            guard let end = rest.firstIndex(of: ";"), isReference(rest[rest.index(after: start)..<end]) else {
                return "a bare & at \(rest.prefix(20))"
            }
            rest = rest[end...].dropFirst()
            continue
        }
        let close = rest.hasPrefix("<!--") ? "-->" : ">"
        guard let end = rest.range(of: close) else { return "a < without > at \(rest.prefix(20))" }
        let tag = rest[rest.index(after: start)..<end.lowerBound]
        rest = rest[end.upperBound...]
        if tag.first == "!" || tag.first == "?" { continue }
        if tag.contains("<") { return "a < inside \(tag)" }
        if let id = attribute("id", of: tag), !ids.insert(id).inserted { return "id \(id) is there twice" }
        let name = tag.drop { $0 == "/" }.prefix { !$0.isWhitespace && $0 != "/" }
        if tag.first == "/" {
            guard open.popLast() == name else { return "</\(name)> closes nothing" }
        } else if tag.last != "/" {
            open.append(name)
        }
    }
    return open.isEmpty ? nil : "<\(open[0])> is never closed"
}

/// The value of an attribute in a start tag.
func attribute(_ name: String, of tag: Substring) -> Substring? {
    tag.range(of: " \(name)=\"").map { tag[$0.upperBound...].prefix { $0 != "\"" } }
}

private func isReference(_ name: Substring) -> Bool {
    if name.hasPrefix("#x") { return Int(name.dropFirst(2), radix: 16) != nil }
    if name.hasPrefix("#") { return Int(name.dropFirst()) != nil }
    return ["amp", "lt", "gt", "quot", "apos", "nbsp"].contains(name)
}

extension Substring {
    func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
