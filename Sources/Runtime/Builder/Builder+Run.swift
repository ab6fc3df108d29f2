internal import Containers
internal import ContentStore
internal import Dockerfiles
internal import Engine
internal import Glibc
internal import Linux
internal import OCI

extension Builder {
    /// Runs a command in a container on the layers so far; its writable layer becomes the next.
    func perform(_ run: RunInstruction, _ item: Step, _ work: inout StageWork) throws {
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
        // Words with spaces in them read as several in the history.
        let isExec = if case .exec = run.command { true } else { false }
        if isExec || recorded.contains(where: { $0.contains(" ") }) {
            let words = (recorded + [""] + command).joined(separator: "\u{0}")
            options.append("words=\(Digest(of: words.utf8))")
        }
        func inputs(_ mounts: [String]) throws -> StepInputs {
            try self.inputs(words.joined(separator: " "), state, options: options + mounts)
        }
        let expected = try inputs(run.mounts.map { try describe($0, work) })
        if try find(item.text, expected, &work) { return }
        let id = Self.containerID()
        try work.say(" ---> Running in \(id.prefix(12))")
        let hasOwnNetwork = run.network == .none || (run.network == .standard && request.network == .none)
        if !hasOwnNetwork, run.network != .host, request.network == .unspecified {
            try work.output.warn(
                "RUN has the host's network, as there are no others yet; --network none takes it away")
        }
        let workspace = try store.workspace()
        var step = RunStep(
            arguments: command, environment: (state.config.env ?? []) + declared,
            workingDirectory: state.config.workingDir.flatMap { $0.isEmpty ? nil : $0 } ?? "/",
            user: state.config.user ?? "", layers: state.directories, id: id, hasOwnNetwork: hasOwnNetwork,
            control: work.control, hosts: request.hosts)
        let observed = observe(
            item.text, createdBy: expected.createdBy, id: id, command: command, work)
        defer { observed?.end() }
        step.observed = observed
        step.volumes = try Volumes(state, workspace, work.control).mounts
        let mounts = try prepare(run.mounts, workspace, work)
        defer { withExtendedLifetime(mounts.locks) {} }
        step.mounts += mounts.mounts
        if let script {
            let file = try Self.write(script, in: workspace)
            step.mounts.append(
                .bind(
                    Linux.BindMount(
                        file, on: "dev/pipes/\(script.name)", isDirectory: false, isRecursive: false, .readOnly)))
        }
        let status = try work.output.withDescriptor { try step.run(in: workspace, output: $0) }
        try work.control.check()
        guard status == 0 else {
            // The status of a shell that did not find a command (sh(1)).
            if status == 127, let notice = state.image.flatMap(StandInNotice.init) {
                try work.output.warn(notice.absence)
            }
            throw BuildError(
                "The command '\(command.joined(separator: " "))' returned a non-zero code: \(status)",
                exitStatus: status)
        }
        let layer = try store(for: work).keep(workspace, on: state.layers.last?.chainID)
        observed?.made(layer, by: expected.createdBy)
        // What a mount shows was copied for the command: the step is kept as what it has seen.
        try keep(inputs(mounts.descriptions), layer, &work)
        try work.say("Removing intermediate container \(id.prefix(12))")
        try work.finish()
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
