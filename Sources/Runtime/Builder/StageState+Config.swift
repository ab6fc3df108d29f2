internal import Dockerfiles
internal import OCI

/// What instructions do to the config, and how the history tells it: Docker 20.10's words.
extension StageState {
    /// The words of the history for an instruction that runs nothing.
    func createdBy(_ comment: String) -> String { (shell + ["#(nop) ", comment]).joined(separator: " ") }

    /// COPY, ADD and WORKDIR have one space less.
    func createdByFiles(_ comment: String) -> String { (shell + ["#(nop) " + comment]).joined(separator: " ") }

    /// The words that a command line means.
    func words(_ command: CommandLine) -> [String] {
        switch command {
        case .exec(let words): words
        case .shell(let line): shell + (line.isEmpty ? [] : [line])
        }
    }

    /// Carries out an instruction that changes the config.
    ///
    /// - Parameter variables: what its words are expanded with.
    /// - Returns: the history's comment; `nil` for an instruction that does more.
    /// - Throws: `ExpansionError`, `BuildError`
    mutating func apply(_ instruction: Instruction, _ variables: [String: String]) throws -> String? {
        switch instruction {
        case .environment(let list):
            var comment = "ENV"
            // One environment for the whole instruction.
            for assignment in list.all {
                let name = try assignment.name.expanded(variables)
                let value = try assignment.value.expanded(variables)
                if name.isEmpty { throw BuildError("ENV names can not be blank: \(assignment.name.text) is empty") }
                setEnvironment(name, value)
                comment += " \(name)=\(value)"
            }
            return comment
        case .label(let list):
            var comment = "LABEL"
            for assignment in list.all {
                let name = try assignment.name.expanded(variables)
                let value = try assignment.value.expanded(variables)
                config.labels = (config.labels ?? [:]).merging([name: value]) { $1 }
                comment += " \(name)=\(value)"
            }
            return comment
        case .user(let word):
            let user = try word.expanded(variables)
            config.user = user
            return "USER \(user)"
        case .expose(let list):
            // In the order of what is written, before it is expanded: as Docker's history has them.
            let words = try list.all.sorted { $0.text < $1.text }.flatMap { try $0.expandedWords(variables) }
            for word in words { config.exposedPorts = try (config.exposedPorts ?? []).union(ExposedPorts.of(word)) }
            return "EXPOSE " + words.joined(separator: " ")
        case .volume(let list):
            let paths = try list.all.map { try $0.expanded(variables) }
            for path in paths {
                if path.isEmpty { throw BuildError("VOLUME specified can not be an empty string") }
                config.volumes = (config.volumes ?? []).union([path])
            }
            return "VOLUME " + GoText.plain(paths)
        case .entrypoint(let command):
            let words = words(command)
            config.entrypoint = words.isEmpty ? nil : words
            // An ENTRYPOINT takes the base image's CMD away.
            if !hasOwnCommand { config.cmd = nil }
            return "ENTRYPOINT " + GoText.quoted(words)
        case .command(let command):
            let words = words(command)
            config.cmd = words
            hasOwnCommand = !words.isEmpty
            return "CMD " + GoText.quoted(words)
        case .shell(let words):
            config.shell = words.all
            return "SHELL " + GoText.plain(words.all)
        case .stopSignal(let word):
            let signal = try word.expanded(variables)
            guard StopSignal.isKnown(signal) else { throw BuildError("Invalid signal: \(signal)") }
            config.stopSignal = signal
            return "STOPSIGNAL \(signal)"
        case .healthcheck(let healthcheck): return apply(healthcheck)
        case .onBuild(let trigger):
            config.onBuild = (config.onBuild ?? []) + [trigger.text]
            return "ONBUILD " + trigger.text
        case .maintainer(let name):
            author = name
            return "MAINTAINER " + name
        case .run, .copy, .add, .argument, .workingDirectory: return nil
        }
    }

    /// What an instruction does not say of the timing, it takes over from the one before it, as Docker's classic builder does.
    private mutating func apply(_ healthcheck: Healthcheck) -> String {
        let before = config.healthcheck
        guard case .check(let command, let timing) = healthcheck else {
            config.healthcheck = HealthConfig(
                test: ["NONE"], interval: before?.interval, timeout: before?.timeout,
                startPeriod: before?.startPeriod, retries: before?.retries)
            return "HEALTHCHECK &{[\"NONE\"] \"0s\" \"0s\" \"0s\" '\\x00'}"
        }
        let test: [String] =
            switch command {
            case .exec(let words): ["CMD"] + words
            case .shell(let line): ["CMD-SHELL", line]
            }
        config.healthcheck = HealthConfig(
            test: test, interval: timing.interval?.nanoseconds ?? before?.interval,
            timeout: timing.timeout?.nanoseconds ?? before?.timeout,
            startPeriod: timing.startPeriod?.nanoseconds ?? before?.startPeriod,
            retries: timing.retries ?? before?.retries)
        let times = [timing.interval, timing.timeout, timing.startPeriod].map {
            "\"\($0 ?? GoDuration(nanoseconds: 0))\""
        }
        return
            "HEALTHCHECK &{\(GoText.quoted(test)) \(times.joined(separator: " ")) \(GoText.quoted(timing.retries ?? 0))}"
    }
}
