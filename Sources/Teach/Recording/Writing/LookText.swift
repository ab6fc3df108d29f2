import LayerModel

/// What the layers held around one call, as the text of `operations.looks`: a JSON array of one array a look, whose
/// members are `columns` in their order, without the nulls at the end.
enum LookText {
    /// The members of a look, as the view `evidence` names them.
    static let columns = [
        "phase", "path", "layer", "kind", "mode", "uid", "gid", "size", "links", "inode", "target", "major", "minor",
        "opaque", "redirect", "metacopy", "attributes",
    ]

    /// The SQL expression for a member of `look.value`.
    static func value(of column: String, at place: Int) -> String {
        let value = "look.value ->> \(place)"
        // Left out at the end of a look, these two are false; of nothing they are not said.
        return ["opaque", "metacopy"].contains(column)
            ? "iif(look.value ->> 3 IS NULL, NULL, coalesce(\(value), 0))" : value
    }

    /// Writes the looks before a call and those after it.
    static func write(_ evidence: Evidence, after: [Evidence.Row], to text: TextBuffer) {
        text.literal("[")
        for row in evidence.rows { write(row, "before", to: text) }
        for row in after { write(row, "after", to: text) }
        text.closeArray()
    }

    private static func write(_ row: Evidence.Row, _ phase: StaticString, to text: TextBuffer) {
        text.literal("[\"")
        text.literal(phase)
        text.literal("\",")
        text.string(row.path)
        text.literal(",")
        text.string(row.layer)
        guard let entry = row.entry else {
            text.literal("],")
            return
        }
        text.literal(",")
        text.string(entry.kind.rawValue)
        for number in [
            Int64(entry.permissions), Int64(entry.uid), Int64(entry.gid), entry.size, Int64(entry.links),
            // SQLite's integers are signed; an inode number keeps its 64 bits.
            Int64(bitPattern: entry.inode),
        ] {
            text.literal(",")
            text.number(number)
        }
        let isPlain =
            entry.target == nil && entry.device == nil && entry.redirect == nil && entry.attributes == nil
            && !entry.isOpaque && !entry.isMetacopy
        if !isPlain { writeMarks(of: entry, to: text) }
        text.literal("],")
    }

    /// The members that most entries do not have; a look without them reads as one whose marks are unset.
    private static func writeMarks(of entry: LayerEntry, to text: TextBuffer) {
        text.literal(",")
        text.string(entry.target)
        text.literal(",")
        text.number((entry.device?.major).map(Int64.init))
        text.literal(",")
        text.number((entry.device?.minor).map(Int64.init))
        text.literal(entry.isOpaque ? ",1," : ",0,")
        text.string(entry.redirect)
        text.literal(entry.isMetacopy ? ",1" : ",0")
        guard let attributes = entry.attributes else { return }
        text.literal(",[")
        for name in attributes {
            text.string(name)
            text.literal(",")
        }
        text.closeArray()
    }
}
