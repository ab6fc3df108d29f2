internal import ContentStore
internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// The directories that VOLUME has named, during a RUN: as under Docker's classic builder, what it changes in them is
/// not in the image.
struct Volumes {
    /// Without symbolic links, and whether the layers beneath hold it.
    private var places: [(path: String, isNew: Bool)] = []

    /// Makes those that are missing.
    ///
    /// - Throws: `BuildError`, `SystemCallError`
    init(_ state: StageState, _ workspace: LayerWorkspace) throws {
        let paths = (state.config.volumes ?? []).sorted()
        guard !paths.isEmpty else { return }
        places = try MergedRoot.with(state.directories, workspace, epoch: state.epoch.seconds) { root in
            try paths.map { path in
                let isNew = try root.resolve(path) == nil
                return (try root.makeDirectories(path, owner: .root, parentOwner: .root), isNew)
            }
        }
    }

    /// Takes away what lies in them in the writable layer.
    func discardChanges(in workspace: LayerWorkspace) throws {
        let upper = try Linux.Descriptor(opening: workspace.upper, O_RDONLY | O_DIRECTORY)
        for (path, isNew) in places where !path.isEmpty {
            guard let place = try openBeneath(upper.number, path, O_RDONLY | O_DIRECTORY) else { continue }
            if isNew {
                for name in try directoryNames(in: place) { try removeTree(name.text, in: place.number) }
            } else {
                try removeTree(path, in: upper.number)
            }
        }
    }
}
