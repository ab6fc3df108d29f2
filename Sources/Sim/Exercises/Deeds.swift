import LayerModel
import Scripts

/// What can be done in a state: a wide choice, in an order that only the state and the level decide.
struct Deeds {
    private(set) var all: [Deed] = []

    /// - Parameters:
    ///   - merged: What the union shows.
    ///   - known: Names that a layer holds, shown or not.
    init(in merged: [ListedFile], known: [Path], level: Int) {
        let kinds = Dictionary(merged.map { ($0.path, $0.kind) }, uniquingKeysWith: { first, _ in first })
        func children(of directory: Path) -> [Path] { merged.map(\.path).filter { $0.parent == directory } }
        func add(_ deed: Deed) { if deed.verb.level <= level { all.append(deed) } }

        let files = merged.filter { $0.kind == .file }.map(\.path)
        let directories = merged.filter { $0.kind == .directory }.map(\.path)
        for path in files {
            add(.read(path))
            add(.append("more", to: path))
            add(.replace(path, with: "new"))
            add(.unlink(path))
            add(.chmod(path, 0o600))
            add(.truncate(path, 2))
            let backup = path.parent.appending("\(path.name ?? "").bak")
            add(.rename(.renameFile, path, backup))
            add(.link(path, path.parent.appending("\(path.name ?? "").link")))
            for other in files where other != path && other.parent == path.parent {
                add(.rename(.replaceByRename, path, other))
                if other > path { add(.exchange(path, other)) }
            }
        }
        for link in merged where link.kind == .symlink {
            add(.unlink(link.path))
            if level >= 3 { add(.append("more", to: link.path)) }
            add(.rename(.renameFile, link.path, link.path.parent.appending("latest")))
        }
        for path in directories {
            let new = path.appending("new")
            if kinds[new] == nil {
                add(.create(new, "hello"))
                add(.mkdir(path.appending("sub")))
                add(.symlink(path.appending("here"), to: children(of: path).first?.name ?? "new"))
            }
            add(.rmdir(path))
            // A whole tree at the top leaves little to tell apart.
            if path.components.count > 1 || children(of: path).count < 3 { add(.removeTree(path)) }
            add(.chmod(path, 0o700))
            add(.rename(.renameDirectory, path, path.parent.appending("\(path.name ?? "").old")))
        }
        for path in known where kinds[path] == nil && kinds[path.parent] == .directory {
            add(.create(path, "again"))
            add(.mkdir(path))
        }
    }
}
