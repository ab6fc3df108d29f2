import Pictures

extension Drawing {
    /// Graphviz's SVG with what a screen reader needs: `role="img"`, the picture's `<title>` and `<desc>`, and a
    /// sentence as the title of each node that has one. Graphviz writes a node's name as its title, which is of
    /// use to nobody; those of the other nodes and edges go.
    func annotated(svg bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 4 + description.utf8.count)
        bytes.withUnsafeBufferPointer { svg in
            var copied = 0
            var position = 0
            var sawRoot = false
            var sawTitle = false
            /// Puts `text` in the place of the next `length` bytes.
            func replace(_ length: Int, with text: String) {
                result.append(contentsOf: svg[copied..<position])
                result.append(contentsOf: text.utf8)
                position += length
                copied = position
            }
            while let next = svg.firstIndex(of: UInt8(ascii: "<"), from: position) {
                position = next
                if !sawRoot, svg.has("<svg ", at: position) {
                    replace(5, with: "<svg role=\"img\" aria-labelledby=\"picture-title picture-desc\" ")
                    sawRoot = true
                } else if sawRoot, !sawTitle, svg.has("<g ", at: position) {
                    // Children of the root, before its first group: where readers look for them.
                    replace(
                        3,
                        with: "<title id=\"picture-title\">\(Dot.escaped(title))</title>\n"
                            + "<desc id=\"picture-desc\">\(Dot.escaped(description))</desc>\n<g ")
                    sawTitle = true
                } else if svg.has("<title>", at: position) {
                    let start = position + 7
                    // A name: Graphviz escapes what could close it early.
                    let end = svg.firstIndex(of: UInt8(ascii: "<"), from: start) ?? svg.count
                    let sentence = sentences[String(decoding: svg[start..<end], as: UTF8.self)]
                    replace(
                        min(end + 8, svg.count) - position,
                        with: sentence.map { "<title>\(Dot.escaped($0))</title>" } ?? "")
                } else {
                    position += 1
                }
            }
            result.append(contentsOf: svg[copied...])
        }
        return result
    }
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        self[Swift.min(start, count)...].firstIndex(of: byte)
    }

    fileprivate func has(_ text: StaticString, at position: Int) -> Bool {
        guard position + text.utf8CodeUnitCount <= count else { return false }
        for offset in 0..<text.utf8CodeUnitCount where self[position + offset] != text.utf8Start[offset] {
            return false
        }
        return true
    }
}
