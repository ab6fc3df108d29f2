internal import LayerModel

/// Directories of layers that are shown under two names.
///
/// Overlayfs itself never makes such layers: what it redirects leaves a whiteout where it was. Other layers can have
/// them, and the kernel then goes by what it remembers: one inode stands for what two names show, a change under one name
/// is seen under the other, or that answers ESTALE, depending on which was looked up first and is not forgotten yet. That
/// is no answer to predict.
extension OverlayFilesystem {
    /// A lower directory of which the names are shown in two directories of the union, and where: the layer by its number.
    func directoryShownTwice() -> (layer: Int, paths: [String])? {
        guard options.redirect != .nofollow, layers.contains(where: \.holdsRedirects) else { return nil }
        var union = self
        var shown: [LowerObject: String] = [:]
        var pending = [(node: root, path: "/")]
        while let (node, path) = pending.popLast() {
            for place in union.lowers(of: node) {
                if let other = shown.updateValue(path, forKey: place) {
                    return (Int(place.layer) + 1, [other, path].sorted())
                }
            }
            for name in (try? union.names(in: node)) ?? [] {
                guard let child = try? union.lookup(name, in: node), union[child].directory != .max else { continue }
                pending.append((child, (path == "/" ? path : path + "/") + union.names[name]))
            }
        }
        return nil
    }
}

extension FileTree {
    /// Whether a directory of the tree is redirected.
    fileprivate var holdsRedirects: Bool {
        for number in 0..<inodeCount
        where withInode(InodeID(number: UInt32(number)), { $0.isDirectory && $0.marks.contains(.redirect) }) {
            return true
        }
        return false
    }
}
