import LayerModel

// The blocks that are written in YAML.

extension LessonHeader {
    private static let keys = ["id", "title", "summary", "slides", "image", "columns"]

    init(_ node: YAMLNode, deck: Deck) throws(LessonError) {
        let header = try YAMLMapping(node, subject: "the front matter", keys: Self.keys)
        id = try header.text("id")
        guard TeachingBlock.isID(id) else {
            throw .malformedID(FencedBlock.Word(text: id, position: try header.required("id").position))
        }
        title = try header.text("title")
        summary = try header.text("summary")
        slides = try header.integers("slides")
        let place = try header.required("slides").position
        for number in slides where deck[number] == nil {
            throw .unknownSlide(place, number, known: deck.slides.map(\.number))
        }
        image = try header.text("image")
        columns = try header.paths("columns").map { Path($0) }
    }
}

extension Question {
    init(_ block: TeachingBlock) throws(LessonError) {
        let mapping = try YAMLMapping(
            YAMLNode(parsing: block.fence.body, at: block.fence.bodyPosition), subject: "the predict block",
            keys: ["question", "choices", "answer", "why"])
        position = block.fence.position
        text = try mapping.text("question")
        choices = []
        let node = try mapping.required("choices")
        guard case .mapping(let pairs) = node.value, (2...26).contains(pairs.count) else {
            throw .badChoices(node.position)
        }
        for (index, pair) in pairs.enumerated() {
            let letter = try pair.key.text(of: "choices")
            guard letter == String(Self.letter(index)) else { throw .badChoices(pair.key.position) }
            choices.append(try pair.value.text(of: letter))
        }
        let letters = choices.indices.map { String(Self.letter($0)) }
        let answer = try mapping.text("answer")
        guard let index = letters.firstIndex(of: answer) else {
            throw .badAnswer(try mapping.required("answer").position, answer, letters)
        }
        self.answer = index
        why = try mapping.text("why")
    }
}

extension WrittenExpectation {
    /// Reads one item of a list of expectations.
    init(_ node: YAMLNode) throws(LessonError) {
        let text = try node.text(of: "expectation")
        position = node.position
        do {
            expectation = try Expectation(parsing: text)
        } catch let error {
            throw LessonError(node.textPosition.advanced(by: error.offset), error.message)
        }
    }

    /// The items of a list.
    static func list(_ node: YAMLNode, _ subject: String) throws(LessonError) -> [WrittenExpectation] {
        var list: [WrittenExpectation] = []
        for item in try node.items(of: subject) { list.append(try WrittenExpectation(item)) }
        return list
    }
}

extension FrameRequest {
    init(_ block: TeachingBlock) throws(LessonError) {
        let mapping = try YAMLMapping(
            YAMLNode(parsing: block.fence.body, at: block.fence.bodyPosition), subject: "the show block",
            keys: ["columns", "frames", "caption"])
        columns = try mapping.paths("columns").map { Path($0) }
        extent = .last
        if let node = mapping["frames"] {
            let text = try node.text(of: "frames")
            guard let extent = Extent(rawValue: text) else {
                throw .notAmong(node.position, "frames", text, Extent.allCases.map(\.rawValue))
            }
            self.extent = extent
        }
        caption = try mapping["caption"]?.text(of: "caption")
    }
}

extension LessonTask {
    /// The solution is another block's, and is filled in when that is met.
    init(_ block: TeachingBlock, after step: String?) throws(LessonError) {
        let mapping = try YAMLMapping(
            YAMLNode(parsing: block.fence.body, at: block.fence.bodyPosition), subject: "the task block",
            keys: ["ask", "check", "hints"])
        id = block.id.text
        after = step
        position = block.fence.position
        text = try mapping.text("ask")
        checks = try WrittenExpectation.list(mapping.required("check"), "check")
        hints = []
        for node in try mapping["hints"]?.items(of: "hints") ?? [] {
            let hint = try YAMLMapping(node, subject: "the hint", keys: ["unless", "say"])
            var unless: WrittenExpectation?
            if let condition = hint["unless"] { unless = try WrittenExpectation(condition) }
            hints.append(Hint(unless: unless, text: try hint.text("say")))
        }
        solution = ""
    }
}
