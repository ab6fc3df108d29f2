import LayerModel

extension Example {
    private static let options = ["use", "observe", "show"]

    /// Reads a run block; with `deck`, one that may take its commands from there.
    init(_ block: TeachingBlock, slide: Int?, deck: Deck?) throws(LessonError) {
        id = block.id.text
        self.slide = slide
        reference = slide.map { "\($0).\(block.id.text)" } ?? block.id.text
        position = block.fence.position
        commands = block.fence.body.trimmed
        observesReads = false
        columns = []
        let known = deck == nil ? Self.options.filter { $0 != "use" } : Self.options
        for option in block.options where !known.contains(option.key) {
            throw .unknownOption(option.word, option.key, known)
        }
        let isEmpty = commands.split(separator: "\n").allSatisfy { $0.trimmed.hasPrefix("#") }
        if let deck, let use = block.options.first(where: { $0.key == "use" }) {
            guard let example = deck.example(use.value) else {
                throw .unknownExample(use.word, use.value, known: deck.examples.map(\.reference))
            }
            guard isEmpty else { throw .bodyBesideUse(block.fence.bodyPosition, use.value) }
            self.slide = example.slide
            reference = example.reference
            commands = example.commands
            observesReads = example.observesReads
            columns = example.columns
        } else if isEmpty {
            throw .emptyRun(position, id)
        }
        for option in block.options {
            switch option.key {
            case "observe":
                guard option.value == "reads" else { throw .badOption(option.word, "observe=reads") }
                observesReads = true
            case "show":
                columns = try Self.paths(option.value, option.word)
            default: break
            }
        }
    }

    private static func paths(_ list: String, _ word: FencedBlock.Word) throws(LessonError) -> [Path] {
        var paths: [Path] = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            guard !part.isEmpty else { throw .badOption(word, "show=/a/path,/another") }
            guard part.hasPrefix("/") else { throw .relativePath(word.position, String(part)) }
            paths.append(Path(part))
        }
        return paths
    }
}
