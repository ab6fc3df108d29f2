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
        try work.control.check()
        switch item.instruction {
        case .argument(let list): try declare(list, item.text, &work)
        case .workingDirectory(let word): try enter(word, item.text, &work)
        case .run(let run): try perform(run, item, &work)
        case .copy(let copy): try perform(copy, item, &work)
        case .add(let add): try perform(add, item, &work)
        default:
            let variables = work.variables
            if case .healthcheck = item.instruction { try noteHealthcheck(work) }
            guard let comment = try work.state.apply(item.instruction, variables) else { return }
            try commit(work.state.createdBy(comment), item.text, &work)
        }
    }

    private func noteHealthcheck(_ work: StageWork) throws {
        guard let test = work.state.config.healthcheck?.test, let kind = test.first, kind != "NONE" else { return }
        try work.say("Note: overriding previous HEALTHCHECK: \(GoText.plain(test))")
    }

    /// Ends a step that changed the config alone.
    func commit(_ createdBy: String, _ text: String, _ work: inout StageWork) throws {
        let inputs = try inputs(createdBy, work.state)
        if try find(text, inputs, &work) { return }
        let id = Self.containerID()
        try work.say(" ---> Running in \(id.prefix(12))")
        observe(text, createdBy: inputs.createdBy, id: id, work)?.end()
        try keep(inputs, nil, &work)
        try work.say("Removing intermediate container \(id.prefix(12))")
        try work.finish()
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
        let inputs = try inputs(work.state.createdByFiles("WORKDIR \(directory)"), work.state)
        if try find(text, inputs, &work) { return }
        let id = Self.containerID()
        let workspace = try store.workspace()
        let observed = observe(text, createdBy: inputs.createdBy, id: id, work)
        defer { observed?.end() }
        try makeFiles(on: work.state, workspace, observed) { root in
            try root.requireDirectory(directory)
            _ = try root.makeDirectories(directory, owner: .root, parentOwner: .root)
        }
        try work.say(" ---> Running in \(id.prefix(12))")
        let layer = try store(for: work).keep(workspace, on: work.state.layers.last?.chainID)
        observed?.made(layer, by: inputs.createdBy)
        try keep(inputs, layer, &work)
        try work.say("Removing intermediate container \(id.prefix(12))")
        try work.finish()
    }
}
