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
        let chosen = try choose(copy, work)
        guard chosen.sources.count == 1 || destination.hasSuffix("/") else {
            throw BuildError(
                "When using \(copy.verb) with more than one source file, the destination must be a directory "
                    + "and end with a /")
        }
        let comment = "\(copy.verb) \(owner.map { "--chown=" + $0 } ?? "")\(chosen.word) in \(destination) "
        let inputs = try inputs(
            state.createdByFiles(comment), work, options: mode.map { ["chmod=" + String($0, radix: 8)] } ?? [])
        if try find(item.text, inputs, files: chosen.files, &work) { return }
        let ids = try owner.map { try Self.owner($0, state) } ?? .root
        let observed = observe(item.text, inputs, work)
        defer { observed?.end() }
        let layer = try copyFiles(
            copy, chosen.sources, to: state.absolute(destination),
            FileCopy(owner: ids, mode: mode, epoch: state.epoch.seconds, control: request.control), observed, work)
        observed?.layer = layer
        try keep(inputs, layer, &work)
        finish(work)
    }

    /// Finds the sources, and takes their digests.
    private func choose(
        _ copy: CopyStep, _ work: StageWork
    ) throws -> (sources: [CopyStep.Found], word: String, files: [String: String]) {
        let variables = work.variables
        return try withSources(copy.origin, work) { tree in
            let found = try Self.sources(copy, tree, variables)
            let (word, files) = try Self.digest(found, tree)
            return (found, word, files)
        }
    }

    /// Makes the layer.
    private func copyFiles(
        _ copy: CopyStep, _ sources: [CopyStep.Found], to destination: String, _ rules: FileCopy,
        _ observed: ObservedStep?, _ work: StageWork
    ) throws -> StoredLayer? {
        let workspace = try store.workspace()
        try withSources(copy.origin, work) { tree in
            try makeFiles(on: work.state, workspace, observed) { root in
                for source in sources {
                    switch source {
                    case .document(let name, let text):
                        try rules.write(text, named: name, to: destination, in: root)
                    case .file(let file):
                        if copy.verb == "ADD",
                            try unpack(file, of: tree, to: destination, owner: rules.owner ?? .root, in: root)
                        {
                            continue
                        }
                        try rules.copy(file, of: tree, to: destination, in: root)
                    }
                }
            }
        }
        return try store.keep(workspace, on: work.state.layers.last?.chainID)
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
            return try body(SourceTree(context, ignored: ignored))
        }
        let layers: [String]
        switch graph.origin(origin, in: work.index) {
        case .stage(let index):
            guard let state = built[index] else { preconditionFailure("a stage is built after those that it needs") }
            layers = state.directories
        case .image(let name):
            do { layers = try image(name).lowerDirectories } catch let error as BuildError {
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
        return try MergedRoot.reading(layers, workspace) { try body(SourceTree($0)) }
    }

    /// The sources that the words name.
    private static func sources(
        _ copy: CopyStep, _ tree: SourceTree, _ variables: [String: String]
    ) throws -> [CopyStep.Found] {
        var found: [CopyStep.Found] = []
        for source in copy.sources.all.all {
            switch source {
            case .document(let document):
                found.append(.document(name: document.name, text: try document.expanded(variables)))
            case .path(let word):
                let written = try word.expanded(variables)
                try refuseForeign(written, copy)
                if PathPattern.isPattern(written) {
                    let path = CleanPath.of("/" + written).dropFirst()
                    for match in try tree.sources(matching: PathPattern(String(path))) { found.append(.file(match)) }
                } else {
                    found.append(.file(try Self.source(written, copy, tree)))
                }
            }
        }
        guard !found.isEmpty else { throw BuildError("\(copy.verb) failed: no source files were specified") }
        return found
    }

    private static func refuseForeign(_ written: String, _ copy: CopyStep) throws(BuildError) {
        if copy.verb == "ADD", ["http://", "https://", "ftp://", "git@"].contains(where: written.hasPrefix) {
            throw BuildError("ADD of \(written) is not there yet: download it in a RUN, or before the build")
        }
        let clean = CleanPath.of(written)
        guard clean == ".." || clean.hasPrefix("../"), copy.origin == nil else { return }
        throw BuildError("\(copy.verb) failed: forbidden path outside the build context: \(written) ()")
    }

    private static func source(
        _ written: String, _ copy: CopyStep, _ tree: SourceTree
    ) throws -> SourceTree.Source {
        do { return try tree.source(written) } catch let error as SystemCallError
            where [.ENOENT, .ENOTDIR, .ELOOP].contains(error.errno)
        {
            let name = CleanPath.of(written)
            throw BuildError(
                copy.origin == nil
                    ? "\(copy.verb) failed: file not found in build context or excluded by .dockerignore: "
                        + "stat \(name): file does not exist"
                    : "\(copy.verb) failed: stat \(name): file does not exist")
        }
    }

    /// What the history calls the sources, and the digests of their files.
    private static func digest(
        _ found: [CopyStep.Found], _ tree: SourceTree
    ) throws -> (word: String, files: [String: String]) {
        var words: [String] = []
        var files: [String: String] = [:]
        for source in found {
            switch source {
            case .document(let name, let text):
                let digest = Digest(of: "\(name)\u{0}\(text)".utf8).hex
                words.append("file:" + digest)
                files["<<" + name] = digest
            case .file(let file):
                let (word, own) = try tree.digest(file)
                words.append(word)
                files.merge(own) { $1 }
            }
        }
        if words.count == 1 { return (words[0], files) }
        return ("multi:" + Digest(of: words.joined(separator: ",").utf8).hex, files)
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

    /// Unpacks a source of ADD that is an archive.
    ///
    /// - Returns: whether it is one.
    private func unpack(
        _ source: SourceTree.Source, of tree: SourceTree, to destination: String, owner: FileOwner,
        in root: MergedRoot
    ) throws -> Bool {
        guard !source.isDirectory else { return false }
        let file = try tree.open(source.entries[0], of: source)
        guard try ArchiveExtraction.isArchive(file.number) else { return false }
        let directory = try root.makeDirectories(destination, owner: owner, parentOwner: owner)
        try root.touch(directory)
        let place = try openInRoot(root.root.number, directory, O_RDONLY | O_DIRECTORY)
        try ArchiveExtraction.extract(file.number, into: place.number, seenBy: root.witness, at: directory)
        return true
    }
}

/// COPY and ADD, as far as they are alike.
struct CopyStep {
    let verb: String
    let sources: CopySources
    let destination: ShellWord
    let origin: CopyOrigin?
    let ownership: CopyOwnership

    enum Found {
        case file(SourceTree.Source)
        case document(name: String, text: String)
    }
}
