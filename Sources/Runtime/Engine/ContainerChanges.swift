internal import ContentStore
public import LayerModel
internal import OverlayFS

/// One line of docker diff(1).
public struct FilesystemChange: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case added = "A"
        case changed = "C"
        case deleted = "D"
    }
    public var kind: Kind
    public var path: Path
}

extension LocalEngine {
    /// What a container's writable layer changes about its image, in the order of the paths.
    ///
    /// - Throws: `SystemCallError`
    public func changes(in container: ContainerRecord) throws -> [FilesystemChange] {
        let layers = try LayerDirectories(
            lowers: container.chainIDs.map(store.layerDirectory), upper: containers.folder(of: container.id).upper)
        var image = ImageOnly(base: layers)
        return try layers.upperNames().sorted().map { path in
            let isWhiteout = try layers.entry(at: path, in: .upper)?.kind == .whiteout
            if isWhiteout { return FilesystemChange(kind: .deleted, path: path) }
            let before = try? Lookup(by: nil).resolve(path, .name, over: &image).node
            return FilesystemChange(kind: before == nil ? .added : .changed, path: path)
        }
    }
}

/// A stack without its writable layer: the image as it was.
private struct ImageOnly: LayerReading {
    var base: LayerDirectories
    var lowerCount: Int { base.lowerCount }

    func entry(at path: Path, in layer: LayerID) throws -> LayerEntry? {
        layer == .upper ? nil : try base.entry(at: path, in: layer)
    }

    func children(of path: Path, in layer: LayerID) throws -> [String: LayerEntry] {
        layer == .upper ? [:] : try base.children(of: path, in: layer)
    }
}
