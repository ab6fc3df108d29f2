internal import ContentStore
internal import Glibc
public import LayerModel
internal import Linux
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

    public init(_ kind: Kind, _ path: Path) {
        self.kind = kind
        self.path = path
    }
}

extension LocalEngine {
    /// What a container's writable layer changes about its image, in the order of the paths.
    ///
    /// It is what Docker's engine tells, which compares the container's tree with the image's: a copy that is like its
    /// original is no change, and a directory is changed by what changes in it.
    ///
    /// - Throws: `SystemCallError`
    public func changes(in container: ContainerRecord) throws -> [FilesystemChange] {
        let lowers = container.chainIDs.map(store.layerDirectory)
        let upper = containers.folder(of: container.id).upper
        var comparison = ImageComparison(
            layers: try LayerDirectories(lowers: lowers, upper: upper), lowers: lowers, upper: upper)
        try comparison.compare(.root, with: nil)
        return comparison.changes
    }
}

/// A writable layer, walked from the top down and held against the image beneath it.
private struct ImageComparison {
    private let layers: LayerDirectories
    private let lowers: [String]
    private let upper: String
    private var image: ImageOnly
    private(set) var changes: [FilesystemChange] = []

    init(layers: LayerDirectories, lowers: [String], upper: String) {
        self.layers = layers
        self.lowers = lowers
        self.upper = upper
        image = ImageOnly(base: layers)
    }

    /// - Parameter opaque: the image's directory, where the writable layer's hides what that holds.
    mutating func compare(_ directory: Path, with opaque: UnionNode?) throws {
        let held = try layers.children(of: directory, in: .upper)
        var names = Set(held.keys)
        for layer in opaque?.layers ?? [] { names.formUnion(try image.children(of: directory, in: layer).keys) }
        for name in names.sorted() {
            let path = directory.appending(name)
            let before = try shown(path)
            if let entry = held[name], entry.kind != .whiteout {
                try compare(path, entry, with: before)
            } else if before != nil {
                changes.append(FilesystemChange(.deleted, path))
            }
        }
    }

    private mutating func compare(_ path: Path, _ entry: LayerEntry, with before: UnionNode?) throws {
        let place = changes.count
        if entry.kind == .directory {
            try compare(path, with: entry.isOpaque ? before.flatMap { $0.isDirectory ? $0 : nil } : nil)
        }
        guard let before else { return changes.insert(FilesystemChange(.added, path), at: place) }
        if try changes.count > place || differs(path, from: before) {
            changes.insert(FilesystemChange(.changed, path), at: place)
        }
    }

    /// What the image shows.
    private mutating func shown(_ path: Path) throws -> UnionNode? {
        do {
            return try Lookup(by: nil).resolve(path, .name, over: &image).node
        } catch is LayerModel.Errno {
            return nil
        }
    }

    /// Whether the copy is another than its original, by what Docker looks at: mode, owner, device and capabilities; of
    /// anything but a directory also its size and when it was last written.
    private func differs(_ path: Path, from before: UnionNode) throws -> Bool {
        guard case .lower(let number) = before.layer else { return false }
        let places = ["\(lowers[number - 1])\(path)", "\(upper)\(path)"]
        guard let old = try FileStatus.read(places[0], in: AT_FDCWD),
            let new = try FileStatus.read(places[1], in: AT_FDCWD)
        else { return true }
        if (old.mode, old.uid, old.gid) != (new.mode, new.uid, new.gid) || old.device != new.device { return true }
        if before.isDirectory { return false }
        if old.size != new.size || old.modified != new.modified { return true }
        guard before.entry.kind == .file else { return false }
        return try extendedAttribute("security.capability", of: places[0])
            != extendedAttribute("security.capability", of: places[1])
    }
}

/// A stack without its writable layer: the image as it was.
private struct ImageOnly: LayerReading {
    var base: LayerDirectories
    var lowerCount: Int { base.lowerCount }

    func entry(at path: Path, in layer: LayerID) throws -> LayerEntry? {
        layer == .upper ? nil : try base.entry(at: path, in: layer)
    }

    func children(of path: Path, in layer: LayerID) throws -> [ByteString: LayerEntry] {
        layer == .upper ? [:] : try base.children(of: path, in: layer)
    }
}
