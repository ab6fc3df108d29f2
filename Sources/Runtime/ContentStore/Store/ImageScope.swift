internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// The names of images that a lesson's run has for itself: a copy of the user's, which it may give, take and remove. It lies
/// in the run's folder and goes with it. What the run builds lies beside the user's images in the one store, as long as a
/// name of the run stands for it; so a run that is killed has changed nothing that the user can see.
extension ContentStore {
    /// Makes `folder` a scope: the names that there are now are copied into it, and which image stands on which. What the
    /// user's builds were made from is left out, so that a lesson's builds begin without a cache.
    ///
    /// - Parameter folder: A folder in the home's `runs`: what names there stand for is kept from being removed.
    /// - Throws: `SystemCallError`
    public func makeScope(_ folder: String) throws {
        // What is copied must still be there when the copy counts.
        let lease = try lease()
        defer { _ = lease }
        let copy = StorePaths(home: paths.home, scope: folder)
        try ContentStore(opened: copy).adopt(lineage(), of: self)
        try LayoutIndex.replace(copy.index, with: JSONDocument.encode(index.read()))
    }

    /// What the user's names and those of all runs stand for.
    func entriesOfAllScopes() throws -> [ContentDescriptor] {
        var entries = try layoutIndex.read().manifests
        for scope in try paths.runScopes() {
            do {
                entries += try LayoutIndex(paths: scope).read().manifests
            } catch let error as SystemCallError where error.errno == .ENOENT {
                // It has no names yet, or has just ended.
                continue
            }
        }
        return entries
    }
}

extension StorePaths {
    /// The user's own names, whoever asks.
    var layout: StorePaths { StorePaths(home: home) }

    /// Those of the runs that are under way, or were interrupted.
    ///
    /// - Throws: `SystemCallError`: whoever frees what none of them names must not miss one.
    func runScopes() throws(SystemCallError) -> [StorePaths] {
        let runs = home + "/runs"
        return try directoryNames(atOrNone: runs, ofType: Int(DT_DIR)).map {
            StorePaths(home: home, scope: "\(runs)/\($0)")
        }
    }

    /// Whether these are a run's names.
    var isScoped: Bool { scope != home }
}
