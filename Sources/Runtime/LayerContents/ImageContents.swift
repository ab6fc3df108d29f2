internal import LayerModel

/// All that the layers of an image hold, and what becomes of it when they are stacked: which name of which layer shows, and
/// which later layer hides it. The rules are those of a union filesystem's lookup (Documentation/filesystems/overlayfs.rst,
/// "Upper and Lower", "whiteouts and opaque directories").
public struct ImageContents: Sendable {
    /// What one layer holds under a name.
    public struct Appearance: Hashable, Sendable {
        /// The layer, counted from 0 at the bottom.
        public var layer: Int
        /// The entry's number in the layer's listing.
        public var entry: Int
        public var change: Change
        /// The layer that hides it from all above; `nil` while it shows.
        public var hiddenBy: Int?
    }

    /// What a layer's entry does to what the layers beneath show.
    public enum Change: String, Hashable, Sendable, CaseIterable {
        /// Nothing showed under the name.
        case added
        /// It takes the place of what showed, or gives a directory other attributes.
        case changed
        /// A directory that is there only for what it holds.
        case unchanged
        /// It hides what showed: a whiteout.
        case removed
    }

    /// A name of the union, with what each layer holds there.
    struct Node: Sendable {
        var name: ByteString
        var parent: Int
        var children: [Int] = []
        /// From the bottom up.
        var appearances: [Appearance] = []
    }

    /// From the bottom up.
    public let layers: [LayerListing]
    private(set) var nodes: [Node] = [Node(name: "", parent: 0)]
    /// By layer and entry, the node.
    private(set) var nodeOfEntry: [[Int]] = []
    /// By layer and inode, how many of its names show.
    private var shownNames: [[Int: Int]] = []
    /// By layer, the bytes of its files of which no name shows any more, by the layer that hid the last one.
    private(set) var hiddenBytes: [[Int: Int64]] = []

    private struct Key: Hashable {
        var parent: Int
        var name: ByteString
    }

    /// - Parameter layers: From the bottom up.
    public init(layers: [LayerListing]) {
        self.layers = layers
        nodes.reserveCapacity(layers.reduce(0) { $0 + $1.entries.count })
        var known: [Key: Int] = [:]
        for (number, layer) in layers.enumerated() {
            nodeOfEntry.append([])
            nodeOfEntry[number].reserveCapacity(layer.entries.count)
            shownNames.append([:])
            hiddenBytes.append([:])
            for entry in layer.entries.indices { stack(entry, of: number, &known) }
        }
    }

    private mutating func stack(_ number: Int, of layer: Int, _ known: inout [Key: Int]) {
        let entry = layers[layer].entries[number]
        let node: Int
        if let parent = entry.parent {
            let key = Key(parent: nodeOfEntry[layer][parent], name: entry.name)
            if let found = known[key] {
                node = found
            } else {
                node = nodes.count
                nodes.append(Node(name: entry.name, parent: key.parent))
                nodes[key.parent].children.append(node)
                known[key] = node
            }
        } else {
            node = 0
        }
        nodeOfEntry[layer].append(node)
        let before = shown(at: node).map { layers[$0.layer].entries[$0.entry] }
        let change: Change
        if entry.kind == .whiteout {
            change = .removed
        } else if let before {
            let isSame = entry.kind == .directory && !entry.isOpaque && entry.hasAttributes(of: before)
            change = isSame ? .unchanged : .changed
        } else {
            change = .added
        }
        if before != nil { hide(node, by: layer, keepingChildren: entry.kind == .directory && !entry.isOpaque) }
        nodes[node].appearances.append(Appearance(layer: layer, entry: number, change: change))
        if entry.kind == .file || entry.kind == .symlink { shownNames[layer][entry.inode, default: 0] += 1 }
    }

    /// What shows under the name, of the layers that are stacked.
    private func shown(at node: Int) -> Appearance? {
        guard let last = nodes[node].appearances.last, last.hiddenBy == nil, last.change != .removed else { return nil }
        return last
    }

    private mutating func hide(_ node: Int, by layer: Int, keepingChildren: Bool) {
        // Two directories merge: the lower one's names show, though its attributes do not.
        if keepingChildren, let last = shown(at: node), entry(last).kind == .directory { return }
        for index in nodes[node].appearances.indices {
            let appearance = nodes[node].appearances[index]
            guard appearance.hiddenBy == nil, appearance.change != .removed, appearance.layer != layer else { continue }
            nodes[node].appearances[index].hiddenBy = layer
            let entry = entry(appearance)
            guard let names = shownNames[appearance.layer][entry.inode] else { continue }
            shownNames[appearance.layer][entry.inode] = names - 1
            if names == 1 { hiddenBytes[appearance.layer][layer, default: 0] += entry.storedSize }
        }
        for child in nodes[node].children { hide(child, by: layer, keepingChildren: false) }
    }

    /// The directory that an entry merges with and gives other attributes; `nil` where it does something else.
    public func altered(by entry: Int, in layer: Int) -> LayerListing.Entry? {
        let new = layers[layer].entries[entry]
        guard new.kind == .directory, !new.isOpaque, appearance(of: entry, in: layer).change == .changed,
            let before = nodes[nodeOfEntry[layer][entry]].appearances.last(where: { $0.layer < layer }),
            self.entry(before).kind == .directory
        else { return nil }
        return self.entry(before)
    }

    // MARK: What there is to know

    func entry(_ appearance: Appearance) -> LayerListing.Entry { layers[appearance.layer].entries[appearance.entry] }

    /// The node of a path as it is written, whether it shows or not; no symbolic link is followed.
    func node(at path: Path) -> Int? {
        var node = 0
        for name in path.components {
            guard let next = nodes[node].children.first(where: { nodes[$0].name == name }) else { return nil }
            node = next
        }
        return node
    }

    func path(of node: Int) -> Path {
        var components: [ByteString] = []
        var node = node
        while node != 0 {
            components.append(nodes[node].name)
            node = nodes[node].parent
        }
        return Path(components: components.reversed())
    }

    /// What a layer holds under each of its names.
    public func appearance(of entry: Int, in layer: Int) -> Appearance {
        // There are seldom more than a few.
        nodes[nodeOfEntry[layer][entry]].appearances.first { $0.layer == layer }
            ?? Appearance(layer: layer, entry: entry, change: .added)
    }
}
