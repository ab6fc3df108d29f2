public import LayerModel

/// A fact about a step's record that must hold.
public indirect enum Expectation: Hashable, Sendable {
    /// Some call had this effect.
    case effect(EffectPattern)
    /// Some call had an effect of whatever kind.
    case anyEffect
    /// Effects that fit the pattern were recorded this many times.
    case count(EffectPattern, Int)
    /// Some call was refused.
    case refusal(Errno?, CallPattern)
    /// Some call was made and succeeded.
    case call(CallPattern)
    /// Some call found the path in this layer; `nil`: in none.
    case answer(Path, LayerID?)
    /// The shell's exit status.
    case exit(Int32)
    case output(OutputStream, OutputTest)
    /// The opposite of another expectation.
    case not(Expectation)
}

/// Effects to look for; what is `nil` may be anything.
public struct EffectPattern: Hashable, Sendable {
    public var kind: LayerEffect.Kind
    public var path: Path?
    /// The source of a copy-up, or the layer that a whiteout hides.
    public var layer: LayerID?
    /// The logical size in bytes.
    public var size: Int64?

    public init(_ kind: LayerEffect.Kind, _ path: Path? = nil, layer: LayerID? = nil, size: Int64? = nil) {
        self.kind = kind
        self.path = path
        self.layer = layer
        self.size = size
    }

    /// Whether `effect` is one of those looked for.
    public func fits(_ effect: LayerEffect) -> Bool {
        guard effect.kind == kind else { return false }
        if let path, effect.path.withoutTrailingSlash != path { return false }
        if let layer, effect.layer != layer { return false }
        if let size, effect.size != size { return false }
        return true
    }
}

/// Calls to look for.
public struct CallPattern: Hashable, Sendable {
    /// A system call's name, or the name of a family: `rename` also stands for `renameat2`. `nil`: any.
    public var name: String?
    /// One of the call's paths; `nil`: any.
    public var path: Path?

    public init(_ name: String? = nil, _ path: Path? = nil) {
        self.name = name
        self.path = path
    }
}

/// What a command wrote to.
public enum OutputStream: String, Hashable, Sendable {
    case standardOutput = "stdout"
    case standardError = "stderr"
}

/// What an output is held against.
public enum OutputTest: Hashable, Sendable {
    case contains(String)
    /// A regular expression of Swift's syntax, found anywhere; `^` and `$` match at line ends.
    case matches(String)
    case isEmpty
}

extension Expectation: CustomStringConvertible {
    /// The form in which it is written in a lesson.
    public var description: String {
        switch self {
        case .effect(let pattern): pattern.description
        case .anyEffect: "effects"
        case .count(let pattern, let number): "count \(number) \(pattern)"
        case .refusal(let errno, let call): words("errno", errno?.name, call.name, call.path?.word)
        case .call(let call): words("call", call.name, call.path?.word)
        case .answer(let path, let layer): words("answer", path.word, layer?.description ?? "none")
        case .exit(let status): "exit \(status)"
        case .output(let stream, .contains(let text)): "\(stream.rawValue) contains \(text)"
        case .output(let stream, .matches(let pattern)): "\(stream.rawValue) matches \(pattern)"
        case .output(let stream, .isEmpty): "\(stream.rawValue) empty"
        case .not(let expectation): "no \(expectation)"
        }
    }
}

extension EffectPattern: CustomStringConvertible {
    public var description: String {
        let preposition = kind == .whiteout ? "hides" : "from"
        return words(
            kind.rawValue, path?.word, layer.map { "\(preposition) \($0)" }, size.map { "size \($0)" })
    }
}

extension Path {
    /// The path as one word of an expectation: quoted where it holds a space.
    fileprivate var word: String {
        let text = description
        return text.contains(" ") ? "\"\(text)\"" : text
    }
}

private func words(_ words: String?...) -> String { words.compactMap(\.self).joined(separator: " ") }
