internal import LayerModel

/// What a path walk came to: the last name in its directory, whether something stands there or not.
struct Walk {
    /// The directory that holds the last name; for the root, the root.
    var parent: NodeID
    var name = Name.unknown
    /// The last name's text, where no name in use has it.
    var text: ByteString = ""
    var node: NodeID?
    var lastName = Resolution.LastName.root
    /// Whether a trailing slash, in the path or in a symbolic link at its end, demands a directory.
    var demandsDirectory: Bool
    /// Why the last name cannot be looked up, as one that is longer than any filesystem takes: the calls that make, remove
    /// and rename names find that out only when they look it up, after other checks.
    var failure: Errno?
    /// Whether the path as it was given is the resolved one.
    var isDirect: Bool
    /// Whether the last name is looked up; else `node` stays empty.
    var looksUpLast = true

    var dentry: Dentry { Dentry(parent: parent, name: name) }

    /// What stands there, if anything does.
    ///
    /// - Throws: `Errno`, as the lookup of the last name.
    func found() throws(Errno) -> NodeID? {
        if let failure { throw failure }
        return node
    }
}

/// path_resolution(7): link_path_walk() and what comes after it in the kernel's fs/namei.c.
extension VirtualFilesystem {
    /// Walks `path` from the root, as a process does whose root that is.
    ///
    /// - Parameter looksUpLast: Whether the last name is looked up, which the mount may remember.
    mutating func walk(
        _ path: Path, _ last: Lookup.LastLink, _ caller: Credentials, looksUpLast: Bool = true
    ) throws(Errno) -> Walk {
        try checkLength(path)
        var walk = Walk(
            parent: driver.root, demandsDirectory: path.demandsDirectory, isDirect: !path.demandsDirectory)
        walk.looksUpLast = looksUpLast
        var links = 0
        try advance(path.components, from: driver.root, isFinal: true, last, &links, &walk, caller)
        return walk
    }

    /// PATH_MAX, with the byte that ends it.
    private func checkLength(_ path: Path) throws(Errno) {
        // A spelling is never shorter than the bytes that it spells.
        var longest = 1
        for component in path.components { longest += component.text.utf8.count + 1 }
        guard longest >= 4096 else { return }
        var length = path.demandsDirectory ? 1 : 0
        for component in path.components { length += component.count + 1 }
        if length >= 4096 { throw .ENAMETOOLONG }
    }

    /// Walks names from a directory: those of the path, or of a link on it. What comes at the end of the path goes into
    /// `walk`; a link in its middle must lead to a directory, which is returned.
    @discardableResult
    private mutating func advance(
        _ components: [ByteString], from start: NodeID, isFinal: Bool, _ last: Lookup.LastLink, _ links: inout Int,
        _ walk: inout Walk, _ caller: Credentials
    ) throws(Errno) -> NodeID {
        var directory = start
        let passed = driver.pass(components, from: &directory, caller)
        var attributes = driver.attributes(of: directory)
        for index in passed..<components.count {
            let isLast = isFinal && index == components.count - 1
            if holds(.searchTakesPermission), !caller.permits(.execute, on: attributes) {
                throw .EACCES
            }
            let component = components[index]
            let mayBeDots = component.text.utf8.count <= 2
            if mayBeDots, component == "." {
                walk.lastName = .selfReference
                walk.isDirect = false
                continue
            }
            if mayBeDots, component == ".." {
                walk.lastName = .parentReference
                walk.isDirect = false
                if isLast, last == .name { break }
                directory = driver.parent(of: directory)
                attributes = driver.attributes(of: directory)
                continue
            }
            walk.lastName = .normal
            let isTooLong = component.isLonger(than: 255)
            if isLast {
                walk.parent = directory
                if last == .name, isTooLong {
                    walk.failure = .ENAMETOOLONG
                    return directory
                }
                if last == .create, walk.demandsDirectory {
                    walk.text = component
                    return directory
                }
            }
            if isTooLong { throw holds(.longNameIsRefused) ? .ENAMETOOLONG : .ENOENT }
            try driver.check(component)
            let name = driver.name(for: component)
            if isLast {
                walk.name = name
                if name == .unknown { walk.text = component }
                if !walk.looksUpLast { return directory }
            }
            let node: NodeID?
            do throws(Errno) { node = name == .unknown ? nil : try driver.lookup(name, in: directory) } catch {
                guard isLast, last == .name else { throw error }
                walk.failure = error
                return directory
            }
            guard let node else {
                guard isLast || !holds(.missingDirectoryEndsTheWalk) else { throw .ENOENT }
                return directory
            }
            let found = driver.attributes(of: node)
            if found.kind == .symlink,
                !isLast || last == .follow || last == .create || last == .noFollow && walk.demandsDirectory
            {
                links += 1
                walk.isDirect = false
                // MAXSYMLINKS of the kernel's include/linux/namei.h.
                guard links <= (holds(.linksAreCounted) ? 40 : 1) else { throw .ELOOP }
                if isLast { try mayFollow(node, in: directory, caller) }
                let text = driver.target(of: node)
                let target = Path(text)
                let isAbsolute = text.utf8.first == UInt8(ascii: "/") && holds(.absoluteLinkStartsAtTheRoot)
                if isAbsolute { walk.lastName = .root }
                if isLast, holds(.slashAfterLinkIsRemembered) {
                    walk.demandsDirectory = walk.demandsDirectory || target.demandsDirectory
                }
                let from = isAbsolute ? driver.root : directory
                directory = try advance(target.components, from: from, isFinal: isLast, last, &links, &walk, caller)
                if isLast { return directory }
                attributes = driver.attributes(of: directory)
                continue
            }
            if isLast {
                walk.node = node
                return directory
            }
            guard found.kind == .directory else { throw holds(.nonDirectoryEndsTheWalk) ? .ENOTDIR : .ENOENT }
            (directory, attributes) = (node, found)
        }
        // The path ended in the root, in `.` or in `..`.
        if isFinal {
            walk.node = directory
            walk.parent = driver.parent(of: directory)
            walk.name = driver.name(of: directory)
        }
        return directory
    }

    @inline(__always) private func holds(_ rule: Lookup.Rule) -> Bool { brokenRules.holds(.walk(rule)) }

    /// may_follow_link(): `fs.protected_symlinks`.
    private func mayFollow(_ link: NodeID, in directory: NodeID, _ caller: Credentials) throws(Errno) {
        let place = driver.attributes(of: directory)
        guard protections.symbolicLinks, holds(.protectedLinksAreNotFollowed), place.permissions & 0o1002 == 0o1002
        else { return }
        let owner = driver.attributes(of: link).uid
        if owner != caller.uid, owner != place.uid { throw .EACCES }
    }
}

extension VirtualFilesystem {
    /// The name at the end of a walk, which is in use from now on.
    mutating func newName(_ walk: Walk) -> Name {
        walk.lastName == .normal && walk.name != .unknown ? walk.name : driver.names.intern(walk.text.text)
    }

    /// The object that an attribute call acts on, which must exist.
    mutating func existing(_ operand: Operand, _ caller: Credentials) throws(Errno) -> Object {
        let walk = try walk(operand.path, operand.resolution == .noFollow ? .noFollow : .follow, caller)
        return try existing(walk)
    }

    /// What stands at the end of a walk that needs something to stand there.
    @inline(__always) func existing(_ walk: Walk) throws(Errno) -> Object {
        guard let node = try walk.found() else { throw holds(.missingNameIsNotFound) ? .ENOENT : .ENOTDIR }
        let object = Object(node: node, dentry: walk.dentry, attributes: driver.attributes(of: node))
        try refuse(.ENOTDIR, .slashAsksForADirectory, if: walk.demandsDirectory && !object.isDirectory)
        return object
    }

    /// What makes and removes names needs the right to write the directory and to search it.
    @inline(__always) func requireChange(of directory: NodeID, _ caller: Credentials) throws(Errno) {
        try refuse(
            .EACCES, .namesBelongToTheirDirectory,
            if: !caller.permits([.write, .execute], on: driver.attributes(of: directory)))
    }
}

/// An object that a call came upon, and the name through which it did.
struct Object {
    var node: NodeID
    var dentry: Dentry
    var attributes: InodeAttributes

    var kind: NodeKind { attributes.kind }
    var isDirectory: Bool { attributes.kind == .directory }
}
