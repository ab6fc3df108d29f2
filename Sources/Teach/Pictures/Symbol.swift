/// The signs of the matrix. Each has a mark or a word of its own, so that colour is never the only difference.
public enum Symbol: String, Hashable, Sendable, CaseIterable {
    case merged, missing, refused
    case copiedUp = "copied-up"
    case copiedEarlier = "copied-earlier"
    case added
    case addedEarlier = "added-earlier"
    case whiteout, opaque, redirect, elsewhere, changed, removed, deleted, unchanged
    case present, kept, source, answer, hidden

    /// The sign that stands before a cell's text; empty where the text and the frame say enough.
    public var mark: String {
        switch self {
        case .merged, .present, .kept, .unchanged, .hidden: ""
        case .missing: "—"
        case .refused: "⚠"
        case .copiedUp, .copiedEarlier: "M"
        case .added, .addedEarlier: "+"
        case .whiteout: "✕"
        case .opaque: "⊘"
        case .redirect: "↪"
        case .elsewhere: "⇢"
        case .changed: "✎"
        case .removed: "−"
        case .deleted: "∅"
        case .source: "●"
        case .answer: "◎"
        }
    }

    /// What the sign means, as the legend of a picture of `moment` has it.
    public func meaning(_ moment: LayerMatrix.Moment = .step) -> String {
        let when = moment == .step ? "in this step" : "by this script"
        return switch self {
        case .merged: "what the process sees"
        case .missing: "no such file"
        case .refused: "call refused, nothing changed"
        case .copiedUp: "copied up \(when)"
        case .copiedEarlier: "copied up earlier"
        case .added: "added \(when)"
        case .addedEarlier: "added earlier"
        case .whiteout: "whiteout: hides what is beneath"
        case .opaque: "opaque: hides all beneath"
        case .redirect: "stands for another name beneath"
        case .elsewhere: "lies in its layer under another name"
        case .changed: "changed where it lies"
        case .removed: "removed, nothing left"
        case .deleted: "this layer took it away"
        case .unchanged: "in the upper layer, unchanged"
        case .present: "in this layer"
        case .kept: "as in the layer named"
        case .source: "source of the copy-up"
        case .answer: "the lookup ends here"
        case .hidden: "hidden by a layer above"
        }
    }
}

/// A cell in signs and words, before any colour or place is chosen.
public struct CellFace: Hashable, Sendable {
    public var symbol: Symbol
    /// The main word: a size, `whiteout`, `ENOENT`.
    public var text: String
    /// Up to two smaller lines.
    public var details: [String]
    /// Whether this frame's call made it so.
    public var isChanged: Bool
    /// The whole as a clause for a tooltip or a screen reader, with exact numbers.
    public var sentence: String

    public init(_ symbol: Symbol, _ text: String, _ details: [String] = [], isChanged: Bool = false, sentence: String) {
        self.symbol = symbol
        self.text = text
        self.details = details
        self.isChanged = isChanged
        self.sentence = sentence
    }

    /// Mark and main word in one line.
    public var headline: String { symbol.mark.isEmpty ? text : "\(symbol.mark) \(text)" }
}
