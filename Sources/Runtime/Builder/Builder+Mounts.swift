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
                try tree.digest(Self.source(of: bind.source, tree)).word
            }
            return "bind=\(try bind.target.expanded(variables)),\(digest),\(bind.isWritable)"
        case .cache(let cache): return "cache=\(try cache.target.expanded(variables)),\(cache.id ?? "")"
        case .tmpfs(let tmpfs): return "tmpfs=\(try tmpfs.target.expanded(variables))"
        case .secret(let secret):
            return "secret=\(secret.id),\(try secret.target?.expanded(variables) ?? "")"
        }
    }

    /// Makes a mount ready for one RUN.
    ///
    /// - Parameters:
    ///   - number: which of the RUN's it is.
    ///   - locks: gets what must be held while the command runs.
    /// - Throws: `BuildError`, `ExpansionError`, `SystemCallError`
    func prepare(
        _ mount: RunMount, _ number: Int, _ workspace: LayerWorkspace, _ locks: inout [String: PresenceLock],
        _ work: StageWork
    ) throws -> [KernelSurface.Mount] {
        let variables = work.variables
        func place(_ word: ShellWord) throws -> String {
            let path = CleanPath.of(work.state.absolute(try word.expanded(variables)))
            guard path != "/" else { throw BuildError("invalid mount target \"/\": write another directory") }
            return String(path.dropFirst())
        }
        switch mount {
        case .tmpfs(let tmpfs):
            return [
                .filesystem(
                    FilesystemMount(
                        "tmpfs", on: try place(tmpfs.target), [.noSetUID, .noDevices],
                        options: tmpfs.size.map { "mode=755,size=\($0)" } ?? "mode=755", makesMountPoint: true))
            ]
        case .bind(let bind):
            let (path, isDirectory) = try copy(bind, to: "\(workspace.path)/bind-\(number)", work)
            return [
                .bind(
                    Linux.BindMount(
                        path, on: try place(bind.target), isDirectory: isDirectory, isRecursive: false,
                        bind.isWritable ? [] : .readOnly))
            ]
        case .cache(let cache):
            guard cache.origin == nil, cache.source.isEmpty else {
                throw BuildError("a cache mount's from and source are not there yet: leave them out")
            }
            let target = try place(cache.target)
            let folder = try store.buildCacheFolder(Digest(of: "cache \(cache.id ?? "/" + target)".utf8)) { path in
                try call("chown", path) { chown(path, cache.uid, cache.gid) }
                try call("chmod", path) { chmod(path, mode_t(cache.mode)) }
            }
            // Nobody else's build may use it meanwhile, except where it is shared; the step itself may have it twice.
            if cache.sharing != .shared, locks[folder] == nil { locks[folder] = try PresenceLock.waiting(for: folder) }
            return [
                .bind(
                    Linux.BindMount(
                        folder, on: target, isDirectory: true, isRecursive: false, cache.isReadOnly ? .readOnly : []))
            ]
        case .secret(let secret):
            guard let file = request.secrets[secret.id] else {
                if secret.isRequired {
                    throw BuildError("secret \(secret.id) not found: give it with --secret id=\(secret.id),src=FILE")
                }
                return []
            }
            guard (secret.mode, secret.uid, secret.gid) == (0o400, 0, 0) else {
                throw BuildError(
                    "a secret's mode, uid and gid are not there yet: it is seen as its file is; leave them out")
            }
            return [
                .bind(
                    Linux.BindMount(
                        file, on: try secret.target.map(place) ?? "run/secrets/\(secret.id)", isDirectory: false,
                        isRecursive: false, .readOnly))
            ]
        }
    }

    private static func source(of path: String, _ tree: SourceTree) throws -> SourceTree.Source {
        do { return try tree.source(path.isEmpty ? "/" : path) } catch let error as SystemCallError
            where [.ENOENT, .ENOTDIR, .ELOOP].contains(error.errno)
        {
            throw BuildError("RUN --mount failed: stat \(path): file does not exist")
        }
    }

    /// A copy, so that nothing that is ignored is seen, and nothing that the command writes reaches the original.
    private func copy(_ bind: Dockerfiles.BindMount, to directory: String, _ work: StageWork) throws -> (String, Bool) {
        try call("mkdir", directory) { mkdir(directory, 0o755) }
        let rules = FileCopy(
            owner: bind.origin == nil ? .root : nil, mode: nil, epoch: work.state.epoch.seconds,
            control: request.control)
        return try withSources(bind.origin, work) { tree in
            let source = try Self.source(of: bind.source, tree)
            try MergedRoot.use(directory, rules.epoch) { root in
                try rules.copy(source, of: tree, to: source.isDirectory ? "/" : "/file", in: root)
            }
            return (source.isDirectory ? directory : directory + "/file", source.isDirectory)
        }
    }
}
