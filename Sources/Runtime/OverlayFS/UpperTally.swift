internal import Events
internal import Glibc
internal import LayerModel

/// Keeps account of what the upper layer holds by what was recorded, so that a last look at the directory finds what
/// the observer missed: names that came or went, objects that were replaced, and other modes, owners or opaque marks.
struct UpperTally {
    /// What of an object no call may change unseen. Names of one inode share it.
    private struct Face: Equatable {
        var kind: NodeKind
        var permissions: UInt16
        var uid: UInt32
        var gid: UInt32
        var isOpaque: Bool

        init(_ entry: LayerEntry) {
            kind = entry.kind
            // write(2) takes away the set-id bits and does not stop (inode(7)).
            permissions = entry.permissions & 0o1777
            uid = entry.uid
            gid = entry.gid
            isOpaque = entry.isOpaque
        }
    }

    private let layers: LayerDirectories
    private var names: [Path: UInt64] = [:]
    private var faces: [UInt64: Face] = [:]

    init(layers: LayerDirectories) { self.layers = layers }

    /// Starts from what is there now: a container may have run before.
    ///
    /// - Throws: `SystemCallError`
    mutating func begin() throws {
        names = [:]
        faces = [:]
        for (path, entry) in try layers.upperEntries() { note(path, entry) }
    }

    /// Applies what one call was seen to do.
    mutating func account(for operation: ObservedOperation) {
        if case .rename(_, _, let flags) = operation.call, operation.errno == nil,
            let old = operation.resolved.first ?? nil,
            let new = operation.resolved.last ?? nil, old != new
        {
            let moved = takeAll(beneath: old)
            if flags.contains(.exchange) {
                let other = takeAll(beneath: new)
                put(other, beneath: old)
            } else {
                _ = takeAll(beneath: new)  // whiteouts in a directory that is replaced
            }
            put(moved, beneath: new)
        }
        for effect in operation.effects.lazy.map(\.effect) where effect.kind == .remove {
            // Whiteouts go with a directory that the union shows as empty (rmdir(2)).
            _ = takeAll(beneath: effect.path)
            names[effect.path] = nil
        }
        for effect in operation.effects.lazy.map(\.effect) {
            switch effect.kind {
            case .create, .copyUp, .parentCopyUp, .whiteout, .opaque: note(effect.path, after: operation)
            case .remove, .linkBroken, .redirect: break
            }
        }
        // An attribute of what the upper layer held already changes without an effect.
        if operation.errno == nil, operation.call?.changesAttributes == true,
            let path = operation.resolved.first ?? nil,
            names[path] != nil
        {
            note(path, after: operation)
        }
    }

    private mutating func note(_ path: Path, after operation: ObservedOperation) {
        guard let entry = operation.after.first(where: { $0.path == path })?.entry else { return }
        note(path, entry)
    }

    private mutating func note(_ path: Path, _ entry: LayerEntry) {
        names[path] = entry.inode
        faces[entry.inode] = Face(entry)
    }

    /// Takes out the names beneath a directory, as they are called from there.
    private mutating func takeAll(beneath directory: Path) -> [(rest: ArraySlice<String>, inode: UInt64)] {
        guard faces[names[directory] ?? 0]?.kind == .directory else { return [] }
        let depth = directory.components.count
        let beneath = names.filter { $0.key.components.count > depth && $0.key.isAtOrBeneath(directory) }
        for path in beneath.keys { names[path] = nil }
        return beneath.map { ($0.key.components.dropFirst(depth), $0.value) }
    }

    private mutating func put(_ moved: [(rest: ArraySlice<String>, inode: UInt64)], beneath directory: Path) {
        for (rest, inode) in moved { names[Path(components: directory.components + rest)] = inode }
    }

    /// What there is without a recorded call that made it so.
    ///
    /// - Throws: `SystemCallError`
    func unattributed() throws -> [Hole] {
        let found = try layers.upperEntries()
        var holes: [Hole] = []
        for (path, entry) in found.sorted(by: { $0.key < $1.key }) {
            let reason: String
            if names[path] == nil {
                reason = "the upper layer holds a name that no observed call made"
            } else if names[path] != entry.inode {
                reason = "the upper layer holds another object under this name than the observed calls left there"
            } else if let face = faces[entry.inode], face != Face(entry) {
                reason =
                    "what the upper layer holds has another mode, owner or opaque mark than the observed calls gave it"
            } else {
                continue
            }
            holes.append(Hole(path: path.description, reason: reason))
        }
        let went = names.keys.filter { found[$0] == nil }.sorted().map {
            Hole(path: $0.description, reason: "a name left the upper layer without an observed call")
        }
        return holes + went
    }
}

extension FileOperation {
    /// Whether the call can change the mode, the owner or a list of permissions (acl(5)) of what it finds.
    fileprivate var changesAttributes: Bool {
        switch self {
        case .chmod, .chown, .setxattr, .removexattr: true
        default: false
        }
    }
}
