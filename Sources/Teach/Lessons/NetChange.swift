import LayerModel
import Recording

/// What a container's calls came to together, name by name, and what of it stays in the layers beneath.
struct NetChange {
    /// Names that the union did not show before.
    private(set) var added: [Path] = []
    /// Names that stand for something else than before.
    private(set) var changed: [Path] = []
    /// Names of the layers beneath that the union shows no longer.
    private(set) var hidden: [Path] = []
    /// The bytes of regular files that are hidden or replaced, by the layer that goes on holding them. A file of several
    /// names counts when all of them are.
    private(set) var kept: [LayerID: Int64] = [:]

    /// - Parameter changes: the effects in their order.
    init(_ changes: [RecordedChange]) {
        var names = ChangedNames()
        var beneath: [Path: UnionNode] = [:]
        for change in changes {
            let path = change.effect.path
            if let node = change.beneath, beneath[path] == nil { beneath[path] = node }
            switch change.effect.kind {
            case .create, .copyUp: names.set(path, isHere: true)
            case .whiteout, .remove: names.set(path, isHere: false)
            case .parentCopyUp, .linkBroken, .opaque, .redirect: break
            }
            // What lay beneath a directory that has moved is there now, and no effect of its own tells so.
            if change.effect.kind == .create, let move = change.move, move.to == path {
                names.moveWhatLiesBeneath(move.from, to: move.to)
            }
        }
        for (path, isHere) in names.inOrder {
            switch (isHere, beneath[path] != nil) {
            case (true, true): changed.append(path)
            case (true, false): added.append(path)
            case (false, true): hidden.append(path)
            case (false, false): break
            }
        }
        kept = Self.bytes(of: beneath.values)
    }

    private struct File: Hashable {
        var layer: LayerID
        var inode: UInt64
    }

    private static func bytes(of nodes: some Sequence<UnionNode>) -> [LayerID: Int64] {
        var names: [File: UInt32] = [:]
        var bytes: [LayerID: Int64] = [:]
        for node in nodes where node.entry.kind == .file {
            let file = File(layer: node.layer, inode: node.entry.inode)
            names[file, default: 0] += 1
            if names[file] == node.entry.links { bytes[node.layer, default: 0] += node.entry.size }
        }
        return bytes.filter { $0.value > 0 }
    }
}
