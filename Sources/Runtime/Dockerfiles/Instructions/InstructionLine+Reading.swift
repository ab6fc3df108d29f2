extension InstructionLine {
    /// The instruction; FROM begins a stage and is none.
    ///
    /// - Throws: `Mistake`
    func instruction() throws(Mistake) -> Instruction {
        switch name {
        case .run: return .run(try run())
        case .copy:
            let flags = try flags("from", "chown", "chmod")
            let (sources, destination) = try sourcesAndDestination()
            return .copy(
                CopyInstruction(
                    sources: sources, destination: destination, origin: flags.value("from").map { CopyOrigin($0.text) },
                    ownership: ownership(flags)))
        case .add:
            let flags = try flags("chown", "chmod")
            let (sources, destination) = try sourcesAndDestination()
            return .add(AddInstruction(sources: sources, destination: destination, ownership: ownership(flags)))
        case .healthcheck: return .healthcheck(try healthcheck())
        case .onBuild: return .onBuild(try trigger())
        default: break
        }
        _ = try flags()
        switch name {
        case .argument: return .argument(try arguments())
        case .environment: return .environment(try assignments())
        case .label: return .label(try assignments())
        case .workingDirectory: return .workingDirectory(word(try exactlyOne(cure: "write WORKDIR /a/path")))
        case .user: return .user(word(try exactlyOne(cure: "write USER name or USER uid:gid")))
        case .stopSignal: return .stopSignal(word(try exactlyOne(cure: "write STOPSIGNAL SIGTERM")))
        case .maintainer: return .maintainer(try exactlyOne(cure: "write LABEL maintainer=\"name\" instead"))
        case .expose:
            let ports = try atLeastOne(Words.plain(rest), cure: "write EXPOSE 80")
            return .expose(NonEmpty(word(ports.first.text), ports.rest.map { word($0.text) }))
        case .volume: return .volume(try volumes())
        case .entrypoint: return .entrypoint(try commandLine(rest))
        case .command: return .command(try commandLine(rest))
        case .shell: return .shell(try shell())
        case .from, .run, .copy, .add, .healthcheck, .onBuild:
            throw Mistake("FROM isn't allowed here", cure: "it begins a stage")
        }
    }

    private func flags(_ known: String..., repeatable: Set<String> = []) throws(Mistake) -> Flags {
        try Flags(flagWords, of: name, known: known, repeatable: repeatable)
    }

    // MARK: - FROM

    /// - Throws: `Mistake`
    func stageHead() throws(Mistake) -> (base: ShellWord, name: Stage.Name?, platform: ShellWord?) {
        let flags = try flags("platform")
        let words = Words.plain(rest)
        let base = words.first.map { word($0.text) }
        let platform = flags.value("platform").map { word($0.text) }
        if let base, words.count == 1 { return (base, nil, platform) }
        guard let base, words.count == 3, words[1].text.lowercased() == "as" else {
            throw Mistake(
                "FROM requires either one or three arguments", cure: "write FROM image or FROM image AS name",
                at: words.dropFirst().first?.offset)
        }
        let name = words[2].text.lowercased()
        let isValid =
            name.utf8.first.map { (97...122).contains($0) } ?? false
            && name.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || "-_.".utf8.contains($0)
            }
        guard isValid else {
            throw Mistake(
                "invalid name for build stage: \(quoted(words[2].text)), name can't start with a number or contain symbols",
                cure: "begin it with a letter, and go on with letters, digits, `-`, `_` and `.`", at: words[2].offset)
        }
        return (base, Stage.Name(text: name, position: line.position(at: words[2].offset)), platform)
    }

    // MARK: - The instructions

    func arguments() throws(Mistake) -> NonEmpty<ArgumentDeclaration> {
        let words = try atLeastOne(
            Words.quoted(rest, escape: escape.rawValue), cure: "write ARG name or ARG name=default")
        var declarations: [ArgumentDeclaration] = []
        for item in words.all {
            let parts = item.text.utf8.split(separator: ASCII.equals, maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first, !name.isEmpty else {
                throw Mistake("ARG names can not be blank", cure: "write a name before `=`", at: item.offset)
            }
            declarations.append(
                ArgumentDeclaration(
                    name: word(String(decoding: name, as: UTF8.self)),
                    value: parts.count > 1 ? word(String(decoding: parts[1], as: UTF8.self)) : nil))
        }
        return NonEmpty(declarations[0], Array(declarations.dropFirst()))
    }

    private func run() throws(Mistake) -> RunInstruction {
        let flags = try flags("mount", "network", repeatable: ["mount"])
        var mounts: [RunMount] = []
        for mount in flags.values("mount") { mounts.append(try RunMount(mount, escape: escape)) }
        var network = RunNetwork.standard
        if let given = flags.value("network") {
            guard let known = RunNetwork(rawValue: given.text) else {
                throw Mistake(
                    "invalid network mode: \(given.text)", cure: "write default, none or host", at: given.offset)
            }
            network = known
        }
        return RunInstruction(command: try runCommand(), mounts: mounts, network: network)
    }

    private func runCommand() throws(Mistake) -> RunCommand {
        let nothing = Mistake("RUN requires at least one argument", cure: "write a command")
        switch try commandLine(rest) {
        case .exec(let words):
            guard let words = NonEmpty(words) else { throw nothing }
            return .exec(words)
        case .shell(let line):
            guard !line.isEmpty else { throw nothing }
            // A line that is nothing but a heredoc: the heredoc is the script.
            if let document = heredocs.first, heredocs.count == 1, HeredocMark(line) != nil {
                return document.content.hasPrefix("#!") ? .script(document) : .shell(document.content)
            }
            return .shell(heredocs.reduce(line) { $0 + "\n" + $1.content + $1.name })
        }
    }

    private func sourcesAndDestination() throws(Mistake) -> (CopySources, ShellWord) {
        let words = try list()
        // Docker says so of none, too.
        let tooFew =
            "\(name.rawValue) requires at least two arguments, but only one was provided. "
            + "Destination could not be determined"
        let cure = "write \(name.rawValue) from to"
        guard let destination = words.last else {
            throw Mistake(tooFew, cure: cure)
        }
        guard words.count > 1 else { throw Mistake(tooFew, cure: cure, at: destination.offset) }
        if !heredocs.isEmpty, HeredocMark(destination.text) != nil {
            throw Mistake(
                "\(name.rawValue) cannot accept a heredoc as its destination", cure: "write a path behind it",
                at: destination.offset)
        }
        var rest = heredocs[...]
        let sources = words.dropLast().map { item -> CopySources.Source in
            if let mark = HeredocMark(item.text), rest.first?.name == mark.name, let document = rest.popFirst() {
                return .document(document)
            }
            return .path(word(item.text))
        }
        return (CopySources(all: NonEmpty(sources[0], Array(sources.dropFirst()))), word(destination.text))
    }

    private func ownership(_ flags: Flags) -> CopyOwnership {
        CopyOwnership(
            owner: flags.value("chown").map { word($0.text) }, mode: flags.value("chmod").map { word($0.text) })
    }

    private func volumes() throws(Mistake) -> NonEmpty<ShellWord> {
        let words = try atLeastOne(try list(), cure: "write VOLUME /a/path")
        for item in words.all where item.text.utf8.allSatisfy(ASCII.isSpace) {
            throw Mistake("VOLUME specified can not be an empty string", cure: "write a path", at: item.offset)
        }
        return NonEmpty(word(words.first.text), words.rest.map { word($0.text) })
    }

    private func shell() throws(Mistake) -> NonEmpty<String> {
        switch try commandLine(rest) {
        case .exec(let words):
            if let words = NonEmpty(words) { return words }
            throw Mistake("SHELL requires at least one argument", cure: "write SHELL [\"/bin/sh\", \"-c\"]")
        case .shell(let line):
            throw Mistake(
                line.isEmpty
                    ? "SHELL requires at least one argument" : "SHELL requires the arguments to be in JSON form",
                cure: "write SHELL [\"/bin/sh\", \"-c\"]", at: line.isEmpty ? nil : rest.startIndex)
        }
    }

    private func trigger() throws(Mistake) -> Trigger {
        guard !rest.isEmpty else {
            throw Mistake("ONBUILD requires at least one argument", cure: "write an instruction behind it")
        }
        var inner = try InstructionLine(line, from: rest.startIndex, escape: escape)
        inner.heredocs = heredocs
        switch inner.name {
        case .onBuild:
            throw Mistake(
                "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", cure: "leave one out", at: rest.startIndex)
        case .from, .maintainer:
            throw Mistake(
                "\(inner.name.rawValue) isn't allowed as an ONBUILD trigger", cure: "choose another instruction",
                at: rest.startIndex)
        default: _ = try inner.instruction()
        }
        return Trigger(text: heredocs.reduce(rest.text) { $0 + "\n" + $1.content + $1.name })
    }
}
