internal import LayerModel

extension Overlay2 {
    /// One call in the making: who makes it, over which layers, and what it has done so far.
    struct Call<Layers: LayerReading> {
        let rules: Overlay2
        let credentials: Credentials
        var layers: Layers
        private(set) var effects: [LayerEffect] = []
        /// What this call has copied up already.
        private var copied: Set<Path> = []

        init(rules: Overlay2, credentials: Credentials, layers: Layers) {
            self.rules = rules
            self.credentials = credentials
            self.layers = layers
        }

        /// - Throws: `Errno` when the call fails; `EvidenceMissing`; `Unmodelled`.
        mutating func run(_ operation: FileOperation) throws {
            switch operation {
            case .open(let path, let flags, _): try open(path, flags)
            case .truncate(let path, let size): try truncate(path, size: size)
            case .unlink(let path): try unlink(path)
            case .rmdir(let path): try removeDirectory(path)
            case .mkdir(let path, _): try makeDirectory(path)
            case .mknod(let path, let kind, _, let device): try makeNode(path, kind, device)
            case .symlink(let target, let path): try makeLink(path, to: target)
            case .link(let old, let new, let follows): try link(old, new, followsSource: follows)
            case .rename(let old, let new, let flags): try rename(old, new, flags)
            case .chmod(let operand, _): try changeMode(operand)
            case .chown(let operand, let uid, let gid): try changeOwner(operand, uid: uid, gid: gid)
            case .utimens(let operand, let changesNothing): try changeTimes(operand, changesNothing: changesNothing)
            case .setxattr(let operand, let name, let flags): try setAttribute(operand, name, flags)
            case .removexattr(let operand, let name): try removeAttribute(operand, name)
            case .setFileFlags(let operand): try setFileFlags(operand)
            case .bind(let path, _): try bind(path)
            case .stat(let operand): _ = try existing(operand)
            case .access(let operand, let mode): try access(operand, mode)
            case .readlink(let path): try readLink(path)
            case .readdir(let path): try readDirectory(path)
            }
        }

        func holds(_ rule: Rule) -> Bool { !rules.brokenRules.contains(rule) }

        mutating func add(_ kind: LayerEffect.Kind, _ path: Path, layer: LayerID = .upper, size: Int64? = nil) {
            effects.append(LayerEffect(kind, path, layer: layer, size: size))
        }

        /// Copies up the directories that lead to a name, from the top down; the upper root always exists.
        mutating func copyUp(directories: [UnionNode]) {
            guard holds(.parentsAreCopiedUp) else { return }
            for directory in directories where !directory.isInUpper && copied.insert(directory.path).inserted {
                add(.parentCopyUp, directory.path, layer: directory.layer)
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
            // Without an index nothing tells the copy which other names its inode had.
            if !node.isDirectory, node.entry.links > 1, holds(.copyUpBreaksHardLinks) {
                add(.linkBroken, node.path, layer: node.layer)
            }
        }
    }
}

extension Overlay2.Call {
    mutating func resolve(_ path: Path, _ last: Lookup.LastLink) throws -> Resolution {
        try Lookup(by: credentials, protectsSymlinks: rules.protections.symbolicLinks).resolve(
            path, last, over: &layers)
    }

    /// The object that an attribute call acts on, which must exist.
    mutating func existing(_ operand: Operand) throws -> (node: UnionNode, directories: [UnionNode]) {
        let resolution: Resolution
        switch operand.resolution {
        case .follow: resolution = try resolve(operand.path, .follow)
        case .noFollow: resolution = try resolve(operand.path, .noFollow)
        case .descriptor:
            // The path was walked when the file was opened; only its layers matter now.
            resolution = try Lookup(by: nil).resolve(operand.path, .name, over: &layers)
            if resolution.node == nil { throw Unmodelled("the open file has no name in the union any more") }
        }
        return (try resolution.existing(), resolution.directories)
    }

    func require(_ access: Access, on node: UnionNode) throws {
        guard credentials.permits(access, on: node.entry) else { throw Errno.EACCES }
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
