internal import ContentStore
internal import Glibc
internal import LayerModel
public import Linux

/// What docker cp(1) is asked for beside its two paths.
public struct CopyOptions: Hashable, Sendable {
    /// Whether a symbolic link that is named as the source stands for what it points at.
    public var followsLink: Bool
    /// Whether what comes into a container belongs to the user that the container runs as.
    public var belongsToUser: Bool

    public init(followsLink: Bool = false, belongsToUser: Bool = false) {
        self.followsLink = followsLink
        self.belongsToUser = belongsToUser
    }
}

/// The end of a copy that is no container.
public enum HostEnd: Hashable, Sendable {
    /// An absolute path; a `/.` or `/` at its end has its meaning.
    case path(String)
    /// A tar, on an open descriptor.
    case stream(Int32)
}

extension LocalEngine {
    /// Copies out of a container, by the rules of docker cp(1).
    ///
    /// - Parameter name: the container as the user named it, for errors.
    /// - Throws: `EngineError` in Docker's words when a path does not fit; `StoreError`, `SystemCallError`
    public func copy(
        _ path: String, of container: ContainerRecord, named name: String, to end: HostEnd, _ options: CopyOptions
    ) throws {
        try withTree(of: container, hasVolumes: true) { root in
            let source = try CopyPlace(path, in: root, .container(name))
            switch end {
            case .stream(let descriptor):
                let (place, _) = try Self.source(source, options)
                let name = source.isContents ? "." : place.name
                try Self.write(place, as: name, to: descriptor, entering: mounted(in: container))
            case .path(let path):
                // As Docker's client does it, which unpacks with the rights of whoever runs it.
                let owner = (uid: geteuid(), gid: getegid())
                try copy(
                    source, to: try CopyPlace(path, in: "/", .host), owner: owner, options,
                    entering: mounted(in: container))
            }
        }
    }

    /// Copies into a container, by the rules of docker cp(1).
    ///
    /// - Throws: as the other direction.
    public func copy(
        from end: HostEnd, to path: String, of container: ContainerRecord, named name: String, _ options: CopyOptions
    ) throws {
        if container.host?.isReadOnly ?? false {
            throw EngineError("container rootfs is marked read-only", exitStatus: 1)
        }
        var owner: (uid: UInt32, gid: UInt32)?
        if options.belongsToUser, !container.user.isEmpty {
            let layers =
                [containers.folder(of: container.id).upper] + container.chainIDs.reversed().map(store.layerDirectory)
            let user = try UserLookup(layers: layers).resolve(container.user)
            owner = (user.uid, user.gid)
        }
        try withTree(of: container, hasVolumes: true) { root in
            let destination = try CopyPlace(path, in: root, .container(name))
            switch end {
            case .path(let path):
                try copy(try CopyPlace(path, in: "/", .host), to: destination, owner: owner, options)
            case .stream(let descriptor):
                guard let status = try destination.status(following: true), status.mode & S_IFMT == S_IFDIR else {
                    throw EngineError(
                        "destination \"\(name):\(path)\" must be a directory", exitStatus: 1, kind: .client)
                }
                let directory = try destination.open()
                try LayerApplier().place(from: descriptor, into: directory.number, owner: owner)
            }
        }
    }

    private func copy(
        _ source: CopyPlace, to destination: CopyPlace, owner: (uid: UInt32, gid: UInt32)?, _ options: CopyOptions,
        entering mounted: Set<LayerWriter.FileIdentity> = []
    ) throws {
        let (place, isDirectory) = try Self.source(source, options)
        let target = try Self.target(destination, for: source, isDirectory: isDirectory)
        let directory = try target.directory.open()
        // The source may lie in the destination: it is whole before the first file of it is written.
        let tar = try store.unnamedFile()
        try Self.write(place, as: target.name, to: tar.number, entering: mounted)
        let number = tar.number
        try call("lseek") { lseek(number, 0, SEEK_SET) }
        try LayerApplier().place(from: number, into: directory.number, owner: owner)
    }

    /// What is really copied, and whether it is a directory.
    private static func source(_ source: CopyPlace, _ options: CopyOptions) throws -> (CopyPlace, Bool) {
        let place = options.followsLink || source.isDirectory ? try source.resolved() : source
        guard let status = try place.status(following: false) else { throw source.missing }
        let isDirectory = status.mode & S_IFMT == S_IFDIR
        if source.isDirectory, !isDirectory {
            throw EngineError("not a directory", exitStatus: 1, kind: .client)
        }
        return (place, isDirectory)
    }

    /// The directory that it comes into, and the name that it gets there; `.` for a directory's contents alone.
    private static func target(_ destination: CopyPlace, for source: CopyPlace, isDirectory: Bool) throws
        -> (directory: CopyPlace, name: String)
    {
        let place = try destination.resolved()
        let status = try place.status(following: false)
        if let status, status.mode & S_IFMT == S_IFDIR {
            return (place, source.isContents ? "." : source.name)
        }
        if case .host = place.side, let status, ![S_IFREG, S_IFLNK].contains(status.mode & S_IFMT) {
            throw EngineError(
                "invalid output path: \(status.irregularity(of: place.path))", exitStatus: 1, kind: .client)
        }
        if isDirectory, status != nil { throw EngineError("cannot copy directory", exitStatus: 1, kind: .client) }
        if !isDirectory, destination.isDirectory {
            throw EngineError("no such directory", exitStatus: 1, kind: .client)
        }
        guard let above = try place.parent.status(following: true), above.mode & S_IFMT == S_IFDIR else {
            if case .host = place.side {
                throw EngineError(
                    "invalid output path: directory \"\(place.parent.path)\" does not exist", exitStatus: 1,
                    kind: .client)
            }
            throw place.parent.missing
        }
        return (place.parent, place.name)
    }

    private static func write(
        _ place: CopyPlace, as name: String, to descriptor: CInt, entering mounted: Set<LayerWriter.FileIdentity>
    ) throws {
        var writer = LayerWriter(compression: .none, isTree: true)
        writer.mounted = mounted
        let directory = try place.names.isEmpty ? place.open() : place.parent.open()
        try writer.write(place.name, in: directory.number, as: name, to: descriptor)
    }
}

extension FileStatus {
    /// Why a tar or a copied file may not take the place of what is no file, in Docker's words.
    public func irregularity(of path: String) -> String {
        let isDevice = [S_IFBLK, S_IFCHR].contains(mode & S_IFMT)
        return "\"\(path)\" must be a directory or a regular file: got \(isDevice ? "a device" : "an irregular file")"
    }
}
