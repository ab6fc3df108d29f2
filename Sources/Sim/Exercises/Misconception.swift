import LayerModel
import Scripts

/// A rule that one could take for overlayfs's own: each makes another outcome of the same operation.
enum Misconception: CaseIterable {
    case nothingChanges
    case parentsStayBeneath
    case deletionLeavesNoMark
    case deletionAlwaysLeavesAMark
    case deletedDirectoryIsOpaque
    case newDirectoryIsNotOpaque
    case newDirectoryIsAlwaysOpaque
    case onlyWrittenBytesAreKept
    case readingCopies
    case wholeDirectoryIsCopied
    case siblingsOfALinkAreCopied
    case oldNameStays
    case lowerLayersCannotBeWritten
    case directoryMovesWithItsFiles
    case refusalLeavesAMark

    /// What the operation would come to by this rule; `nil` where the rule has nothing to say.
    func outcome(_ facts: Facts) -> UpperOutcome? {
        let right = facts.outcome
        switch self {
        case .nothingChanges:
            return UpperOutcome(upper: facts.before)
        case .parentsStayBeneath:
            let parents = facts.paths(of: .parentCopyUp)
            return right.without { parents.contains($0.path) }
        case .deletionLeavesNoMark:
            return right.without { name in name.form == .whiteout && facts.old(name.path)?.form != .whiteout }
        case .deletionAlwaysLeavesAMark:
            let gone = facts.paths(of: .remove).filter { right[$0] == nil }
            return right.with(gone.map { UpperName($0, .whiteout) })
        case .deletedDirectoryIsOpaque:
            let marks = right.upper.filter { $0.form == .whiteout && facts.isDirectory($0.path) }
            return right.with(marks.map { facts.directory($0.path, isOpaque: true) })
        case .newDirectoryIsNotOpaque:
            return right.with(facts.newDirectories(isOpaque: true).map { facts.directory($0.path, isOpaque: false) })
        case .newDirectoryIsAlwaysOpaque:
            return right.with(facts.newDirectories(isOpaque: false).map { facts.directory($0.path, isOpaque: true) })
        case .onlyWrittenBytesAreKept:
            guard facts.deed.verb == .append, let written = facts.deed.written else { return nil }
            return right.with(
                facts.paths(of: .copyUp).compactMap { path in
                    right[path].map {
                        UpperName(path, .file(size: written, names: 1, isMetacopy: false), mode: $0.mode)
                    }
                })
        case .readingCopies:
            guard facts.deed.verb == .read, facts.report.errno == nil else { return nil }
            return right.with(facts.copies(of: facts.deed.operation.paths))
        case .wholeDirectoryIsCopied:
            let copied = facts.paths(of: .copyUp)
            guard let first = copied.first else { return nil }
            return right.with(facts.copies(of: facts.siblings(of: first).filter { right[$0] == nil }))
        case .siblingsOfALinkAreCopied:
            let broken = facts.paths(of: .linkBroken)
            return right.with(facts.copies(of: broken.flatMap(facts.linkedNames).filter { right[$0] == nil }))
        case .oldNameStays:
            guard case .call(.rename(let old, let new, [])) = facts.deed.operation, let moved = right[new] else {
                return nil
            }
            return right.with([UpperName(old, moved.form, mode: moved.mode)])
        case .lowerLayersCannotBeWritten:
            guard facts.report.errno == nil, facts.deed.verb != .read,
                facts.report.effects.contains(where: { $0.layer != .upper })
            else { return nil }
            return UpperOutcome(errno: .EROFS, upper: facts.before)
        case .directoryMovesWithItsFiles:
            guard facts.deed.verb == .renameDirectory, case .call(.rename(let old, let new, _)) = facts.deed.operation
            else { return nil }
            let moved = facts.copies(of: facts.tree(beneath: old)).map { name in
                var name = name
                name.path = Path(components: new.components + name.path.components.dropFirst(old.components.count))
                return name
            }
            return UpperOutcome(
                upper: UpperOutcome(upper: facts.before).without { $0.path.isAtOrBeneath(old) }.with(
                    moved + [UpperName(old, .whiteout)]
                ).upper)
        case .refusalLeavesAMark:
            guard facts.report.errno != nil else { return nil }
            return UpperOutcome(
                upper: UpperOutcome(upper: facts.before).with(
                    facts.deed.operation.paths.prefix(1).map { UpperName($0, .whiteout) }
                ).upper)
        }
    }
}

/// What a misconception looks at.
struct Facts {
    var deed: Deed
    var report: OperationReport
    var before: [UpperName]
    var outcome: UpperOutcome
    /// What the union showed when the operation began.
    var merged: [ListedFile]
    var layers: [[LayerLine]]
    var showsModes: Bool

    func paths(of kind: LayerEffect.Kind) -> [Path] { report.effects.filter { $0.kind == kind }.map(\.path) }

    func old(_ path: Path) -> UpperName? { before.first { $0.path == path } }

    func isDirectory(_ path: Path) -> Bool { merged.contains { $0.path == path && $0.kind == .directory } }

    /// The directories that the operation made.
    func newDirectories(isOpaque: Bool) -> [UpperName] {
        let made = paths(of: .create)
        return outcome.upper.filter {
            $0.form == .directory(isOpaque: isOpaque, redirect: nil) && made.contains($0.path)
        }
    }

    func directory(_ path: Path, isOpaque: Bool) -> UpperName {
        UpperName(path, .directory(isOpaque: isOpaque, redirect: nil), mode: showsModes ? 0o755 : nil)
    }

    func siblings(of path: Path) -> [Path] {
        merged.map(\.path).filter { $0.parent == path.parent && !isDirectory($0) && $0 != path }
    }

    func tree(beneath path: Path) -> [Path] { merged.map(\.path).filter { $0.isAtOrBeneath(path) } }

    /// The other names that a lower layer gives the same file.
    func linkedNames(_ path: Path) -> [Path] {
        layers.flatMap { lines in
            lines.compactMap { line -> Path? in
                guard case .hardlink(let new, let old) = line else { return nil }
                return new == path ? old : old == path ? new : nil
            }
        }
    }

    /// The names as if they had been copied up, with the directories above them.
    func copies(of paths: [Path]) -> [UpperName] {
        var copies: [UpperName] = []
        for path in paths {
            for place in path.ancestors + [path] where !copies.contains(where: { $0.path == place }) {
                guard let file = merged.first(where: { $0.path == place }) else { continue }
                if place != path, outcome[place] != nil { continue }
                let form: UpperName.Form? =
                    switch file.kind {
                    case .file: .file(size: file.size ?? 0, names: 1, isMetacopy: false)
                    case .directory: .directory(isOpaque: false, redirect: nil)
                    case .symlink: .symlink(target: file.target?.text ?? "")
                    default: nil
                    }
                if let form { copies.append(UpperName(place, form, mode: showsModes ? file.permissions : nil)) }
            }
        }
        return copies
    }
}
