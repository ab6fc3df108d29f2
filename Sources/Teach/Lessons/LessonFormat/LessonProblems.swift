internal import LayerModel

/// The sentences for what can be wrong with a lesson: each names the thing and the cure.
extension LessonError {
    // The file.

    static func noFrontMatter(_ place: SourcePosition) -> LessonError {
        LessonError(place, "the file has no front matter; begin it with a line `---`, YAML, and another line `---`")
    }

    static func openFrontMatter(_ place: SourcePosition) -> LessonError {
        LessonError(place, "the front matter has no end; close it with a line `---`")
    }

    static func openFence(_ place: SourcePosition, mark: String) -> LessonError {
        LessonError(place, "the fenced block has no end; close it with a line `\(mark)`")
    }

    static func noRun(_ place: SourcePosition) -> LessonError {
        LessonError(place, "the lesson has no run block; add one, such as ```sh run ID")
    }

    // Info strings.

    static func unknownKind(_ word: FencedBlock.Word) -> LessonError {
        let cure = NearestName.suggestion(for: word.text, among: BlockKind.allCases.map(\.rawValue))
        return LessonError(word.position, "`\(word.text)` is not a kind of block; \(cure), or leave only the language")
    }

    static func wrongLanguage(_ word: FencedBlock.Word, _ kind: BlockKind) -> LessonError {
        LessonError(
            word.position,
            "a \(kind.rawValue) block is written in `\(kind.language)`, not `\(word.text)`; "
                + "begin it with ```\(kind.language) \(kind.rawValue) ID")
    }

    static func notOnSlides(_ word: FencedBlock.Word, _ kind: BlockKind) -> LessonError {
        LessonError(
            word.position,
            "a \(kind.rawValue) block does not belong on a slide; move it to a lesson that uses the slide")
    }

    static func noID(_ word: FencedBlock.Word, _ kind: BlockKind) -> LessonError {
        LessonError(
            word.position,
            "the \(kind.rawValue) block has no id; write one after `\(kind.rawValue)`, as in "
                + "```\(kind.language) \(kind.rawValue) second-write")
    }

    static func malformedID(_ word: FencedBlock.Word) -> LessonError {
        LessonError(
            word.position, "`\(word.text)` cannot be an id; use lower-case letters, digits and inner hyphens")
    }

    static func malformedOption(_ word: FencedBlock.Word) -> LessonError {
        LessonError(word.position, "`\(word.text)` is not an option; write KEY=VALUE without spaces")
    }

    static func optionNotAllowed(_ word: FencedBlock.Word, _ kind: BlockKind) -> LessonError {
        LessonError(
            word.position, "a \(kind.rawValue) block takes no options; write what `\(word.text)` asks for in its body")
    }

    static func repeatedOption(_ word: FencedBlock.Word, _ key: String) -> LessonError {
        LessonError(word.position, "the option `\(key)` stands twice; keep one")
    }

    static func unknownOption(_ word: FencedBlock.Word, _ key: String, _ known: [String]) -> LessonError {
        let cure = NearestName.suggestion(for: key, among: known)
        return LessonError(word.position, "`\(key)` is not an option of a run block; \(cure)")
    }

    static func badOption(_ word: FencedBlock.Word, _ wanted: String) -> LessonError {
        LessonError(word.position, "`\(word.text)` is not understood; write \(wanted)")
    }

    // Ids and references.

    static func repeatedID(
        _ word: FencedBlock.Word, _ kind: BlockKind, first: SourcePosition
    ) -> LessonError {
        LessonError(
            word.position,
            "a \(kind.rawValue) block `\(word.text)` stands already in line \(first.line); give one of them another id")
    }

    static func nothingToAttachTo(
        _ word: FencedBlock.Word, _ kind: BlockKind, _ target: BlockKind, known: [String]
    ) -> LessonError {
        let cure = NearestName.suggestion(for: word.text, among: known)
        return LessonError(
            word.position,
            "the \(kind.rawValue) block `\(word.text)` belongs to no \(target.rawValue) block of that id; \(cure)")
    }

    static func unknownExample(_ word: FencedBlock.Word, _ reference: String, known: [String]) -> LessonError {
        let cure = NearestName.suggestion(for: reference, among: known)
        return LessonError(word.position, "no slide has the example `\(reference)`; \(cure)")
    }

    static func unknownSlide(_ place: SourcePosition, _ number: Int, known: [Int]) -> LessonError {
        let all = known.map(String.init).joined(separator: ", ")
        return LessonError(place, "there is no slide \(number); known are \(all.isEmpty ? "none" : all)")
    }

    static func repeatedSlide(_ place: SourcePosition, _ number: Int, first: String) -> LessonError {
        LessonError(place, "slide \(number) is already in \(first); give one of them another number")
    }

    static func emptyRun(_ place: SourcePosition, _ id: String) -> LessonError {
        LessonError(place, "the run block `\(id)` has no command; write one, or use one from the deck with use=NN.ID")
    }

    static func bodyBesideUse(_ place: SourcePosition, _ reference: String) -> LessonError {
        LessonError(
            place, "the block takes its commands from `\(reference)`; leave its own body empty, or only a comment")
    }

    static func columnsTwice(_ place: SourcePosition, _ id: String) -> LessonError {
        LessonError(place, "the columns of `\(id)` stand in its run block too; keep show= or the show block's columns")
    }

    static func noSolution(_ place: SourcePosition, _ id: String) -> LessonError {
        LessonError(place, "the task `\(id)` has no solution; add a block ```sh solution \(id)")
    }

    static func relativePath(_ place: SourcePosition, _ path: String) -> LessonError {
        LessonError(place, "`\(path)` is not an absolute path of the container; begin it with /")
    }
}
