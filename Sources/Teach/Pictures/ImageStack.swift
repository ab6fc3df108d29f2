/// One image's layers as they stand on each other, with what each holds and what of it is never seen.
public struct ImageStack: Hashable, Sendable {
    /// A layer and what it does to those beneath. Sizes are what `docker history` tells.
    public struct Layer: Hashable, Sendable {
        /// Counted from 1 at the bottom.
        public var number: Int
        /// The instruction that made it, as `docker history` tells it; empty where the history does not tell.
        public var createdBy: String
        public var diffID: String
        public var size: Int64
        /// Those of its bytes that layers further up hide.
        public var wasted: Int64
        /// The bytes of layers further down that it hides.
        public var hides: Int64
        public var names: Names
        /// The names of the other images that stand on it.
        public var sharedWith: [String]

        public init(
            number: Int, createdBy: String, diffID: String, size: Int64, wasted: Int64 = 0, hides: Int64 = 0,
            names: Names = Names(), sharedWith: [String] = []
        ) {
            self.number = number
            self.createdBy = createdBy
            self.diffID = diffID
            self.size = size
            self.wasted = wasted
            self.hides = hides
            self.names = names
            self.sharedWith = sharedWith
        }
    }

    /// How many names a layer adds, changes and deletes, and how many of its directories hide all beneath.
    public struct Names: Hashable, Sendable {
        public var added: Int
        public var changed: Int
        public var deleted: Int
        public var opaque: Int

        public init(added: Int = 0, changed: Int = 0, deleted: Int = 0, opaque: Int = 0) {
            self.added = added
            self.changed = changed
            self.deleted = deleted
            self.opaque = opaque
        }

        /// `+ 12 · M 3 · ✕ 1 · ⊘ 1`, without those that are none.
        public var marks: String {
            [("+", added), ("M", changed), ("✕", deleted), ("⊘", opaque)].filter { $0.1 > 0 }
                .map { "\($0.0) \($0.1)" }.joined(separator: " · ")
        }

        var words: String {
            let parts = [(added, "added"), (changed, "changed"), (deleted, "deleted"), (opaque, "opaque")]
            let told = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
            return told.isEmpty ? "no names" : "names: \(told.joined(separator: ", "))"
        }
    }

    /// What one instruction of the image's history made.
    public enum Level: Hashable, Sendable {
        case layer(Layer)
        /// It made no layer: it changed the config alone, or nothing.
        case config(instruction: String)
    }

    /// The name that the image was asked for by.
    public var name: String
    /// The digest of its config.
    public var id: String
    /// From the base up.
    public var levels: [Level]

    public init(name: String, id: String, levels: [Level]) {
        self.name = name
        self.id = id
        self.levels = levels
    }

    public var layers: [Layer] { levels.compactMap { if case .layer(let layer) = $0 { layer } else { nil } } }
    /// The bytes of all layers' files.
    public var size: Int64 { layers.reduce(0) { $0 + $1.size } }
    /// Those of them that no container sees.
    public var wasted: Int64 { layers.reduce(0) { $0 + $1.wasted } }
}

extension ImageStack {
    /// What stands over the picture: the image and what it comes to.
    public var title: String {
        let count = layers.count
        if count == 0 { return "\(name): no layer" }
        let seen = wasted == 0 ? "all of it seen" : "\(ByteCount(wasted).decimal) of it wasted"
        let layers = "\(count) layer\(count == 1 ? "" : "s")"
        return size == 0 ? "\(name): \(layers), 0 B" : "\(name): \(layers), \(ByteCount(size).decimal), \(seen)"
    }

    /// The image's id, and its efficiency where there is anything to see.
    public var subtitle: String {
        let image = "image \(shortDigest(id))"
        if size == 0 { return "\(image) · no file has a byte" }
        let score = Percentage(Double(size - wasted) / Double(size))
        return "\(image) · efficiency \(score): containers see \(ByteCount(size - wasted).decimal) of "
            + ByteCount(size).decimal
    }

    /// The whole picture in sentences.
    public var sentences: String {
        ([subtitle + "."] + levels.map { "\($0.sentence)." }).joined(separator: " ")
    }
}

extension ImageStack.Level {
    /// The level as a clause, with exact numbers.
    public var sentence: String {
        switch self {
        case .layer(let layer): layer.sentence
        case .config(let instruction): "no layer: \(instruction.historyInstruction.printable)"
        }
    }
}

extension ImageStack.Layer {
    /// The layer as a clause, with exact numbers.
    public var sentence: String {
        var parts = ["layer \(number), \(ByteCount(size).exact)"]
        if !createdBy.isEmpty { parts.append("made by \(createdBy.historyInstruction.printable)") }
        parts.append(names.words)
        if wasted > 0 { parts.append("\(ByteCount(wasted).exact) wasted: layers above hide them") }
        if hides > 0 { parts.append("hides \(ByteCount(hides).exact) beneath") }
        if !sharedWith.isEmpty { parts.append("shared with \(sharedWith.joined(separator: ", ").printable)") }
        return (parts + [diffID.printable]).joined(separator: "; ")
    }

    /// The instruction that made it.
    public var heading: String {
        createdBy.isEmpty
            ? "(the history does not tell)" : createdBy.historyInstruction
    }

    /// Its short DiffID, its names by their marks, and what it hides.
    public var detail: String {
        [shortDigest(diffID), names.marks, hides > 0 ? "hides \(ByteCount(hides).decimal) beneath" : ""]
            .filter { !$0.isEmpty }.joined(separator: " · ")
    }

    /// What of it is stored and never seen, with its mark; `nil` where there is nothing.
    public var waste: String? { wasted > 0 ? "⚠ \(ByteCount(wasted).decimal) wasted" : nil }
}

extension String {
    /// The text with spaces for tabs and line breaks, as `docker history` shows an instruction.
    public var onOneLine: String { String(map { $0 == "\t" || $0.isNewline ? " " : $0 }) }
}
