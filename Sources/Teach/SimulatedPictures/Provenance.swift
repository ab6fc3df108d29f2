internal import LayerModel
internal import Scripts

/// Where the objects of a union's writable layer came from, told from what each line of a script did.
///
/// The layer itself does not say it: a copy and a new file look alike on the disk.
struct Provenance {
    /// A copy from a read-only layer.
    struct Copy: Hashable {
        /// The name under which it was copied up.
        var path: Path
        var fromLayer: Int
        /// The bytes copied, of a regular file.
        var size: Int64?
        var breaksLink: Bool
    }

    /// The copies that stand in the writable layer, by their names now.
    private(set) var copies: [Path: Copy] = [:]
    /// The names that a line took out of the writable layer and that no later line put there.
    private(set) var removed: Set<Path> = []
    /// The errors of the last lines that named a path and were refused.
    private(set) var refusals: [Path: Errno] = [:]

    mutating func add(_ line: OperationLine, _ report: OperationReport) {
        let named = line.operation.paths.map(\.withoutTrailingSlash)
        for path in named { refusals[path] = report.effects.contains { $0.path == path } ? nil : report.errno }
        let effects = report.effects
        for effect in effects where effect.kind == .copyUp || effect.kind == .parentCopyUp {
            guard case .lower(let layer) = effect.layer else { continue }
            let isBroken = effects.contains { $0.kind == .linkBroken && $0.path == effect.path }
            removed.remove(effect.path)
            copies[effect.path] = Copy(
                path: effect.path, fromLayer: layer, size: effect.size, breaksLink: isBroken)
        }
        let gone = effects.filter { $0.kind == .remove || $0.kind == .whiteout }.map(\.path)
        let created = effects.filter { $0.kind == .create }.map(\.path)
        if case .call(.rename(let old, _, let flags)) = line.operation, report.errno == nil {
            if flags.contains(.exchange), created.count == 2 {
                let (first, second) = (taken(created[0]), taken(created[1]))
                put(first, from: created[0], to: created[1])
                put(second, from: created[1], to: created[0])
                return
            }
            if let new = created.first, let source = gone.first(where: { $0.name == old.name && $0 != new }) {
                _ = taken(new)
                put(taken(source), from: source, to: new)
                removed.formUnion(gone)
                removed.remove(new)
                return
            }
        }
        for path in gone + created { _ = taken(path) }
        removed.formUnion(gone)
        removed.subtract(created)
    }

    /// Takes out what is known of a name and of all beneath it.
    private mutating func taken(_ path: Path) -> [Path: Copy] {
        let found = copies.filter { $0.key.isAtOrBeneath(path) }
        for key in found.keys { copies[key] = nil }
        return found
    }

    private mutating func put(_ found: [Path: Copy], from old: Path, to new: Path) {
        for (path, copy) in found {
            copies[Path(components: new.components + path.components.dropFirst(old.components.count))] = copy
        }
    }
}
