public import LayerModel

extension ImageContents {
    /// A file that is stored and cannot be seen.
    public struct HiddenFile: Hashable, Sendable {
        public var path: Path
        /// The layer that stores it, counted from 0 at the bottom.
        public var layer: Int
        public var size: Int64
        /// The layer that hides it.
        public var hiddenBy: Int
        public var reason: Reason
    }

    /// How a layer hides a name of a layer beneath.
    public enum Reason: Hashable, Sendable {
        /// The name itself is there again.
        case replaced
        /// The name itself, or a directory above it, is deleted.
        case deleted(Path)
        /// A directory above it is opaque.
        case opaque(Path)
        /// A directory above it is something else now.
        case covered(Path)
    }

    /// The files that are stored and cannot be seen, largest first.
    ///
    /// - Parameter layer: Only what this layer hides.
    public func hiddenFiles(by layer: Int? = nil) -> [HiddenFile] {
        var files: [HiddenFile] = []
        for number in nodes.indices {
            for appearance in nodes[number].appearances where appearance.change != .removed {
                guard let hider = appearance.hiddenBy, layer == nil || layer == hider else { continue }
                let entry = entry(appearance)
                if entry.kind == .directory { continue }
                files.append(
                    HiddenFile(
                        path: path(of: number), layer: appearance.layer, size: entry.storedSize, hiddenBy: hider,
                        reason: reason(number, hiddenBy: hider)))
            }
        }
        return files.sorted { ($1.size, $0.path, $0.layer) < ($0.size, $1.path, $1.layer) }
    }

    /// Why the layer hides what shows beneath it at the node.
    func reason(_ node: Int, hiddenBy layer: Int) -> Reason {
        var here = node
        while true {
            if let appearance = nodes[here].appearances.first(where: { $0.layer == layer }) {
                let entry = entry(appearance)
                if entry.kind == .whiteout { return .deleted(path(of: here)) }
                if here == node { return .replaced }
                if entry.isOpaque { return .opaque(path(of: here)) }
                if entry.kind != .directory { return .covered(path(of: here)) }
            }
            if here == 0 { return .replaced }
            here = nodes[here].parent
        }
    }
}
