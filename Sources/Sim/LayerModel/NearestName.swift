/// The name that a misspelt one was probably meant to be.
public enum NearestName {
    /// The candidate with the fewest edits from `word`, if at most a third of its letters (and at least two) differ.
    public static func of(_ word: String, among candidates: some Sequence<String>) -> String? {
        let limit = max(2, word.count / 3)
        let ranked = candidates.map { (edits: edits(from: word, to: $0), name: $0) }
            .filter { $0.edits <= limit }
        return ranked.min { ($0.edits, $0.name) < ($1.edits, $1.name) }?.name
    }

    /// The clause that follows the name of an unknown thing: the nearest known one, or else all of them.
    public static func suggestion(for word: String, among candidates: some Collection<String>) -> String {
        if let nearest = of(word, among: candidates) { return "write `\(nearest)`, if that was meant" }
        if candidates.isEmpty { return "none is known here" }
        return "known are " + candidates.map { "`\($0)`" }.joined(separator: ", ")
    }

    /// The Levenshtein distance: insertions, deletions and replacements of one character.
    public static func edits(from left: String, to right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
