internal import LayerContents
public import LayerModel
internal import Pictures

extension ImageReport {
    /// Why there is no file to read at a path, with what there is instead.
    ///
    /// - Parameter layer: The layer that was asked for, from 1 at the bottom; `nil` for what a container sees.
    public func absence(of path: Path, in layer: Int?) -> String {
        let name = path.description.printable
        guard let story = contents.story(of: path) else {
            return "no layer of \(self.name) holds \(name); paths are as a container sees them: /etc/passwd"
        }
        let held = story.chapters.compactMap { chapter -> (layer: Int, entry: LayerListing.Entry)? in
            switch chapter.event {
            case .holds(let entry, _), .alters(let entry, from: _): (chapter.layer + 1, entry)
            case .hides: nil
            }
        }
        if let layer {
            if let entry = held.first(where: { $0.layer == layer })?.entry {
                return "\(name) is \(entry.thing) in layer \(layer) of \(self.name), and --cat reads regular files"
            }
            for chapter in story.chapters where chapter.layer == layer - 1 {
                if case .hides(let reason) = chapter.event { return hiding(name, reason, by: layer, held) }
            }
            let layers = held.map { "\($0.layer)" }.joined(separator: ", ")
            let others = held.count == 1 ? "; layer \(layers) of it does" : "; layers \(layers) of it do"
            return "layer \(layer) of \(self.name) holds nothing at \(name)" + (held.isEmpty ? "" : others)
        }
        if let visible = story.visible, let layer = story.visibleLayer {
            return "\(name) is \(visible.thing) in layer \(layer + 1) of \(self.name), and --cat reads regular files"
        }
        for chapter in story.chapters.reversed() {
            if case .hides(let reason) = chapter.event { return hiding(name, reason, by: chapter.layer + 1, held) }
        }
        return "no container sees anything at \(name); `--path \(name)` tells what became of it"
    }

    private func hiding(
        _ name: String, _ reason: ImageContents.Reason, by layer: Int,
        _ held: [(layer: Int, entry: LayerListing.Entry)]
    ) -> String {
        let how =
            switch reason {
            case .deleted(let path) where path.description.printable == name: "holds a whiteout there"
            case .deleted(let path): "holds a whiteout at \(path.description.printable)"
            case .opaque(let path): "makes \(path.description.printable) opaque"
            case .covered(let path): "puts something else at \(path.description.printable)"
            case .replaced: "puts something else there"
            }
        guard let (beneath, entry) = held.last(where: { $0.layer < layer }) else {
            return
                "\(name) is no file: layer \(layer) of \(self.name) \(how), and no layer beneath has anything that it "
                + "hides"
        }
        let cure = entry.kind == .file ? "; `--layer \(beneath)` reads that one" : ""
        return "\(name) is hidden: layer \(layer) of \(self.name) \(how), which hides the \(entry.kind.word) of layer "
            + "\(beneath)\(cure)"
    }
}

extension LayerListing.Entry {
    fileprivate var thing: String {
        switch kind {
        case .symlink: "a symbolic link to \((target?.text ?? "").printable)"
        default: "a \(kind.word)"
        }
    }
}
