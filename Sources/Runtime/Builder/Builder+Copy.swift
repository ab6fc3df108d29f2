internal import ContentStore
internal import Dockerfiles
internal import Engine
internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

extension Builder {
    func perform(_ copy: CopyInstruction, _ item: Step, _ work: inout StageWork) throws {
        try perform(
            CopyStep(
                verb: "COPY", sources: copy.sources, destination: copy.destination, origin: copy.origin,
                ownership: copy.ownership), item, &work)
    }

    func perform(_ add: AddInstruction, _ item: Step, _ work: inout StageWork) throws {
        try perform(
            CopyStep(
                verb: "ADD", sources: add.sources, destination: add.destination, origin: nil, ownership: add.ownership),
            item, &work)
    }

    private func perform(_ copy: CopyStep, _ item: Step, _ work: inout StageWork) throws {
        let (state, variables) = (work.state, work.variables)
        let destination = try copy.destination.expanded(variables)
        let owner = try copy.ownership.owner?.expanded(variables)
        let mode = try copy.ownership.mode.map { try Self.mode($0.expanded(variables)) }
        let (sources, seen) = try choose(copy, work)
        guard sources.count == 1 || destination.hasSuffix("/") else {
            throw BuildError(
                "When using \(copy.verb) with more than one source file, the destination must be a directory "
                    + "and end with a /")
        }
        func inputs(_ digest: CopyDigest) throws -> StepInputs {
            let comment = "\(copy.verb) \(owner.map { "--chown=" + $0 } ?? "")\(digest.word) in \(destination) "
            return try self.inputs(
                state.createdByFiles(comment), state, options: mode.map { ["chmod=" + String($0, radix: 8)] } ?? [])
        }
        if let seen, try find(item.text, inputs(seen), files: seen.files, &work) { return }
        let ids = try owner.map { try Self.owner($0, state) } ?? .root
        // Where the cache is not asked, what the history says is known when the files are copied.
        let observed = observe(item.text, createdBy: try seen.map { try inputs($0).createdBy } ?? item.text, work)
        defer { observed?.end() }
        let (layer, copied) = try copyFiles(
            copy, sources, to: state.absolute(destination),
            FileCopy(owner: ids, mode: mode, epoch: state.epoch.seconds, control: work.control), observed, work)
        // Somebody may have saved a file since it was looked for: the step is kept as what was copied.
        let made = try inputs(copied)
        observed?.made(layer, by: made.createdBy)
        if seen == nil {
            try note(item.text, made, files: copied.files, isHit: false, &work)
        } else {
            work.explanation.amend(made, files: copied.files)
        }
        try keep(made, layer, &work)
        try work.finish()
    }

    /// Finds the sources, and takes their digests; `nil` where nobody will ask the cache, so that they are read once.
    private func choose(
        _ copy: CopyStep, _ work: StageWork
    ) throws -> (sources: [CopyStep.Found], digest: CopyDigest?) {
        let variables = work.variables
        return try withSources(copy.origin, work) { tree in
            let found = try sources(copy, tree, variables, work)
            guard asksCache(work) else { return (found, nil) }
            var digest = CopyDigest()
            for source in found {
                switch source {
                case .document(let name, let text): digest.add(document: name, text)
                case .file(let file): digest.add(try tree.digest(file))
                case .remote(let remote): digest.add(remote)
                }
            }
            return (found, digest)
        }
    }

    /// Makes the layer.
    ///
    /// - Returns: it, and the digests of what was copied.
    private func copyFiles(
        _ copy: CopyStep, _ sources: [CopyStep.Found], to destination: String, _ rules: FileCopy,
        _ observed: ObservedStep?, _ work: StageWork
    ) throws -> (StoredLayer?, CopyDigest) {
        let workspace = try store.workspace()
        let digest = try withSources(copy.origin, work) { tree in
            try makeFiles(on: work.state, workspace, observed) { root in
                var digest = CopyDigest()
                for source in sources {
                    switch source {
                    case .document(let name, let text):
                        digest.add(document: name, text)
                        try rules.write(text, named: name, to: destination, in: root)
                    case .remote(let remote):
                        digest.add(remote)
                        try rules.copy(remote, to: destination, in: root)
                    case .file(let file):
                        if copy.verb == "ADD",
                            let read = try unpack(
                                file, of: tree, to: destination, epoch: work.state.epoch, in: root)
                        {
                            digest.add(read)
                        } else {
                            digest.add(try rules.copy(file, of: tree, to: destination, in: root))
                        }
                    }
                }
                return digest
            }
        }
        return (try store(for: work).keep(workspace, on: work.state.layers.last?.chainID), digest)
    }

    /// Gives the tree that files are taken from.
    func withSources<Value>(
        _ origin: CopyOrigin?, _ work: StageWork, _ body: (SourceTree) throws -> Value
    ) throws -> Value {
        guard let origin else {
            guard let context = request.context else {
                let empty = try store.workspace()
                return try body(SourceTree(empty.upper))
            }
            return try body(SourceTree(context, ignored: ignored, control: work.control))
        }
        let layers: [String]
        switch graph.origin(origin, in: work.index) {
        case .stage(let index):
            guard let state = work.earlier[index] else {
                preconditionFailure("a stage is built after those that it needs")
            }
            layers = state.directories
        case .image("scratch"):
            throw BuildError("invalid from flag value scratch: 'scratch' is a reserved name")
        case .image(let name) where Int(name) != nil:
            throw BuildError("invalid from flag value \(name): index out of bounds")
        case .image(let name):
            do { layers = try image(name, work).lowerDirectories } catch let error as BuildError {
                throw BuildError("invalid from flag value \(name): \(error)")
            }
        case nil:
            guard case .index(let index) = origin else { preconditionFailure("a name is always an image's") }
            throw BuildError(
                index == work.index
                    ? "invalid from flag value \(index): refers to current build stage"
                    : "invalid from flag value \(index): index out of bounds")
        }
        let workspace = try store.workspace()
        return try MergedRoot.reading(layers, workspace) { try body(SourceTree($0, control: work.control)) }
    }

    private static func mode(_ text: String) throws(BuildError) -> UInt32 {
        guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else {
            throw BuildError(
                "invalid chmod parameter: '\(text)'. it should be octal string and between 0 and 07777")
        }
        return mode
    }

    private static func owner(_ text: String, _ state: StageState) throws -> FileOwner {
        do {
            let (uid, gid) = try UserLookup(layers: state.directories).resolveOwner(text)
            return FileOwner(uid: uid, gid: gid)
        } catch { throw BuildError(error.description) }
    }

    // MARK: - Archives

    /// Unpacks a source of ADD that is an archive. Its files keep their owners; what is made on the way is root's, whatever
    /// `--chown` says, as with Docker.
    ///
    /// - Returns: the digest of what was unpacked; `nil` where it is no archive.
    private func unpack(
        _ source: SourceTree.Source, of tree: SourceTree, to destination: String, epoch: Timestamp, in root: MergedRoot
    ) throws -> SourceDigest? {
        guard !source.isDirectory else { return nil }
        let file = try tree.open(source.entries[0], of: source)
        switch try ArchiveExtraction.content(of: file.number) {
        case .archive: break
        case .other: return nil
        case .damaged(let reason):
            // What it held nobody knows: its name alone says that it was to be unpacked.
            guard Self.hasNameOfArchive(source.name) else { return nil }
            throw BuildError("failed to copy files: \(source.name) is damaged: \(reason)")
        }
        // A copy, so that what is hashed is what is unpacked.
        let archive = try store.unnamedFile()
        var digest = SourceDigest(of: source, hasOwners: false)
        let content = try tree.read(source.entries[0], of: source) { try archive.write($0) }
        digest.add(source.entries[0], content: content.digest)
        let directory = try root.makeDirectories(destination, owner: .root, parentOwner: .root)
        let place = try openInRoot(root.root.number, directory, O_RDONLY | O_DIRECTORY)
        let number = archive.number
        try call("lseek", source.path) { lseek(number, 0, SEEK_SET) }
        let times: DirectoryTimes
        do {
            times = try ArchiveExtraction.extract(
                number, into: place.number, epoch: epoch, seenBy: root.witness, at: directory
            ) { [control = tree.control] in try control.check() }
        } catch let error as StoreError {
            throw BuildError("failed to copy files: \(source.name): \(error)")
        }
        for (directory, time) in times.found { root.noteTime(directory.text, timespec(time)) }
        for (directory, time) in times.given { root.setTime(directory.text, timespec(time)) }
        return digest
    }
}

extension Builder {
    /// Whether a name ends as those of compressed tars do: `.tar.gz`, `.tgz`, `.txz`.
    private static func hasNameOfArchive(_ name: String) -> Bool {
        let parts = name.lowercased().split(separator: ".")
        return parts.dropFirst().dropLast().last == "tar"
            || ["tgz", "tbz", "tbz2", "txz", "tzst"].contains(parts.dropFirst().last ?? "")
    }
}

extension timespec {
    fileprivate init(_ time: Timestamp) {
        self.init(tv_sec: Int(time.seconds), tv_nsec: Int(min(time.nanoseconds, 999_999_999)))
    }
}
