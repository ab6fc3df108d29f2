internal import LayerModel

/// The sentences for what can be wrong with a lesson's YAML.
extension LessonError {
    static func badYAML(_ place: SourcePosition, _ problem: String) -> LessonError {
        LessonError(place, "the YAML cannot be read: \(problem); quote text that holds `: ` or begins with a sign")
    }

    static func emptyYAML(_ place: SourcePosition) -> LessonError {
        LessonError(place, "the block is empty; write its YAML, or take the block away")
    }

    static func notMapping(_ place: SourcePosition, _ subject: String, _ keys: [String]) -> LessonError {
        LessonError(place, "\(subject) must be a YAML mapping; its keys are \(list(keys))")
    }

    static func notText(_ place: SourcePosition, _ subject: String) -> LessonError {
        LessonError(place, "`\(subject)` must be one text; quote it if it holds `: `")
    }

    static func emptyText(_ place: SourcePosition, _ subject: String) -> LessonError {
        LessonError(place, "`\(subject)` is empty; write its text")
    }

    static func notList(_ place: SourcePosition, _ subject: String) -> LessonError {
        LessonError(place, "`\(subject)` must be a list with at least one item; write one item a line, each after `- `")
    }

    static func notNumber(_ place: SourcePosition, _ key: String, _ text: String) -> LessonError {
        LessonError(place, "`\(key)` must be a whole number, not `\(text)`; write digits only")
    }

    static func notAmong(_ place: SourcePosition, _ key: String, _ text: String, _ known: [String]) -> LessonError {
        LessonError(place, "`\(text)` is no value of `\(key)`; \(NearestName.suggestion(for: text, among: known))")
    }

    static func unknownKey(
        _ place: SourcePosition, _ key: String, _ subject: String, _ keys: [String]
    ) -> LessonError {
        LessonError(place, "\(subject) has no key `\(key)`; \(NearestName.suggestion(for: key, among: keys))")
    }

    static func missingKey(_ place: SourcePosition, _ key: String, _ subject: String) -> LessonError {
        LessonError(place, "\(subject) lacks the key `\(key)`; add a line `\(key): ...`")
    }

    static func badChoices(_ place: SourcePosition) -> LessonError {
        LessonError(place, "`choices` must map two or more letters, a, b, c and so on in order, to their texts")
    }

    static func badAnswer(_ place: SourcePosition, _ text: String, _ letters: [String]) -> LessonError {
        LessonError(place, "`\(text)` is none of the choices; answer with \(list(letters))")
    }

    private static func list(_ words: [String]) -> String { words.map { "`\($0)`" }.joined(separator: ", ") }
}
