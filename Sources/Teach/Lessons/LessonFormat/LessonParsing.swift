import LayerModel

extension Lesson {
    /// Reads a lesson from its Markdown; examples that it uses from the deck are looked up there.
    ///
    /// - Parameter file: the name that errors show.
    /// - Throws: `LessonError` with the first thing that is wrong.
    public init(parsing text: String, file: String, deck: Deck) throws(LessonError) {
        let document = try MarkdownDocument(parsing: text, file: file)
        let front = document.frontMatter
        let header = try LessonHeader(YAMLNode(parsing: front.yaml, at: front.position), deck: deck)
        var assembly = LessonAssembly(header: header, deck: deck)
        for block in document.blocks {
            switch block.content {
            case .heading(let level, let text) where level <= 2:
                assembly.beginSection(block.source, title: level == 2 ? text : nil)
            case .heading, .text:
                assembly.append(block.source)
            case .fence(let fence):
                if let teaching = try TeachingBlock(fence) {
                    try assembly.add(teaching)
                } else {
                    assembly.append(block.source)
                }
            }
        }
        assembly.endSection()
        try assembly.attach()
        guard !assembly.steps.isEmpty else { throw .noRun(SourcePosition(file: file, line: 1)) }
        self.init(
            file: file, header: header, introduction: assembly.introduction, steps: assembly.steps,
            tasks: assembly.tasks, closing: assembly.pending.joined(separator: "\n\n"))
    }
}

/// The blocks of a lesson on their way to steps.
///
/// Text belongs to the next run block of its section; what follows the section's last one is its `after`. A section
/// without a run block is text: of the introduction, of the next step, or of the closing.
private struct LessonAssembly {
    let header: LessonHeader
    let deck: Deck
    private(set) var steps: [LessonStep] = []
    private(set) var tasks: [LessonTask] = []
    private(set) var introduction = ""
    /// Text that no step has taken yet, of the sections before this one.
    private(set) var pending: [String] = []
    /// The text of this section since its heading or its last run block.
    private var section: [String] = []
    private var heading: (source: String, title: String?)?
    /// Whether this section has had a run block.
    private var hasRun = false
    private var isIntroduced = false
    /// The blocks that are joined to a run or a task by id, once all of these are known.
    private var attachments: [TeachingBlock] = []
    private var places: [String: SourcePosition] = [:]

    init(header: LessonHeader, deck: Deck) {
        self.header = header
        self.deck = deck
    }

    mutating func append(_ source: String) { section.append(source) }

    mutating func beginSection(_ source: String, title: String?) {
        endSection()
        heading = (source, title)
    }

    mutating func endSection() {
        if hasRun {
            steps[steps.count - 1].after = section.joined(separator: "\n\n")
        } else {
            // The document's own title is in the front matter.
            if let heading, heading.title != nil { pending.append(heading.source) }
            pending += section
        }
        (section, heading, hasRun) = ([], nil, false)
    }

    /// - Throws: `LessonError` for an id that another block of the kind has, and for what the block itself has wrong.
    mutating func add(_ block: TeachingBlock) throws(LessonError) {
        let key = "\(block.kind.rawValue) \(block.id.text)"
        if let first = places.updateValue(block.id.position, forKey: key) {
            throw .repeatedID(block.id, block.kind, first: first)
        }
        switch block.kind {
        case .run: try addStep(block)
        case .task: tasks.append(try LessonTask(block, after: steps.last?.id))
        case .predict, .expect, .show, .solution, .notes: attachments.append(block)
        }
    }

    private mutating func addStep(_ block: TeachingBlock) throws(LessonError) {
        let example = try Example(block, slide: nil, deck: deck)
        if !isIntroduced {
            introduction = pending.joined(separator: "\n\n")
            (pending, isIntroduced) = ([], true)
        }
        let columns = example.columns.isEmpty ? header.columns : example.columns
        steps.append(
            LessonStep(
                id: block.id.text, title: heading?.title ?? block.id.text,
                before: (pending + section).joined(separator: "\n\n"), after: "", example: example, question: nil,
                expectations: [], frame: FrameRequest(columns: columns, extent: .last, caption: nil), notes: nil))
        (pending, section, hasRun) = ([], [], true)
    }

    /// Joins the other blocks to the run and task blocks of their ids.
    ///
    /// - Throws: `LessonError` for an id that is not there, and for what a block itself has wrong.
    mutating func attach() throws(LessonError) {
        for block in attachments {
            if block.kind == .solution {
                guard let index = tasks.firstIndex(where: { $0.id == block.id.text }) else {
                    throw .nothingToAttachTo(block.id, block.kind, .task, known: tasks.map(\.id))
                }
                tasks[index].solution = block.fence.body.trimmed
                continue
            }
            guard let index = steps.firstIndex(where: { $0.id == block.id.text }) else {
                throw .nothingToAttachTo(block.id, block.kind, .run, known: steps.map(\.id))
            }
            try attach(block, to: index)
        }
        attachments = []
        for task in tasks where task.solution.isEmpty { throw .noSolution(task.position, task.id) }
    }

    private mutating func attach(_ block: TeachingBlock, to index: Int) throws(LessonError) {
        switch block.kind {
        case .predict: steps[index].question = try Question(block)
        case .expect:
            let node = try YAMLNode(parsing: block.fence.body, at: block.fence.bodyPosition)
            steps[index].expectations = try WrittenExpectation.list(node, "expect")
        case .show:
            var frame = try FrameRequest(block)
            if frame.columns.isEmpty {
                frame.columns = steps[index].frame.columns
            } else if !steps[index].example.columns.isEmpty, steps[index].example.slide == nil {
                throw .columnsTwice(block.fence.position, block.id.text)
            }
            steps[index].frame = frame
        case .notes: steps[index].notes = block.fence.body.trimmed
        case .run, .task, .solution: break
        }
    }
}
