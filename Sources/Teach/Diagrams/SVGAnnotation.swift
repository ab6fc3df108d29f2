import Pictures

extension Drawing {
    /// Graphviz's SVG with what a screen reader needs: `role="img"`, the picture's `<title>` and `<desc>`, and a
    /// sentence as the title of each node that has one. Graphviz writes a node's name as its title, which is of
    /// use to nobody; those of the other nodes and edges go.
    func annotated(svg bytes: [UInt8]) -> [UInt8] {
        let opening = Array("<svg ".utf8)
        let groupOpening = Array("<g ".utf8)
        let titleOpening = Array("<title>".utf8)
        let titleClosing = Array("</title>".utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 4 + description.utf8.count)
        var position = 0
        var sawRoot = false
        var sawTitle = false
        while position < bytes.count {
            let next = bytes[position...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
            result += bytes[position..<next]
            position = next
            if position == bytes.count { break }
            if !sawRoot, bytes[position...].starts(with: opening) {
                result += Array("<svg role=\"img\" aria-labelledby=\"picture-title picture-desc\" ".utf8)
                position += opening.count
                sawRoot = true
            } else if sawRoot, !sawTitle, bytes[position...].starts(with: groupOpening) {
                // Children of the root, before its first group: where readers look for them.
                result += Array("<title id=\"picture-title\">\(Dot.escaped(title))</title>\n".utf8)
                result += Array("<desc id=\"picture-desc\">\(Dot.escaped(description))</desc>\n<g ".utf8)
                position += groupOpening.count
                sawTitle = true
            } else if bytes[position...].starts(with: titleOpening) {
                let start = position + titleOpening.count
                var end = start
                while end < bytes.count, !bytes[end...].starts(with: titleClosing) { end += 1 }
                if let sentence = sentences[String(decoding: bytes[start..<end], as: UTF8.self)] {
                    result += Array("<title>\(Dot.escaped(sentence))</title>".utf8)
                }
                position = end + titleClosing.count
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return result
    }
}
