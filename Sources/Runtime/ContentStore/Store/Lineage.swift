public import OCI

/// Which of the images that were made here stands on which: read from the names of their documents in one look, so that
/// nobody need open them.
public struct Lineage: Sendable {
    /// What the name of an image's document tells.
    struct Entry: Hashable, Sendable {
        var id: Digest
        /// The image that it was made of; `nil` for one that begins with nothing.
        var parent: Digest?
        /// What it was made from, by which a builder finds it; `nil` for what no build has made.
        var inputs: Digest?

        init(id: Digest, parent: Digest?, inputs: Digest?) {
            self.id = id
            self.parent = parent
            self.inputs = inputs
        }

        /// Reads a name; `nil` for that of another file.
        init?(_ name: String) {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, let id = Digest(hex: parts[0]) else { return nil }
            self.init(id: id, parent: Digest(hex: parts[1]), inputs: Digest(hex: parts[2]))
        }

        var name: String { "\(id.hex).\(parent?.hex ?? "").\(inputs?.hex ?? "")" }
    }

    let entries: [Digest: Entry]
    private let descendants: [Digest: Set<Digest>]

    init(_ entries: some Sequence<Entry>) {
        var byID: [Digest: Entry] = [:]
        var descendants: [Digest: Set<Digest>] = [:]
        for entry in entries {
            byID[entry.id] = entry
            if let parent = entry.parent { descendants[parent, default: []].insert(entry.id) }
        }
        self.entries = byID
        self.descendants = descendants
    }

    /// The image that an image was made of; `nil` where it was not made here, or of nothing.
    public func parent(of id: Digest) -> Digest? { entries[id]?.parent }

    /// Whether a step of a build has made an image, and no commit.
    public func isStep(_ id: Digest) -> Bool { entries[id]?.inputs != nil }

    /// The images that were made of an image.
    public func children(of id: Digest) -> Set<Digest> { descendants[id] ?? [] }
}
