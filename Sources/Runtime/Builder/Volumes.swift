internal import Containers
internal import ContentStore
internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// The directories that VOLUME has named, as a RUN sees them: as under Docker's classic builder each is a filesystem of its
/// own, which begins with what the image has there and goes with the command. So nothing that the command does in them is
/// in the image.
struct Volumes {
    /// Outer ones first.
    private(set) var mounts: [KernelSurface.Mount] = []

    /// Makes those that are missing, which the image gets, and copies what is in them into the workspace.
    ///
    /// - Throws: `BuildError`, `SystemCallError`; `BuildControl.Interruption`
    init(_ state: StageState, _ workspace: LayerWorkspace, _ control: BuildControl) throws {
        let paths = (state.config.volumes ?? []).sorted()
        guard !paths.isEmpty else { return }
        mounts = try MergedRoot.with(state.directories, workspace, epoch: state.epoch.seconds) { root in
            // All of them first: one may lie in another, and then in its copy, too.
            let places = try paths.map { try root.makeDirectories($0, owner: .root, parentOwner: .root) }
            let tree = try SourceTree(root.path, control: control)
            let rules = FileCopy(owner: nil, mode: nil, epoch: state.epoch.seconds, control: control)
            guard !places.contains("") else {
                throw BuildError("VOLUME /: all files of a container cannot be a volume; name a directory among them")
            }
            return try Set(places).sorted().enumerated().map { number, place in
                let copy = "\(workspace.path)/volume-\(number)"
                try Self.copy(place, of: tree, to: copy, rules)
                return .bind(Linux.BindMount(copy, on: place, isDirectory: true, isRecursive: false))
            }
        }
    }

    private static func copy(_ place: String, of tree: SourceTree, to copy: String, _ rules: FileCopy) throws {
        try call("mkdir", copy) { mkdir(copy, 0o755) }
        let source = try tree.source(place)
        _ = try MergedRoot.use(copy, rules.epoch) { try rules.copy(source, of: tree, to: "/", in: $0) }
        let status = source.entries[0].status
        try call("chown", copy) { chown(copy, status.uid, status.gid) }
        try call("chmod", copy) { chmod(copy, mode_t(status.mode & 0o7777)) }
    }
}
