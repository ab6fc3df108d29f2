/// The union lookup: path_resolution(7) over a stack of layers merged as overlayfs merges them
/// (Documentation/filesystems/overlayfs.rst, "Upper and Lower", "Directories", "whiteouts and opaque directories").
public struct Lookup: Hashable, Sendable {
    /// What is done with a symbolic link under the last name.
    public enum LastLink: Hashable, Sendable {
        case follow
        /// It is not followed, unless a trailing slash demands a directory.
        case noFollow
        /// It is followed, but a name that ends in a slash is not even looked up: open(2) with O_CREAT, which then fails
        /// with EISDIR.
        case create
        /// It is never followed: the calls that make, remove and rename names.
        case name
    }

    /// NAME_MAX of limits.h, in bytes.
    private static let longestName = 255

    /// Whose permission to search is checked; `nil` checks none, as behind an open descriptor.
    public var credentials: Credentials?
    /// Whether links in sticky, world-writable directories are followed for their owner only
    /// (`fs.protected_symlinks`, proc_sys_fs(5)).
    public var protectsSymlinks: Bool
    /// Rules that are broken on purpose, to prove that the comparison with the kernel sees it.
    package var brokenRules: Set<Rule> = []

    /// A rule of the walk that a test can break.
    package enum Rule: Hashable, Sendable, CaseIterable {
        case searchTakesPermission
        case longNameIsRefused
        case missingDirectoryEndsTheWalk
        case nonDirectoryEndsTheWalk
        case linksAreCounted
        case absoluteLinkStartsAtTheRoot
        case slashAfterLinkIsRemembered
        case protectedLinksAreNotFollowed
        case whiteoutEndsTheSearch
        case opaqueEndsTheSearch
        case fileHidesDirectoriesBeneath
        case directoriesMerge
    }

    func holds(_ rule: Rule) -> Bool { brokenRules.isEmpty || !brokenRules.contains(rule) }

    public init(by credentials: Credentials?, protectsSymlinks: Bool = false) {
        self.credentials = credentials
        self.protectsSymlinks = protectsSymlinks
    }

    /// Walks `path` from the union's root, as a process does whose root that is.
    ///
    /// - Throws: `Errno` as the kernel's walk fails; `EvidenceMissing`; `Unmodelled`.
    public func resolve(
        _ path: Path, _ lastLink: LastLink = .follow, over reader: inout some LayerReading
    ) throws -> Resolution {
        var directories = [try root(over: &reader)]
        var pending = Array(path.components.reversed())
        var demandsDirectory = path.demandsDirectory
        var lastName = Resolution.LastName.root
        var links = 0
        while let name = pending.popLast() {
            let directory = directories[directories.count - 1]
            try search(directory)
            if name == "." {
                lastName = .selfReference
                continue
            }
            if name == ".." {
                lastName = .parentReference
                if lastLink == .name, pending.isEmpty { break }
                if directories.count > 1 { directories.removeLast() }
                continue
            }
            lastName = .normal
            let isTooLong = lastLink == .name && name.count > Self.longestName
            if pending.isEmpty, isTooLong || lastLink == .create && demandsDirectory {
                return Resolution(
                    path: directory.path.appending(name), directories: directories, node: nil, whiteout: nil,
                    demandsDirectory: demandsDirectory, lastName: lastName, isNameTooLong: isTooLong)
            }
            let (node, whiteout) = try child(name, of: directory, over: &reader)
            guard let node else {
                guard pending.isEmpty || !holds(.missingDirectoryEndsTheWalk) else { throw Errno.ENOENT }
                return Resolution(
                    path: directory.path.appending(name), directories: directories, node: nil, whiteout: whiteout,
                    demandsDirectory: demandsDirectory, lastName: lastName)
            }
            if node.entry.kind == .symlink,
                !pending.isEmpty || lastLink == .follow || lastLink == .create
                    || lastLink == .noFollow && demandsDirectory
            {
                links += 1
                // MAXSYMLINKS of the kernel's include/linux/namei.h.
                guard links <= (holds(.linksAreCounted) ? 40 : 1) else { throw Errno.ELOOP }
                if pending.isEmpty { try follow(node, in: directory) }
                let target = node.entry.target ?? ""
                if target.hasPrefix("/"), holds(.absoluteLinkStartsAtTheRoot) {
                    directories.removeSubrange(1...)
                    lastName = .root
                }
                let next = Path(target.text)
                if pending.isEmpty, holds(.slashAfterLinkIsRemembered) {
                    demandsDirectory = demandsDirectory || next.demandsDirectory
                }
                pending.append(contentsOf: next.components.reversed())
                continue
            }
            if pending.isEmpty {
                return Resolution(
                    path: node.path, directories: directories, node: node, whiteout: nil,
                    demandsDirectory: demandsDirectory, lastName: lastName)
            }
            guard node.isDirectory else {
                throw holds(.nonDirectoryEndsTheWalk) ? Errno.ENOTDIR : Errno.ENOENT
            }
            directories.append(node)
        }
        let here = directories[directories.count - 1]
        return Resolution(
            path: here.path, directories: directories.count > 1 ? directories.dropLast() : directories, node: here,
            whiteout: nil, demandsDirectory: demandsDirectory, lastName: lastName)
    }

    /// The root: every layer takes part.
    ///
    /// - Throws: `EvidenceMissing`
    public func root(over reader: inout some LayerReading) throws -> UnionNode {
        let entry = try reader.entry(at: .root, in: .upper) ?? LayerEntry(kind: .directory, permissions: 0o755)
        return UnionNode(path: .root, layers: reader.layersFromTop, entry: entry)
    }

    /// One step down: what the layers of `directory` hold under `name`, from the top to the first that ends the
    /// search, and the layer whose whiteout ended it before anything was found.
    ///
    /// - Throws: `Errno.ENAMETOOLONG`; `EvidenceMissing`; `Unmodelled`.
    public func child(
        _ name: ByteString, of directory: UnionNode, over reader: inout some LayerReading
    ) throws -> (node: UnionNode?, whiteout: LayerID?) {
        guard name.count <= Self.longestName || !holds(.longNameIsRefused) else { throw Errno.ENAMETOOLONG }
        let path = directory.path.appending(name)
        var node: UnionNode?
        for layer in directory.layers {
            guard let entry = try reader.entry(at: path, in: layer) else { continue }
            if entry.kind == .whiteout {
                guard holds(.whiteoutEndsTheSearch) else { continue }
                return (node, node == nil ? layer : nil)
            }
            if entry.redirect != nil { throw Unmodelled("\(path) in layer \(layer) is redirected to another name") }
            if entry.isMetacopy { throw Unmodelled("the data of \(path) in layer \(layer) lies in another layer") }
            if node == nil {
                node = UnionNode(path: path, layers: [layer], entry: entry)
            } else if entry.kind == .directory, holds(.directoriesMerge) {
                node?.layers.append(layer)
            }
            if entry.kind != .directory, holds(.fileHidesDirectoriesBeneath) || node?.isDirectory == false { break }
            if entry.isOpaque, holds(.opaqueEndsTheSearch) { break }
        }
        return (node, nil)
    }

    private func search(_ directory: UnionNode) throws {
        guard let credentials, holds(.searchTakesPermission) else { return }
        if !credentials.permits(.execute, on: directory.entry) { throw Errno.EACCES }
    }

    private func follow(_ link: UnionNode, in directory: UnionNode) throws {
        guard protectsSymlinks, holds(.protectedLinksAreNotFollowed), let credentials,
            directory.entry.permissions & 0o1002 == 0o1002
        else { return }
        if link.entry.uid != credentials.uid, link.entry.uid != directory.entry.uid { throw Errno.EACCES }
    }
}
