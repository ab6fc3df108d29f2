internal import Dockerfiles
internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// Copies sources into a merged root, by the rules of COPY: the contents of a directory, a file into a directory or as
/// its name.
struct FileCopy {
    /// Whom what is copied belongs to; `nil`: as before.
    var owner: FileOwner?
    /// The permissions of `--chmod`; `nil`: as they were.
    var mode: UInt32?
    var epoch: Int64
    var control: BuildControl

    /// A copy that is under way: what it has read, and which files with several names it has made.
    private struct Progress {
        var digest: SourceDigest
        var links: [FileIdentity: String] = [:]
    }

    /// - Parameter destination: absolute; a slash at its end means a directory.
    /// - Returns: the digests of what was copied, which somebody may have changed since it was looked at first.
    /// - Throws: `BuildError`, `SystemCallError`
    func copy(
        _ source: SourceTree.Source, of tree: SourceTree, to destination: String, in root: MergedRoot
    ) throws -> SourceDigest {
        var progress = Progress(digest: SourceDigest(of: source, hasOwners: owner == nil))
        if source.isDirectory {
            try copyDirectory(source, of: tree, to: destination, in: root, &progress)
        } else {
            let (directory, name) = try place(destination, named: source.name, in: root)
            try put(source.entries[0], of: source, tree, in: directory, name, &progress, root)
        }
        return progress.digest
    }

    /// A document of the Dockerfile.
    func write(_ text: String, named name: String, to destination: String, in root: MergedRoot) throws {
        try make(named: name, at: destination, in: root, mode: 0o644, time: epoch) { file in
            try Array(text.utf8).withUnsafeBytes { try file.write($0) }
        }
    }

    /// A file that was downloaded.
    func copy(_ remote: RemoteFile, to destination: String, in root: MergedRoot) throws {
        let name = remote.name ?? RemoteFile.unnamed
        try make(named: name, at: destination, in: root, mode: 0o600, time: remote.modified) { file in
            try remote.content.forEachChunk { bytes in
                try control.check()
                try file.write(bytes)
            }
        }
    }

    /// A file that no tree holds; `content` writes it.
    private func make(
        named name: String, at destination: String, in root: MergedRoot, mode standard: UInt32, time: Int64,
        _ content: (borrowing Linux.Descriptor) throws -> Void
    ) throws {
        let (directory, name) = try place(destination, named: name, in: root)
        let parent = try clear(name, in: directory, root)
        let base = parent.number
        let path = Self.join(directory, name)
        let file = try Linux.Descriptor(creating: name, mode: 0o600, in: base, of: root.seen(path))
        try content(file)
        try finish(
            in: base, name, path, owner: owner ?? .root, mode: mode ?? standard,
            time: timespec(tv_sec: Int(time), tv_nsec: 0), isLink: false, root)
    }

    /// Where a file goes: a directory, made where it is missing, and a name in it.
    private func place(
        _ destination: String, named name: String, in root: MergedRoot
    ) throws -> (directory: String, name: String) {
        let isDirectory = destination.hasSuffix("/") || destination.hasSuffix("/.")
        if isDirectory {
            return (try root.makeDirectories(destination, owner: owner ?? .root, parentOwner: owner ?? .root), name)
        }
        if let found = try resolve(destination, in: root) {
            if found.status.mode & UInt32(S_IFMT) == UInt32(S_IFDIR) { return (found.path, name) }
            // A link's target, and not the link, is replaced.
            let (directory, last) = Self.split(found.path)
            return (directory, last)
        }
        // A link that leads to what is not there yet leads there all the same.
        let (directory, last) = Self.split(try root.followed(destination))
        return (try root.makeDirectories(directory, owner: owner ?? .root, parentOwner: owner ?? .root), last)
    }

    private func resolve(
        _ place: String, in root: MergedRoot
    ) throws -> (path: String, status: FileStatus)? {
        do { return try root.resolve(place) } catch let error as SystemCallError where error.errno == .ENOTDIR {
            throw BuildError("failed to copy files: \(place): a part of the path is not a directory; choose another")
        } catch let error as SystemCallError where error.errno == .ELOOP {
            throw MergedRoot.endless(place)
        }
    }

    private static func split(_ path: String) -> (directory: String, name: String) {
        let names = path.split(separator: "/")
        return (names.dropLast().joined(separator: "/"), names.last.map(String.init) ?? "")
    }

    private static func join(_ directory: String, _ name: String) -> String {
        directory.isEmpty ? name : "\(directory)/\(name)"
    }

    private func copyDirectory(
        _ source: SourceTree.Source, of tree: SourceTree, to destination: String, in root: MergedRoot,
        _ progress: inout Progress
    ) throws {
        let top = try root.makeDirectories(destination, owner: owner ?? .root, parentOwner: .root)
        for entry in source.entries.dropFirst() {
            let (directory, name) = Self.split(entry.path)
            let parent = [top, directory].filter { !$0.isEmpty }.joined(separator: "/")
            try put(entry, of: source, tree, in: parent, name, &progress, root)
        }
    }

    /// Removes what has the name, and opens the directory.
    private func clear(
        _ name: String, in directory: String, keepsDirectory: Bool = false, _ root: MergedRoot
    ) throws -> Linux.Descriptor {
        try root.touch(directory)
        let parent = try openInRoot(root.root.number, directory, O_RDONLY | O_DIRECTORY)
        if let status = try FileStatus.read(name, in: parent.number) {
            let isDirectory = status.mode & UInt32(S_IFMT) == UInt32(S_IFDIR)
            if isDirectory, !keepsDirectory {
                throw BuildError(
                    "failed to copy files: cannot overwrite directory /\(directory)/\(name) with non-directory")
            }
            if !isDirectory {
                let (base, path) = (parent.number, Self.join(directory, name))
                try call(.unlinkat, path, [name], of: root.seen(path), as: { .unlink($0) }) {
                    withBytes(of: name) { unlinkat(base, $0, 0) }
                }
            }
        }
        return parent
    }

    private func put(
        _ entry: SourceTree.Entry, of source: SourceTree.Source, _ tree: SourceTree, in directory: String,
        _ name: String, _ progress: inout Progress, _ root: MergedRoot
    ) throws {
        try control.check()
        let isDirectory = entry.kind == UInt32(S_IFDIR)
        let parent = try clear(name, in: directory, keepsDirectory: isDirectory, root)
        let base = parent.number
        let path = Self.join(directory, name)
        let seen = root.seen(path)
        let modified = entry.status.modified
        let time = timespec(tv_sec: Int(modified >= 0 ? modified / 1_000_000_000 : 0), tv_nsec: 0)
        var attributes: [(name: String, value: [UInt8])] = []
        let (permissions, device) = (entry.status.mode & 0o7777, entry.status.device)
        switch entry.kind {
        case UInt32(S_IFREG):
            if entry.status.links > 1 {
                let identity = FileIdentity(entry.status)
                if let first = progress.links[identity] {
                    progress.digest.add(entry, content: progress.digest.content(of: entry))
                    let from = root.root.number
                    try call(
                        .linkat, path, [first, name], of: seen, as: { .link(Path(first), $0, followsSource: false) }
                    ) {
                        withBytes(of: first) { first in withBytes(of: name) { linkat(from, first, base, $0, 0) } }
                    }
                    return
                }
                progress.links[identity] = path
            }
            let content = try copyFile(entry, of: source, tree, base, name, seen)
            progress.digest.add(entry, content: content.digest)
            attributes = content.attributes
        case UInt32(S_IFDIR):
            if try FileStatus.read(name, in: base) == nil {
                try call(.mkdirat, path, [name], of: seen, as: { .mkdir($0, mode: 0o700) }) {
                    withBytes(of: name) { mkdirat(base, $0, 0o700) }
                }
            }
            root.setTime(path, time)
        case UInt32(S_IFLNK):
            let target = entry.target ?? ""
            try call(.symlinkat, path, [name], of: seen, as: { .symlink(target: ByteString(target), $0) }) {
                withBytes(of: target) { target in withBytes(of: name) { symlinkat(target, base, $0) } }
            }
        default:
            let number = linuxDevice(device)
            let kind: NodeKind =
                switch entry.kind {
                case UInt32(S_IFIFO): .fifo
                case UInt32(S_IFBLK): .blockDevice
                default: .characterDevice
                }
            let made = kind == .fifo ? nil : device
            try call(.mknodat, path, [name], of: seen, as: { .mknod($0, kind, mode: 0o600, device: made) }) {
                withBytes(of: name) { mknodat(base, $0, mode_t(entry.kind) | 0o600, number) }
            }
        }
        if entry.kind != UInt32(S_IFREG) { progress.digest.add(entry, content: nil) }
        try finish(
            in: base, name, path, owner: owner ?? FileOwner(uid: entry.status.uid, gid: entry.status.gid),
            mode: mode ?? permissions, time: time, isLink: entry.kind == UInt32(S_IFLNK), root)
        // After the owner, because a change of owner clears capabilities (chown(2)).
        if !attributes.isEmpty {
            let file = try Linux.Descriptor(opening: name, O_RDONLY | O_NOFOLLOW, in: base)
            for (name, value) in attributes { try setOpenAttribute(name, value, of: file, seen) }
        }
    }

    /// - Returns: what was copied.
    private func copyFile(
        _ entry: SourceTree.Entry, of source: SourceTree.Source, _ tree: SourceTree, _ base: CInt, _ name: String,
        _ seen: WitnessedName?
    ) throws -> SourceTree.Content {
        let to = try Linux.Descriptor(creating: name, mode: 0o600, in: base, of: seen)
        return try tree.read(entry, of: source) { try to.write($0) }
    }

    private func finish(
        in base: CInt, _ name: String, _ path: String, owner: FileOwner, mode: UInt32, time: timespec, isLink: Bool,
        _ root: MergedRoot
    ) throws {
        let seen = root.seen(path)
        try root.setOwner(owner, of: name, in: base, path)
        // After the owner, because a change of owner clears set-ids (chown(2)).
        if !isLink {
            try call(.fchmodat, path, [name], of: seen, as: { .chmod(Operand($0), mode: UInt16(mode)) }) {
                withBytes(of: name) { fchmodat(base, $0, mode_t(mode), 0) }
            }
        }
        let times = [time, time]
        try call(.utimensat, path, [name], of: seen, as: { .utimens(Operand($0, .noFollow), .given) }) {
            withBytes(of: name) { utimensat(base, $0, times, AT_SYMLINK_NOFOLLOW) }
        }
    }
}

/// The number of a device as mknod(2) takes it. See makedev(3).
private func linuxDevice(_ device: DeviceNumber) -> dev_t {
    let (major, minor) = (UInt64(device.major), UInt64(device.minor))
    return dev_t((major & 0xFFF) << 8 | (major & ~0xFFF) << 32 | (minor & 0xFF) | (minor & ~0xFF) << 12)
}
