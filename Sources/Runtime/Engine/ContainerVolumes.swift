internal import Containers
internal import ContentStore
internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

extension ContainerRecord {
    /// The anonymous volumes that a container is to have: one for each place that its config names, except where a folder
    /// of the host is mounted.
    ///
    /// - Throws: `EngineError` for a place where none can be.
    static func volumes(of config: ExecutionConfig, beside binds: [HostOptions.Bind]) throws(EngineError) -> [Volume]? {
        let bound = Set(binds.map { clean($0.target) })
        let places = Set((config.volumes ?? []).map(clean)).subtracting(bound).sorted()
        guard !places.contains("/") else {
            throw EngineError(
                "invalid volume specification: '/': all files of a container cannot be a volume; name a directory "
                    + "among them")
        }
        return places.isEmpty ? nil : places.map { Volume(name: ContainerName.randomID(), target: $0) }
    }

    fileprivate static func clean(_ path: String) -> String {
        var names: [Substring] = []
        for name in path.split(separator: "/") where name != "." {
            if name == ".." { _ = names.popLast() } else { names.append(name) }
        }
        return "/" + names.joined(separator: "/")
    }
}

extension LocalEngine {
    /// Makes those of a container's volumes that it has not yet, each with what the image has in its place. One whose
    /// filling was interrupted is filled anew. Whoever calls holds the container's lock.
    ///
    /// - Throws: `EngineError` where a file is in the way, `StoreError`, `SystemCallError`
    func fillVolumes(of container: ContainerRecord) throws {
        let folder = containers.folder(of: container.id)
        let missing = (container.volumes ?? []).filter { access(folder.path(of: $0), F_OK) != 0 }
        guard !missing.isEmpty else { return }
        try Folders.make(folder.volumes)
        try withLayers(of: container) { root in
            for volume in missing { try fill(volume, in: folder, from: root) }
        }
    }

    private func fill(_ volume: ContainerRecord.Volume, in folder: ContainerShelf.Folder, from root: String) throws {
        let draft = ".new-" + volume.name
        let path = "\(folder.volumes)/\(draft)"
        try Folders.remove(path)
        let source = try CopyPlace(volume.target, in: root, .host).resolved()
        if let status = try source.status(following: false) {
            guard status.mode & S_IFMT == S_IFDIR else {
                throw EngineError(
                    "cannot mount volume over existing file, file exists \(volume.target); name a directory")
            }
            let parent = try source.parent.open()
            let tar = try store.unnamedFile()
            let number = tar.number
            try LayerWriter(compression: .none, isTree: true).write(
                source.name, in: parent.number, as: draft, to: number)
            try call("lseek") { lseek(number, 0, SEEK_SET) }
            let volumes = try Descriptor(opening: folder.volumes, O_RDONLY | O_DIRECTORY)
            try LayerApplier().place(from: number, into: volumes.number, owner: nil)
        } else {
            try call("mkdir", path) { mkdir(path, 0o755) }
            try call("chmod", path) { chmod(path, 0o755) }
        }
        let final = folder.path(of: volume)
        try call("rename", path) { rename(path, final) }
    }

    /// A container's volumes as its start mounts them. Whoever calls holds its lock.
    ///
    /// - Throws: `EngineError`, `StoreError`, `SystemCallError`
    func volumeMounts(of container: ContainerRecord) throws -> [BindMount] {
        guard let volumes = container.volumes else { return [] }
        try fillVolumes(of: container)
        let folder = containers.folder(of: container.id)
        return try withLayers(of: container) { root in
            let top = try Descriptor(opening: root, O_RDONLY | O_DIRECTORY)
            return try volumes.map { volume in
                BindMount(
                    folder.path(of: volume), on: try Self.place(volume.target, in: top), isDirectory: true,
                    isRecursive: false)
            }
        }
    }

    /// Where a path leads, from the root and without the symbolic links of the image: a mount on a link would be refused.
    private static func place(_ path: String, in root: borrowing Descriptor) throws -> String {
        let top = try readLink("/proc/self/fd/\(root.number)", in: AT_FDCWD).text
        var here = ""
        for name in path.split(separator: "/") {
            here += "/" + name
            do throws(SystemCallError) {
                let found = try openInRoot(root.number, here)
                let whole = try readLink("/proc/self/fd/\(found.number)", in: AT_FDCWD).text
                here = String(decoding: whole.utf8.dropFirst(top.utf8.count), as: UTF8.self)
            } catch {
                guard error.errno == .ENOENT else { throw error }
            }
        }
        return String(here.dropFirst())
    }

    /// Mounts a container's volumes into its tree, where this thread alone sees them; the places are made where they are
    /// missing, as they would be by its start. Those beneath a folder of the host, which is not seen here, have none.
    ///
    /// - Throws: `SystemCallError`
    func mountVolumes(of container: ContainerRecord, in root: String) throws {
        let folder = containers.folder(of: container.id)
        let top = try Descriptor(opening: root, O_RDONLY | O_DIRECTORY)
        let bound = (container.host?.binds ?? []).map { ContainerRecord.clean($0.target) + "/" }
        for volume in (container.volumes ?? []).parentsFirst(\.target) {
            if bound.contains(where: volume.target.hasPrefix) { continue }
            // Through the mounts of the outer ones.
            let place = try Self.directory(volume.target, in: top)
            try mountFilesystem(folder.path(of: volume), "/proc/self/fd/\(place.number)", type: nil, flags: .bind)
        }
    }

    private static func directory(_ path: String, in root: borrowing Descriptor) throws -> Descriptor {
        var here = ""
        for name in path.split(separator: "/") {
            let parent = try openInRoot(root.number, here, O_RDONLY | O_DIRECTORY)
            here += "/" + name
            do throws(SystemCallError) {
                _ = try openInRoot(root.number, here)
            } catch {
                guard error.errno == .ENOENT else { throw error }
                let (number, name) = (parent.number, String(name))
                try call("mkdirat", here) { mkdirat(number, name, 0o755) }
                try call("fchmodat", here) { fchmodat(number, name, 0o755, 0) }
            }
        }
        return try openInRoot(root.number, here, pathOnly | O_DIRECTORY)
    }

    /// The logical bytes of what a volume holds.
    ///
    /// - Throws: `SystemCallError`
    func size(of volume: ContainerRecord.Volume, of container: ContainerRecord) throws -> Int64 {
        let path = containers.folder(of: container.id).path(of: volume)
        guard access(path, F_OK) == 0 else { return 0 }
        return try Self.size(beneath: path)
    }
}
