internal import LayerModel

extension Overlay2 {
    /// One call in the making: who makes it, over which layers, and what it has done so far.
    struct Call<Layers: LayerReading> {
        let rules: Overlay2
        let credentials: Credentials
        /// The mode bits that the caller's new objects do not get (umask(2)).
        let umask: UInt16
        var layers: Layers
        private(set) var effects: [LayerEffect] = []
        /// The same as changes of the upper layer, in the order in which they happen.
        private(set) var changes: [UpperChange] = []
        /// What this call has copied up already.
        private var copied: Set<Path> = []

        init(rules: Overlay2, credentials: Credentials, umask: UInt16, layers: Layers) {
            self.rules = rules
            self.credentials = credentials
            self.umask = umask
            self.layers = layers
        }

        /// - Throws: `Errno` when the call fails; `EvidenceMissing`; `Unmodelled`.
        mutating func run(_ operation: FileOperation) throws {
            switch operation {
            case .open(let path, let flags, let mode): try open(path, flags, mode: mode)
            case .truncate(let path, let size): try truncate(path, size: size)
            case .unlink(let path): try unlink(path)
            case .rmdir(let path): try removeDirectory(path)
            case .mkdir(let path, let mode): try makeDirectory(path, mode: mode)
            case .mknod(let path, let kind, let mode, let device): try makeNode(path, kind, mode: mode, device)
            case .symlink(let target, let path): try makeLink(path, to: target)
            case .link(let old, let new, let follows): try link(old, new, followsSource: follows)
            case .linkDescriptor(let file, let new, let spelling): try link(file, new, spelling)
            case .rename(let old, let new, let flags): try rename(old, new, flags)
            case .chmod(let operand, let mode): try changeMode(operand, mode)
            case .chown(let operand, let uid, let gid): try changeOwner(operand, uid: uid, gid: gid)
            case .utimens(let operand, let change): try changeTimes(operand, change)
            case .setxattr(let operand, let name, let flags): try setAttribute(operand, name, flags)
            case .removexattr(let operand, let name): try removeAttribute(operand, name)
            case .setFileFlags(let operand): try setFileFlags(operand)
            case .bind(let path, let mode): try bind(path, mode: mode)
            case .stat(let operand): _ = try existing(operand)
            case .access(let operand, let mode): try access(operand, mode)
            case .readlink(let path): try readLink(path)
            case .readdir(let path): try readDirectory(path)
            }
        }

        func holds(_ rule: Rule) -> Bool { rules.brokenRules.isEmpty || !rules.brokenRules.contains(rule) }

        /// Fails with `errno` where the condition is true, unless the rule is broken.
        func refuse(_ errno: Errno, _ rule: Rule, if condition: @autoclosure () throws -> Bool) throws {
            if holds(rule), try condition() { throw errno }
        }

        mutating func add(_ kind: LayerEffect.Kind, _ path: Path, layer: LayerID = .upper, size: Int64? = nil) {
            effects.append(LayerEffect(kind, path, layer: layer, size: size))
        }

        mutating func change(_ change: UpperChange) { changes.append(change) }

        /// Copies up the directories that lead to a name, from the top down; the upper root always exists.
        mutating func copyUp(directories: [UnionNode]) {
            guard holds(.parentsAreCopiedUp) else { return }
            for directory in directories where !directory.isInUpper && copied.insert(directory.path).inserted {
                add(.parentCopyUp, directory.path, layer: directory.layer)
                change(.put(directory.path, copy(of: directory)))
            }
        }

        /// Copies up an object and the directories above it. A file's data stays beneath no longer:
        /// ovl_copy_up_one() copies it in full, or as much as `size` leaves of it.
        mutating func copyUp(_ node: UnionNode, in directories: [UnionNode], size: Int64? = nil) {
            guard !node.isInUpper, !copied.contains(node.path) else { return }
            copyUp(directories: directories)
            copied.insert(node.path)
            add(
                .copyUp, node.path, layer: node.layer, size: node.entry.kind == .file ? size ?? node.entry.size : nil)
            change(.put(node.path, copy(of: node)))
            // Without an index nothing tells the copy which other names its inode had.
            if !node.isDirectory, node.entry.links > 1, holds(.copyUpBreaksHardLinks) {
                add(.linkBroken, node.path, layer: node.layer)
            }
        }

        /// The copy has the mode, the owner and the extended attributes, but none of overlayfs's marks: a directory
        /// that is opaque in a lower layer is merged with that layer alone, and shows no other.
        private func copy(of node: UnionNode) -> LayerEntry {
            var entry = node.entry
            entry.isOpaque = false
            if !holds(.copyKeepsExtendedAttributes) { entry.attributes = [] }
            if !holds(.copyKeepsOwner) { (entry.uid, entry.gid) = (credentials.uid, credentials.gid) }
            return entry
        }
    }
}

extension Overlay2.Call {
    mutating func resolve(_ path: Path, _ last: Lookup.LastLink) throws -> Resolution {
        try lookup(by: credentials).resolve(path, last, over: &layers)
    }

    func lookup(by credentials: Credentials?) -> Lookup {
        var lookup = Lookup(by: credentials, protectsSymlinks: rules.protections.symbolicLinks)
        lookup.brokenRules = rules.brokenLookupRules
        return lookup
    }

    /// The object that an attribute call acts on, which must exist.
    mutating func existing(_ operand: Operand) throws -> (node: UnionNode, directories: [UnionNode]) {
        let resolution: Resolution
        switch operand.resolution {
        case .follow: resolution = try resolve(operand.path, .follow)
        case .noFollow: resolution = try resolve(operand.path, .noFollow)
        case .descriptor:
            // The path was walked when the file was opened; only its layers matter now.
            resolution = try lookup(by: nil).resolve(operand.path, .name, over: &layers)
            if resolution.node == nil { throw Unmodelled("the open file has no name in the union any more") }
        }
        return (try existing(resolution), resolution.directories)
    }

    /// What stands at the end of a walk that needs something to stand there.
    func existing(_ resolution: Resolution) throws -> UnionNode {
        guard let node = try resolution.found() else {
            throw holds(.missingNameIsNotFound) ? Errno.ENOENT : Errno.ENOTDIR
        }
        try refuse(.ENOTDIR, .slashAsksForADirectory, if: resolution.demandsDirectory && !node.isDirectory)
        return node
    }

    func require(_ access: Access, on node: UnionNode) throws {
        try refuse(.EACCES, .modeBitsAreAsked, if: !credentials.permits(access, on: node.entry))
    }

    /// What makes and removes names needs the right to write the directory and to search it.
    func requireChange(of parent: UnionNode) throws {
        try refuse(
            .EACCES, .namesBelongToTheirDirectory, if: !credentials.permits([.write, .execute], on: parent.entry))
    }

    /// The nearest lower layer that would show the name if the upper one had nothing there
    /// (ovl_lower_positive() of fs/overlayfs/util.c).
    mutating func lowerHolder(of path: Path, in parent: UnionNode) throws -> LayerID? {
        for layer in parent.lowers {
            if let entry = try layers.entry(at: path, in: layer) { return entry.kind == .whiteout ? nil : layer }
        }
        return nil
    }
}
