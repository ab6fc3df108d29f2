internal import Containers
internal import ContentStore
internal import Dockerfiles
internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

extension Builder {
    /// What a mount adds to the inputs of its RUN: the files that it shows, but not a cache's or a secret's.
    func describe(_ mount: RunMount, _ work: StageWork) throws -> String {
        let variables = work.variables
        switch mount {
        case .bind(let bind):
            let digest = try withSources(bind.origin, work) { tree in
                try tree.digest(Self.source(of: bind.source, tree), hasOwners: bind.origin != nil)
            }
            return try describe(bind, digest, work)
        case .cache(let cache): return "cache=\(try cache.target.expanded(variables)),\(cache.id ?? "")"
        case .tmpfs(let tmpfs): return "tmpfs=\(try tmpfs.target.expanded(variables))"
        case .secret(let secret):
            let rights = "\(String(secret.mode, radix: 8)),\(secret.uid):\(secret.gid)"
            return "secret=\(secret.id),\(try secret.target?.expanded(variables) ?? ""),\(rights)"
        }
    }

    private func describe(_ bind: Dockerfiles.BindMount, _ files: SourceDigest, _ work: StageWork) throws -> String {
        "bind=\(try bind.target.expanded(work.variables)),\(files.word),\(bind.isWritable)"
    }

    /// The mounts of one RUN, ready.
    struct PreparedMounts {
        var mounts: [KernelSurface.Mount] = []
        /// What each adds to the inputs, as it was made.
        var descriptions: [String] = []
        /// To be held while the command runs.
        var locks: [PresenceLock] = []
    }

    /// Makes the mounts of one RUN ready.
    ///
    /// - Throws: `BuildError`, `ExpansionError`, `SystemCallError`
    func prepare(_ mounts: [RunMount], _ workspace: LayerWorkspace, _ work: StageWork) throws -> PreparedMounts {
        var prepared = PreparedMounts()
        var locked: Set<String> = []
        for (number, mount) in mounts.enumerated() {
            switch mount {
            case .tmpfs(let tmpfs):
                prepared.mounts.append(
                    .filesystem(
                        FilesystemMount(
                            "tmpfs", on: try place(tmpfs.target, work), [.noSetUID, .noDevices],
                            options: tmpfs.size.map { "mode=755,size=\($0)" } ?? "mode=755", makesMountPoint: true)))
            case .bind(let bind):
                let copy = try copy(bind, to: "\(workspace.path)/bind-\(number)", work)
                prepared.mounts.append(
                    .bind(
                        Linux.BindMount(
                            copy.path, on: try place(bind.target, work), isDirectory: copy.isDirectory,
                            isRecursive: false, bind.isWritable ? [] : .readOnly)))
                prepared.descriptions.append(try describe(bind, copy.digest, work))
                continue
            case .cache(let cache):
                let folder = try folder(of: cache, work)
                // Nobody else's build may use it meanwhile, except where it is shared; the step itself may have it twice.
                if cache.sharing != .shared { locked.insert(folder) }
                prepared.mounts.append(
                    .bind(
                        Linux.BindMount(
                            folder, on: try place(cache.target, work), isDirectory: true, isRecursive: false,
                            cache.isReadOnly ? .readOnly : [])))
            case .secret(let secret):
                let copy = "\(workspace.path)/secret-\(number)"
                if let mount = try prepare(secret, as: copy, work) { prepared.mounts.append(mount) }
            }
            prepared.descriptions.append(try describe(mount, work))
        }
        prepared.mounts = prepared.mounts.parentsFirst(\.target)
        let points = MountPoints(beneath: workspace, over: work.state.directories)
        for mount in prepared.mounts {
            switch mount {
            case .filesystem(let filesystem): try points.make(filesystem.target, isDirectory: true)
            case .bind(let bind): try points.make(bind.target, isDirectory: bind.isDirectory)
            }
        }
        prepared.locks = try CacheLocks.take(locked) {
            try work.control.check()
            usleep(10_000)
        }
        return prepared
    }

    /// Where a mount is to be seen, beneath the container's root.
    private func place(_ word: ShellWord, _ work: StageWork) throws -> String {
        let path = CleanPath.of(work.state.absolute(try word.expanded(work.variables)))
        guard path != "/" else { throw BuildError("invalid mount target \"/\": write another directory") }
        return String(path.dropFirst())
    }

    private func folder(of cache: CacheMount, _ work: StageWork) throws -> String {
        guard cache.origin == nil, cache.source.isEmpty else {
            throw BuildError("a cache mount's from and source are not there yet: leave them out")
        }
        let name = try cache.id ?? "/" + place(cache.target, work)
        return try store.buildCacheFolder(Digest(of: "cache \(name)".utf8)) { path in
            try call("chown", path) { chown(path, cache.uid, cache.gid) }
            try call("chmod", path) { chmod(path, mode_t(cache.mode)) }
        }
    }

    /// - Parameter copy: where the file is shown from, with the mode and the owner that are asked for: it goes with the step.
    private func prepare(
        _ secret: SecretMount, as copy: String, _ work: StageWork
    ) throws -> KernelSurface.Mount? {
        guard let file = request.secrets[secret.id] else {
            if secret.isRequired {
                throw BuildError("secret \(secret.id) not found: give it with --secret id=\(secret.id),src=FILE")
            }
            return nil
        }
        let target = try secret.target.map { try place($0, work) } ?? "run/secrets/\(secret.id)"
        let source = try Linux.Descriptor(opening: file, O_RDONLY)
        let made = try Linux.Descriptor(opening: copy, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        try source.forEachChunk { try made.write($0) }
        try call("fchown", copy) { fchown(made.number, secret.uid, secret.gid) }
        try call("fchmod", copy) { fchmod(made.number, mode_t(secret.mode & 0o7777)) }
        return .bind(Linux.BindMount(copy, on: target, isDirectory: false, isRecursive: false, .readOnly))
    }

    private static func source(of path: String, _ tree: SourceTree) throws -> SourceTree.Source {
        do { return try tree.source(path.isEmpty ? "/" : path) } catch let error as SystemCallError
            where [.ENOENT, .ENOTDIR, .ELOOP].contains(error.errno)
        {
            throw BuildError("RUN --mount failed: stat \(path): file does not exist" + tree.absence(of: path))
        }
    }

    /// A copy, so that nothing that is ignored is seen, and nothing that the command writes reaches the original.
    private func copy(
        _ bind: Dockerfiles.BindMount, to directory: String, _ work: StageWork
    ) throws -> (path: String, isDirectory: Bool, digest: SourceDigest) {
        try call("mkdir", directory) { mkdir(directory, 0o755) }
        let rules = FileCopy(
            owner: bind.origin == nil ? .root : nil, mode: nil, epoch: work.state.epoch.seconds, control: work.control)
        return try withSources(bind.origin, work) { tree in
            let source = try Self.source(of: bind.source, tree)
            let digest = try MergedRoot.use(directory, rules.epoch) { root in
                try rules.copy(source, of: tree, to: source.isDirectory ? "/" : "/file", in: root)
            }
            return (source.isDirectory ? directory : directory + "/file", source.isDirectory, digest)
        }
    }
}
