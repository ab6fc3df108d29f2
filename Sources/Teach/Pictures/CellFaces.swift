public import LayerModel

extension MergedState {
    /// How the state looks and reads. `isChanged`: the upper layer changed under this name in this frame.
    public func face(isChanged: Bool = false) -> CellFace {
        switch self {
        case .present(let content, let layer):
            CellFace(
                .merged, content.text, ["from \(layer.words)"], isChanged: isChanged,
                sentence: "\(content.sentence), from \(layer.words)")
        case .mergedDirectory(let entries):
            CellFace(
                .merged, Content.directory(entries: entries).text, ["several layers"], isChanged: isChanged,
                sentence: "\(Content.directory(entries: entries).sentence), put together from several layers")
        case .missing:
            CellFace(.missing, "ENOENT", isChanged: isChanged, sentence: "no such file (ENOENT)")
        case .unreachable(let errno):
            CellFace(.missing, errno.name, isChanged: isChanged, sentence: "cannot be looked up (\(errno.name))")
        case .refused(let errno, let content):
            CellFace(
                .refused, errno.name, ["call refused"] + (content.map { [$0.text] } ?? []), isChanged: true,
                sentence: "the call was refused with \(errno.name); nothing changed"
                    + (content.map { ", and there is \($0.sentence)" } ?? ""))
        }
    }
}

extension UpperState {
    /// How the state looks and reads.
    public var face: CellFace {
        switch self {
        case .copiedUp(let copy, let recency):
            copy.face(recency)
        case .added(let content, let recency):
            CellFace(
                recency == .thisStep ? .added : .addedEarlier, content.text, content.details,
                isChanged: recency == .thisStep,
                sentence: "\(content.sentence), added \(recency.words)")
        case .whiteout(let recency):
            CellFace(
                .whiteout, "whiteout", isChanged: recency == .thisStep,
                sentence: "a whiteout made \(recency.words): it hides the name in the layers beneath")
        case .opaque(let entries, let recency):
            CellFace(
                .opaque, "opaque", [Content.directory(entries: entries).text], isChanged: recency == .thisStep,
                sentence: "an opaque directory made \(recency.words)\(entries.map { " with \($0) entries" } ?? ""): "
                    + "it hides everything of its name beneath")
        case .redirect(let target, let recency):
            CellFace(
                .redirect, "redirect", [target], isChanged: recency == .thisStep,
                sentence: "a directory that stands for \(target) in the layers beneath")
        case .unchanged(let content):
            CellFace(.unchanged, content.text, ["unchanged"], sentence: "\(content.sentence), unchanged in this step")
        case .removed:
            CellFace(
                .removed, "removed", ["nothing left"], isChanged: true,
                sentence: "removed in this step; nothing is left, not even a whiteout")
        case .elsewhere(let content, let path): .elsewhere(content, path)
        case .changed(let content, let layer):
            CellFace(
                .changed, content.text, ["changed in place"], isChanged: true,
                sentence: "\(content.sentence) of layer \(layer), changed where it lies")
        case .kept(let content, let layer): .kept(content, layer)
        }
    }
}

extension CellFace {
    fileprivate static func elsewhere(_ content: Content, _ path: Path?) -> CellFace {
        let place = path.map { "as \($0.description.printable)" } ?? "without a name"
        return CellFace(.elsewhere, content.text, [place], sentence: "\(content.sentence), in this layer \(place)")
    }

    fileprivate static func kept(_ content: Content, _ layer: Int) -> CellFace {
        CellFace(.kept, content.text, ["as in layer \(layer)"], sentence: "\(content.sentence), as in layer \(layer)")
    }
}

extension CopyUp {
    func face(_ recency: Recency) -> CellFace {
        var details: [String] = []
        if copied != content {
            details.append("\(copied.text) copied")
        } else if let allocated {
            details.append("\(ByteCount(allocated)) allocated")
        }
        if isMetadataOnly { details.insert("attributes only", at: 0) }
        if breaksLink { details.append("hard link broken") }
        if let shared, shared > 0 { details.append("\(ByteCount(shared)) shared") }
        if details.isEmpty { details = content.details }
        var sentence = "\(content.sentence), copied up from layer \(fromLayer)"
        if let fromPath { sentence += ", where it is \(fromPath.description.printable)" }
        sentence += " \(recency.words)"
        if copied != content { sentence += " as \(copied.sentence) and written to since" }
        if let allocated { sentence += "; \(ByteCount(allocated).exact) allocated" }
        if let shared { sentence += ", \(ByteCount(shared).exact) shared with the source" }
        if isMetadataOnly { sentence += "; only its attributes, and its data is read from beneath" }
        if breaksLink { sentence += "; it parted from the names it was hard-linked to" }
        return CellFace(
            recency == .thisStep ? .copiedUp : .copiedEarlier, content.text, details, isChanged: recency == .thisStep,
            sentence: sentence)
    }
}

extension LowerState {
    /// How the state looks and reads. `isSource`: a copy-up of this frame starts here.
    public func face(isSource: Bool = false) -> CellFace {
        switch self {
        case .present(let content), .hidden(let content), .answers(let content):
            if isSource {
                return CellFace(
                    .source, content.text, ["source"], isChanged: true,
                    sentence: "\(content.sentence), the source of the copy-up")
            }
            if case .hidden = self {
                return CellFace(.hidden, content.text, ["hidden"], sentence: "\(content.sentence), hidden from above")
            }
            if case .answers = self {
                return CellFace(
                    .answer, content.text, ["answers"], isChanged: true,
                    sentence: "\(content.sentence), where the lookup ends")
            }
            return CellFace(.present, content.text, content.details, sentence: content.sentence)
        case .elsewhere(let content, _) where isSource, .kept(let content, _) where isSource:
            return LowerState.present(content).face(isSource: true)
        case .whiteout:
            return CellFace(.whiteout, "whiteout", sentence: "a whiteout of the image: it hides the name beneath")
        case .opaque(let entries):
            return CellFace(
                .opaque, "opaque", [Content.directory(entries: entries).text],
                sentence: "an opaque directory of the image: it hides everything of its name beneath")
        case .elsewhere(let content, let path): return .elsewhere(content, path)
        case .kept(let content, let layer): return .kept(content, layer)
        case .deleted:
            return CellFace(.deleted, "deleted", sentence: "deleted by this layer; the one beneath still has it")
        }
    }
}

extension Content {
    /// The shortest telling word: a file's size, a directory's number of entries.
    public var text: String {
        switch self {
        case .file(let size): ByteCount(size).description
        case .directory(nil): "dir"
        case .directory(let entries?): "dir · \(entries)"
        case .symlink: "symlink"
        case .node(.fifo): "FIFO"
        case .node(.socket): "socket"
        case .node(.characterDevice): "char dev"
        case .node(.blockDevice): "block dev"
        case .node(let kind): kind.rawValue
        }
    }

    var details: [String] {
        switch self {
        case .symlink(let target): ["→ \(target.printable)"]
        case .file, .directory, .node: []
        }
    }

    /// The object in words, with its exact size.
    public var sentence: String {
        switch self {
        case .file(let size): "a file of \(ByteCount(size).exact)"
        case .directory(nil): "a directory"
        case .directory(let entries?): "a directory with \(entries) entr\(entries == 1 ? "y" : "ies")"
        case .symlink(let target): "a symbolic link to \(target.printable)"
        case .node(let kind): "a \(kind.rawValue)"
        }
    }
}

extension LayerID {
    /// `upper`, or `layer 2`.
    public var words: String {
        switch self {
        case .upper: "upper"
        case .lower(let number): "layer \(number)"
        }
    }
}

extension Recency {
    var words: String {
        switch self {
        case .thisStep: "in this step"
        case .earlier: "earlier"
        }
    }
}
