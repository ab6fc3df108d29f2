public import LayerContents
internal import LayerModel
internal import Pictures
public import Terminal

extension ImageReport {
    /// What happened to a path from layer to layer, with the instruction that did it.
    public func text(_ story: PathStory, style: Style) -> String {
        var text = style.apply(.bold, to: story.path.description.printable) + "\n"
        for chapter in story.chapters {
            let layer = layers[chapter.layer]
            text += "  layer \(layer.number)  \(chapter.event.words)\n"
            if !layer.createdBy.isEmpty { text += "           by \(layer.createdBy.historyInstruction.printable)\n" }
        }
        if let visible = story.visible, let layer = story.visibleLayer {
            text += "  A container sees the \(visible.words) of layer \(layer + 1).\n"
        } else {
            text += "  A container sees nothing there.\n"
        }
        return text
    }
}

extension PathStory.Event {
    /// A clause of which the layer is the subject.
    var words: String {
        switch self {
        case .holds(let entry, .added): "+ adds a \(entry.words)"
        case .holds(let entry, .changed) where entry.isOpaque:
            "⊘ puts an opaque directory there, \(entry.attributeWords): all that it held is hidden"
        case .alters(let entry, let before):
            "M gives the directory another \(entry.differences(from: before).joined(separator: ", ")): "
                + entry.attributeWords
        case .holds(let entry, .changed): "M puts a \(entry.words) in its place"
        case .holds(let entry, .unchanged): "  holds the \(entry.words) for what is in it"
        case .holds(_, .removed): "✕ deletes it"
        case .hides(.deleted(let path)): "✕ deletes \(path.description.printable)"
        case .hides(.opaque(let path)): "⊘ makes \(path.description.printable) opaque, which hides it"
        case .hides(.covered(let path)): "M puts something else at \(path.description.printable), which hides it"
        case .hides(.replaced): "M puts something else in its place"
        }
    }

    /// The same in three words at most, for a line.
    var briefWords: String {
        switch self {
        case .holds(_, .added): "+ adds it"
        case .holds(let entry, .changed) where entry.isOpaque: "⊘ makes it opaque"
        case .alters: "M changes it"
        case .holds(_, .changed): "M replaces it"
        case .holds(_, .unchanged): "  holds it"
        case .holds(_, .removed), .hides(.deleted): "✕ deletes it"
        case .hides(.opaque): "⊘ hides it"
        case .hides(.covered), .hides(.replaced): "M hides it"
        }
    }
}

extension LayerListing.Entry {
    /// What of a directory is not as it was, in words.
    func differences(from before: Self) -> [String] {
        var words: [String] = []
        if permissions != before.permissions { words.append("mode") }
        if (uid, gid) != (before.uid, before.gid) { words.append("owner") }
        if seconds != before.seconds { words.append("time") }
        return words
    }

    fileprivate var attributeWords: String { "mode \(String(permissions, radix: 8)), owner \(uid):\(gid)" }

    fileprivate var words: String {
        let size = kind == .file ? " of \(ByteCount(size).exact)" : ""
        let target = target.map { " to \($0.text.printable)" } ?? ""
        return "\(kind.word)\(size)\(target), \(attributeWords)"
    }
}
