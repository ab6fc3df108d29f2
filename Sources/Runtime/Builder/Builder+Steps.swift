internal import Containers
internal import ContentStore
internal import Dockerfiles
internal import Engine
internal import Glibc
internal import Linux
internal import OCI

extension Builder {
    /// Carries out one instruction.
    ///
    /// - Throws: `ExpansionError`, `BuildError`; what the store throws.
    func perform(_ item: Step, _ work: inout StageWork) throws {
        try request.control.check()
        switch item.instruction {
        case .argument(let list): try declare(list, item.text, &work)
        case .workingDirectory(let word): try enter(word, item.text, &work)
        case .run(let run): try perform(run, item, &work)
        case .copy(let copy): try perform(copy, item, &work)
        case .add(let add): try perform(add, item, &work)
        default:
            let variables = work.variables
            guard let comment = try work.state.apply(item.instruction, variables) else { return }
            try commit(work.state.createdBy(comment), item.text, &work)
        }
    }

    /// Ends a step that changed the config alone.
    func commit(_ createdBy: String, _ text: String, _ work: inout StageWork) throws {
        let inputs = try inputs(createdBy, work)
        if try find(text, inputs, &work) { return }
        let id = Self.containerID()
        say(" ---> Running in \(id.prefix(12))")
        observe(text, inputs, id: id, work)?.end()
        try keep(inputs, nil, &work)
        say("Removing intermediate container \(id.prefix(12))")
        finish(work)
    }

    /// What a step depends on.
    func inputs(_ createdBy: String, _ work: StageWork, options: [String] = []) throws -> StepInputs {
        StepInputs(
            parent: work.state.id.map { "\($0)" } ?? "", createdBy: createdBy,
            config: Digest(of: try JSONDocument.encode(work.state.config)).hex, options: options)
    }

    /// Makes the image of a step, and keeps it for later builds.
    func keep(_ inputs: StepInputs, _ layer: StoredLayer?, _ work: inout StageWork) throws {
        try work.state.commit(inputs.createdBy, layer, at: .now)
        try cache.keep(inputs, work.state)
    }

    /// 256 random bits in hexadecimal, as Docker's ids.
    static func containerID() -> String {
        (0..<4).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    // MARK: - ARG and WORKDIR

    private func declare(
        _ list: NonEmpty<ArgumentDeclaration>, _ text: String, _ work: inout StageWork
    ) throws {
        var comment = "ARG"
        let variables = work.variables
        for declaration in list.all {
            let name = try declaration.name.expanded(variables)
            let value = try declaration.value?.expanded(variables)
            work.arguments.declare(name, value)
            comment += " \(name)" + (value.map { "=\($0)" } ?? "")
        }
        try commit(work.state.createdBy(comment), text, &work)
    }

    private func enter(_ word: ShellWord, _ text: String, _ work: inout StageWork) throws {
        let path = try word.expanded(work.variables)
        guard !path.isEmpty else { throw BuildError("cannot normalize nothing: WORKDIR \(word.text) is empty") }
        let directory = CleanPath.of(work.state.absolute(path))
        work.state.config.workingDir = directory
        let inputs = try inputs(work.state.createdByFiles("WORKDIR \(directory)"), work)
        if try find(text, inputs, &work) { return }
        let id = Self.containerID()
        say(" ---> Running in \(id.prefix(12))")
        let workspace = try store.workspace()
        let observed = observe(text, inputs, id: id, work)
        defer { observed?.end() }
        try makeFiles(on: work.state, workspace, observed) { root in
            _ = try root.makeDirectories(directory, owner: .root, parentOwner: .root)
        }
        let layer = try store.keep(workspace, on: work.state.layers.last?.chainID)
        observed?.layer = layer
        try keep(inputs, layer, &work)
        say("Removing intermediate container \(id.prefix(12))")
        finish(work)
    }

    // MARK: - RUN

    private func perform(_ run: RunInstruction, _ item: Step, _ work: inout StageWork) throws {
        let state = work.state
        let script: Heredoc?
        let command: [String]
        switch run.command {
        case .shell(let line): (command, script) = (state.shell + [line], nil)
        case .exec(let words): (command, script) = (words.all, nil)
        case .script(let document): (command, script) = (["/dev/pipes/\(document.name)"], document)
        }
        let environment = state.environment
        let recorded = work.arguments.recordedAssignments(under: environment)
        let declared = work.arguments.assignments(under: environment)
        let words = (declared.isEmpty ? [] : ["|\(recorded.count)"] + recorded) + command
        var options: [String] = []
        if run.network != .standard { options.append("network=\(run.network.rawValue)") }
        if let script { options.append("script=\(Digest(of: script.content.utf8))") }
        for mount in run.mounts { options.append(try describe(mount, work)) }
        // Words with spaces in them read as several in the history.
        let isExec = if case .exec = run.command { true } else { false }
        if isExec || recorded.contains(where: { $0.contains(" ") }) {
            let words = (recorded + [""] + command).joined(separator: "\u{0}")
            options.append("words=\(Digest(of: words.utf8))")
        }
        let inputs = try inputs(words.joined(separator: " "), work, options: options)
        if try find(item.text, inputs, &work) { return }
        let id = Self.containerID()
        say(" ---> Running in \(id.prefix(12))")
        let hasOwnNetwork = run.network == .none || (run.network == .standard && request.network == .none)
        if !hasOwnNetwork, run.network != .host, request.network == .unspecified, !hasToldNetwork {
            hasToldNetwork = true
            warn("RUN has the host's network, as there are no others yet; --network none takes it away")
        }
        let workspace = try store.workspace()
        var step = RunStep(
            arguments: command, environment: (state.config.env ?? []) + declared,
            workingDirectory: state.config.workingDir.flatMap { $0.isEmpty ? nil : $0 } ?? "/",
            user: state.config.user ?? "", layers: state.directories, id: id, hasOwnNetwork: hasOwnNetwork,
            output: request.output, control: request.control)
        let observed = observe(item.text, inputs, id: id, command: command, work)
        defer { observed?.end() }
        step.observed = observed
        var locks: [String: PresenceLock] = [:]
        defer { withExtendedLifetime(locks) {} }
        for (number, mount) in run.mounts.enumerated() {
            step.mounts += try prepare(mount, number, workspace, &locks, work)
        }
        if let script {
            let file = try Self.write(script, in: workspace)
            step.mounts.append(
                .bind(
                    Linux.BindMount(
                        file, on: "dev/pipes/\(script.name)", isDirectory: false, isRecursive: false, .readOnly)))
        }
        let volumes = try Volumes(state, workspace)
        let status = try step.run(in: workspace)
        try request.control.check()
        try volumes.discardChanges(in: workspace)
        guard status == 0 else {
            throw BuildError(
                "The command '\(command.joined(separator: " "))' returned a non-zero code: \(status)",
                exitStatus: status)
        }
        let layer = try store.keep(workspace, on: state.layers.last?.chainID)
        observed?.layer = layer
        try keep(inputs, layer, &work)
        say("Removing intermediate container \(id.prefix(12))")
        finish(work)
    }

    /// A heredoc that is a program, as a file of the host.
    private static func write(_ script: Heredoc, in workspace: LayerWorkspace) throws -> String {
        let path = workspace.path + "/script"
        let file = try Linux.Descriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o755)
        try Array(script.content.utf8).withUnsafeBytes { try file.write($0) }
        try call("chmod", path) { chmod(path, 0o755) }
        return path
    }
}
