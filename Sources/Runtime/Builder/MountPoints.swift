internal import Containers
internal import ContentStore
internal import Glibc
internal import LayerModel
internal import Linux

/// What a container is mounted on, in a layer of its own beneath the writable one, so that the image does not get it: as
/// Docker's `-init` layer, and as BuildKit takes away what a RUN's mounts have left.
struct MountPoints {
    private let layers: [String]
    private let tree: MergedTree
    private let base: String

    /// - Parameter layers: from the top down.
    init(beneath workspace: LayerWorkspace, over layers: [String]) {
        self.layers = layers
        tree = MergedTree(layers: layers)
        base = workspace.mountPoints
    }

    /// Makes a place where the image has none. The directories on the way show as in the image. Where a symbolic link or a file
    /// is on the way nothing is made: the container finds out itself where that leads.
    ///
    /// - Parameters:
    ///   - path: from the root, without a leading slash.
    ///   - shadowing: whether an empty file takes the place of what is no regular file, as of a link that leads astray.
    /// - Throws: `SystemCallError`
    func make(_ path: String, isDirectory: Bool, shadowing: Bool = false) throws {
        let names = path.split(separator: "/").map(String.init)
        let places = names.indices.map { names[...$0].joined(separator: "/") }
        guard let last = places.last else { return }
        var known: [(place: String, model: String)] = []
        for place in places {
            guard let found = topmost(place) else { break }
            let isEnd = place == last
            if isEnd, !shadowing || found.kind == S_IFREG { return }
            if isEnd { break }
            guard found.kind == S_IFDIR else { return }
            known.append((place, found.path))
        }
        for (place, model) in known { try show(model, at: place) }
        for place in places.dropFirst(known.count) {
            if isDirectory || place != last {
                try makeDirectory(place)
            } else {
                let flags = O_WRONLY | O_CREAT | O_NOFOLLOW
                _ = try Linux.Descriptor(opening: "\(base)/\(place)", flags, mode: 0o644)
            }
        }
        // What was made in them has changed their times.
        for (place, model) in known.reversed() { try setTimes(of: place, like: model) }
    }

    /// What the image has under a path that no link is on; a link itself, where one stands at its end or on the way.
    private func topmost(_ place: String) -> (path: String, kind: mode_t)? {
        if let node = tree.node(at: place), layers.contains(where: { node.path == "\($0)/\(place)" }) {
            return (node.path, mode_t(node.mode) & S_IFMT)
        }
        let hasLink = layers.contains { layer in
            var status = stat()
            return lstat("\(layer)/\(place)", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
        }
        return hasLink ? ("", S_IFLNK) : nil
    }

    private func makeDirectory(_ place: String) throws {
        let path = "\(base)/\(place)"
        do throws(SystemCallError) {
            try call("mkdir", path) { mkdir(path, 0o755) }
            try call("chmod", path) { chmod(path, 0o755) }
        } catch {
            if error.errno != .EEXIST { throw error }
        }
    }

    /// A directory of the image: what is copied up of it, if the command writes in it, is what this shows.
    private func show(_ model: String, at place: String) throws {
        let path = "\(base)/\(place)"
        var status = stat()
        try call("lstat", model) { lstat(model, &status) }
        try makeDirectory(place)
        try call("chown", path) { chown(path, status.st_uid, status.st_gid) }
        try call("chmod", path) { chmod(path, status.st_mode & 0o7777) }
        let prefix = OverlayAttributes.current.prefix
        for name in try extendedAttributeNames(of: model) where !name.hasPrefix(prefix) {
            if let value = try extendedAttribute(name, of: model) { try setExtendedAttribute(name, value, of: path) }
        }
        try setTimes(of: place, like: model)
    }

    private func setTimes(of place: String, like model: String) throws {
        var status = stat()
        try call("lstat", model) { lstat(model, &status) }
        let times = [status.st_atim, status.st_mtim]
        try call("utimensat", place) { utimensat(AT_FDCWD, "\(base)/\(place)", times, 0) }
    }
}
