/// A slide of the deck in our own words, with its examples.
public struct Slide: Hashable, Sendable {
    /// What a slide does besides saying something.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// An example that is executed.
        case run
        /// A statement that a run confirms or refutes.
        case claim
        /// A picture drawn from recorded facts.
        case picture
        /// Prose only.
        case say
    }

    public var file: String
    public var number: Int
    public var title: String
    public var kinds: [Kind]
    /// Statements, of the slide or of published documents, that a run contradicts.
    public var contradictions: [String]
    /// What the slide says and no example shows yet.
    public var later: String?
    /// The slide's text as Markdown, without its examples and notes.
    public var text: String
    public var examples: [Example]
    /// What the speaker says, by the id of the notes block.
    public var notes: [String: String]
}

/// The slides of a deck, by number.
public struct Deck: Hashable, Sendable {
    public let slides: [Slide]

    /// - Throws: `LessonError` when two slides have one number.
    public init(_ slides: [Slide] = []) throws(LessonError) {
        var files: [Int: String] = [:]
        for slide in slides {
            if let first = files[slide.number] {
                throw .repeatedSlide(SourcePosition(file: slide.file, line: 2), slide.number, first: first)
            }
            files[slide.number] = slide.file
        }
        self.slides = slides.sorted { $0.number < $1.number }
    }

    public subscript(number: Int) -> Slide? { slides.first { $0.number == number } }

    /// The example that a reference such as `57.second-write` names.
    public func example(_ reference: String) -> Example? {
        examples.first { $0.reference == reference }
    }

    /// All examples in the deck's order.
    public var examples: [Example] { slides.flatMap(\.examples) }
}
