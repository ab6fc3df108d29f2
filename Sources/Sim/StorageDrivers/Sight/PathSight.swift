public import LayerModel

/// An object of one layer, by the name that it has there.
public struct LayerPlace: Hashable, Sendable {
    public var layer: LayerID
    /// `nil` where the object has no name in its layer: an index or a pseudo-link keeps it.
    public var path: Path?
    /// The object itself.
    public var entry: LayerEntry

    public init(layer: LayerID, path: Path?, entry: LayerEntry) {
        self.layer = layer
        self.path = path
        self.entry = entry
    }
}

/// What a simulated mount has under one path, for who draws it: what a process finds there, what that is made of, and
/// what each layer holds by itself.
public struct PathSight: Hashable, Sendable {
    /// The path free of symbolic links and `..`, as far as it leads anywhere.
    public var path: Path
    /// What lstat(2) finds.
    public var merged: Result<LayerEntry, Errno>
    /// The objects that the view is made of, topmost first: the merged directories; for a file of which only the
    /// attributes are above, its data too. Empty where nothing is found.
    public var places: [LayerPlace]
    /// What each layer holds under this very name, with its driver's marks as what they mean.
    public var held: [LayerID: LayerEntry]
    /// For the drivers whose layers are snapshots or copies of the one beneath, how each layer came to what it holds.
    /// Empty for the unions, where a layer holds only its own.
    public var descents: [LayerID: Descent]

    /// How a snapshot's name stands to the snapshot that it was taken of.
    public enum Descent: Hashable, Sendable {
        /// The layer brought it.
        case own
        /// It is there as in the layer with this number, which brought it.
        case kept(from: Int)
        /// The object of the layer with this number, changed since where it lies.
        case changed(from: Int)
        /// The snapshot beneath has it, and this one has lost it.
        case deleted
    }
}

extension SimulatedMount {
    /// Looks at names as they are now. Looking makes a mount remember what it found, so a picture of one that goes on is
    /// taken of a copy.
    public mutating func sights(of paths: [Path], by caller: Credentials) -> [PathSight] {
        if var tree {
            let sights = tree.sights(of: paths, over: layers, by: caller)
            self.tree = tree
            return sights
        }
        return paths.map { path in
            let (resolved, merged) =
                overlay?.look(at: path, by: caller) ?? aufs?.look(at: path, by: caller) ?? (path, .failure(.ENODEV))
            let isFound = (try? merged.get()) != nil
            let places = isFound ? overlay?.driver.places(of: resolved) ?? aufs?.driver.union.places(of: resolved) : nil
            let held = overlay?.driver.held(at: resolved) ?? aufs?.driver.union.held(at: resolved)
            return PathSight(path: resolved, merged: merged, places: places ?? [], held: held ?? [:], descents: [:])
        }
    }
}

extension VirtualFilesystem {
    /// Where a path leads, its last name not followed, and what lstat(2) finds there.
    mutating func look(at path: Path, by caller: Credentials) -> (path: Path, entry: Result<LayerEntry, Errno>) {
        let path = path.withoutTrailingSlash
        do throws(Errno) {
            let walk = try walk(path, .noFollow, caller)
            guard let node = try walk.found() else {
                let isNew = walk.dentry.name == .unknown
                return (
                    isNew ? driver.path(of: walk.parent).appending(walk.text) : driver.path(of: walk.dentry),
                    .failure(.ENOENT)
                )
            }
            return (driver.path(of: walk.dentry), .success(driver.entry(of: node)))
        } catch {
            return (path, .failure(error))
        }
    }
}
