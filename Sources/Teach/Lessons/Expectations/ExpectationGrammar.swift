import LayerModel
import Scripts

/// An expectation that cannot be read: what is wrong and how far into its text.
struct ExpectationError: Error, Hashable {
    /// In Unicode scalars, from 0.
    var offset: Int
    /// One sentence.
    var message: String
}

extension Expectation {
    /// Reads an expectation from the line that an author wrote; docs/lessons.md has the grammar.
    init(parsing text: String) throws(ExpectationError) {
        var words = ExpectationWords(text)
        let first = try words.next("a fact, such as `copy-up /etc/motd from 3`")
        if first.text == "no" {
            let start = try words.next("the fact that must not hold")
            guard start.text != "no" else { throw start.error("`no` stands twice; write it once") }
            self = .not(try Self.fact(start, &words))
        } else {
            self = try Self.fact(first, &words)
        }
        try words.end()
    }

    /// The words that can begin a fact.
    static let subjects =
        LayerEffect.Kind.allCases.map(\.rawValue)
        + ["effects", "count", "errno", "call", "answer", "exit", "stdout", "stderr"]

    private static func fact(
        _ subject: ExpectationWords.Word, _ words: inout ExpectationWords
    ) throws(ExpectationError) -> Expectation {
        if let kind = LayerEffect.Kind(rawValue: subject.text) { return .effect(try words.pattern(of: kind)) }
        if let stream = OutputStream(rawValue: subject.text) { return .output(stream, try words.outputTest()) }
        switch subject.text {
        case "effects": return .anyEffect
        case "count":
            let number = try words.next("how many")
            guard let count = Int(number.text), count >= 0 else {
                throw number.error("`\(number.text)` is not a number; write `count 1 copy-up`")
            }
            let kind = try words.next("the kind of effect that is counted")
            return .count(try words.pattern(of: kind.effectKind()), count)
        case "errno":
            let name = try words.next("an error's name, such as EXDEV, or `any`")
            let errno = name.text == "any" ? nil : Errno(name: name.text)
            guard errno != nil || name.text == "any" else {
                throw name.error("`\(name.text)` is no error of errno(3); write its C name, such as EXDEV, or `any`")
            }
            return .refusal(errno, try words.call())
        case "call":
            let call = try words.call()
            guard call.name != nil else { throw words.error("`call` needs the name of a call, such as `call mkdir`") }
            return .call(call)
        case "answer":
            let path = try words.path()
            let layer = try words.next("the layer, or `none`")
            return .answer(path, layer.text == "none" ? nil : try layer.layer())
        case "exit":
            let status = try words.next("the exit status")
            guard let number = Int32(status.text), (0...255).contains(number) else {
                throw status.error("`\(status.text)` is no exit status; write a number from 0 to 255")
            }
            return .exit(number)
        default:
            throw subject.error(
                "`\(subject.text)` begins no expectation; \(NearestName.suggestion(for: subject.text, among: subjects))"
            )
        }
    }
}

extension ExpectationWords {
    /// `[PATH] [from LAYER | hides LAYER] [size N]`
    mutating func pattern(of kind: LayerEffect.Kind) throws(ExpectationError) -> EffectPattern {
        var pattern = EffectPattern(kind)
        if peek?.hasPrefix("/") == true { pattern.path = try path() }
        let preposition = kind == .whiteout ? "hides" : "from"
        while let word = peek.map({ _ in takeNext() }) {
            switch word.text {
            case preposition where pattern.layer == nil && (kind == .whiteout || kind.isCopy):
                pattern.layer = try next("a layer").layer()
            case "size" where pattern.size == nil && (kind == .copyUp || kind == .create):
                let size = try next("a size in bytes")
                guard let bytes = Int64(size.text), bytes >= 0 else {
                    throw size.error("`\(size.text)` is no size; write the bytes in digits")
                }
                pattern.size = bytes
            default:
                throw word.error("`\(word.text)` cannot stand here; \(kind.form)")
            }
        }
        return pattern
    }

    /// `[NAME] [PATH]`
    mutating func call() throws(ExpectationError) -> CallPattern {
        var call = CallPattern()
        if let word = peek, !word.hasPrefix("/") {
            let name = takeNext()
            guard CallFamily.isKnown(name.text) else {
                let cure = NearestName.suggestion(for: name.text, among: CallFamily.names)
                throw name.error("`\(name.text)` is no call that is observed; \(cure)")
            }
            call.name = name.text
        }
        if peek != nil { call.path = try path() }
        return call
    }

    /// `contains TEXT | matches REGEX | empty`
    mutating func outputTest() throws(ExpectationError) -> OutputTest {
        let verb = try next("`contains`, `matches` or `empty`")
        switch verb.text {
        case "empty": return .isEmpty
        case "contains": return .contains(try rest("the text to find").text)
        case "matches":
            let pattern = try rest("a regular expression")
            guard (try? Regex(pattern.text)) != nil else {
                throw pattern.error("`\(pattern.text)` is no regular expression; escape signs such as ( with \\")
            }
            return .matches(pattern.text)
        default:
            throw verb.error("`\(verb.text)` cannot stand here; write `contains`, `matches` or `empty`")
        }
    }

    mutating func path() throws(ExpectationError) -> Path {
        let word = try next("an absolute path")
        guard word.text.hasPrefix("/") else {
            throw word.error("`\(word.text)` is not an absolute path of the container; begin it with /")
        }
        return Path(word.text).withoutTrailingSlash
    }
}

extension ExpectationWords.Word {
    fileprivate func layer() throws(ExpectationError) -> LayerID {
        guard let layer = LayerID(text) else {
            throw error("`\(text)` is no layer; write its number, from 1 at the bottom, or `upper`")
        }
        return layer
    }

    fileprivate func effectKind() throws(ExpectationError) -> LayerEffect.Kind {
        guard let kind = LayerEffect.Kind(rawValue: text) else {
            let known = LayerEffect.Kind.allCases.map(\.rawValue)
            throw error("`\(text)` is no kind of effect; \(NearestName.suggestion(for: text, among: known))")
        }
        return kind
    }
}

extension LayerEffect.Kind {
    fileprivate var isCopy: Bool { self == .copyUp || self == .parentCopyUp }

    /// The form of an expectation of this kind, as the end of a sentence.
    fileprivate var form: String {
        switch self {
        case .copyUp: "write `copy-up [PATH] [from LAYER] [size BYTES]`"
        case .parentCopyUp: "write `parent-copy-up [PATH] [from LAYER]`"
        case .whiteout: "write `whiteout [PATH] [hides LAYER]`"
        case .create: "write `create [PATH] [size BYTES]`"
        case .linkBroken, .remove, .opaque, .redirect: "write `\(rawValue) [PATH]`"
        }
    }
}
