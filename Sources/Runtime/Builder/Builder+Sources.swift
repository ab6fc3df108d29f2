internal import ContentStore
internal import Dockerfiles
internal import Engine
internal import LayerModel
internal import Linux

extension Builder {
    /// The sources that the words name; those that are elsewhere are downloaded.
    func sources(
        _ copy: CopyStep, _ tree: SourceTree, _ variables: [String: String], _ work: StageWork
    ) throws -> [CopyStep.Found] {
        var found: [CopyStep.Found] = []
        var absence = ""
        for source in copy.sources.all.all {
            switch source {
            case .document(let document):
                found.append(.document(name: document.name, text: try document.expanded(variables)))
            case .path(let word):
                let written = try word.expanded(variables)
                if RemoteFile.isURL(written) {
                    found.append(.remote(try download(written, copy, variables, work)))
                    continue
                }
                try Self.refuseForeign(written, copy)
                if PathPattern.isPattern(written) {
                    let pattern = try Self.pattern(written, word, copy)
                    let matches = try tree.sources(matching: pattern)
                    if matches.isEmpty { absence = tree.absence(of: pattern) }
                    found += matches.map { .file($0) }
                } else {
                    found.append(.file(try Self.source(written, copy, tree)))
                }
            }
        }
        guard !found.isEmpty else {
            throw BuildError("\(copy.verb) failed: no source files were specified" + absence)
        }
        return found
    }

    /// Docker finds nothing by a pattern that is malformed, and says no more.
    private static func pattern(_ written: String, _ word: ShellWord, _ copy: CopyStep) throws(BuildError)
        -> PathPattern
    {
        do { return try PathPattern(String(CleanPath.of("/" + written).dropFirst())) } catch {
            let cure =
                word.beginsList ? "put \" around each word of the list, and commas between them" : error.description
            throw BuildError("\(copy.verb) failed: no source files were specified; \(cure)")
        }
    }

    private func download(
        _ url: String, _ copy: CopyStep, _ variables: [String: String], _ work: StageWork
    ) throws -> RemoteFile {
        guard copy.verb == "ADD" else {
            throw BuildError("\(copy.verb) failed: source can't be a URL for \(copy.verb)")
        }
        let (control, output) = (work.control, work.output)
        var told: Int64 = 0
        let file = try RemoteFile(url, to: store.unnamedFile()) { bytes, total in
            try control.check()
            // Each hundredth, and each half megabyte of what is large or has no end, as Docker's engine.
            let step = total.map { min($0 / 100, 512 << 10) } ?? 512 << 10
            guard bytes > told, bytes - told >= step || bytes == total else { return }
            told = bytes
            output.download(bytes, of: total)
        }
        // As Docker's engine ends the line of the progress.
        try work.say("")
        let destination = try copy.destination.expanded(variables)
        guard file.name != nil || !destination.hasSuffix("/") else {
            throw BuildError("ADD failed: cannot determine filename for source \(url)")
        }
        return file
    }

    private static func refuseForeign(_ written: String, _ copy: CopyStep) throws(BuildError) {
        if copy.verb == "ADD", ["ftp://", "git@"].contains(where: written.hasPrefix) {
            throw BuildError(
                "ADD of \(written) cannot be done: only http and https are there; fetch it in a RUN, or before the build"
            )
        }
        let clean = CleanPath.of(written)
        guard clean == ".." || clean.hasPrefix("../") else { return }
        throw BuildError("\(copy.verb) failed: forbidden path outside the build context: \(written) ()")
    }

    private static func source(
        _ written: String, _ copy: CopyStep, _ tree: SourceTree
    ) throws -> SourceTree.Source {
        // As Docker takes it: `..` by the names alone, whether they are there or not.
        let place = written.split(separator: "/").contains("..") ? CleanPath.of("/" + written) : written
        do { return try tree.source(place) } catch let error as SystemCallError
            where [.ENOENT, .ENOTDIR, .ELOOP].contains(error.errno)
        {
            // As Docker names it: from the root on.
            let name = CleanPath.of(written).drop { $0 == "/" }
            throw BuildError(
                copy.origin == nil
                    ? "\(copy.verb) failed: file not found in build context or excluded by .dockerignore: "
                        + "stat \(name): file does not exist" + tree.absence(of: written)
                    : "\(copy.verb) failed: stat \(name): file does not exist" + tree.absence(of: written))
        }
    }
}
