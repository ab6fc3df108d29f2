internal import ContentStore
public import Events
internal import LayerModel
public import Linux
internal import OCI

/// What a user asks for when they make a container: the words of docker create(1).
public struct ContainerRequest: Hashable, Sendable {
    /// The image's reference or id.
    public var image: String
    /// `nil`: one is made up.
    public var name: String?
    /// Replaces the image's CMD; empty keeps it.
    public var command: [String]
    /// Replaces the image's ENTRYPOINT and discards its CMD.
    public var entrypoint: String?
    /// `NAME=value`.
    public var environment: [String]
    public var workingDirectory: String?
    /// `name|uid[:group|gid]`.
    public var user: String?
    public var hostname: String?
    public var limits: ContainerRecord.Limits
    /// Whether the container goes when its command ends.
    public var autoRemove = false
    /// Whether its streams are a terminal of its own.
    public var hasTerminal = false
    public var labels: [String: String] = [:]
    public var host = ContainerRecord.HostOptions()
    /// Where it has anonymous volumes besides the image's.
    public var volumes: [String] = []

    public init(
        image: String, name: String? = nil, command: [String] = [], entrypoint: String? = nil,
        environment: [String] = [], workingDirectory: String? = nil, user: String? = nil, hostname: String? = nil,
        limits: ContainerRecord.Limits = .init()
    ) {
        self.image = image
        self.name = name
        self.command = command
        self.entrypoint = entrypoint
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.hostname = hostname
        self.limits = limits
    }
}

extension LocalEngine {
    /// Makes a container: a writable layer over an image's layers. Nothing runs yet.
    ///
    /// - Returns: the container, and the lock that keeps other commands from it.
    /// - Throws: `EngineError`; what the store throws.
    public func create(_ request: ContainerRequest) throws -> (ContainerRecord, PresenceLock) {
        if let name = request.name { try ContainerName.validate(name) }
        if let directory = request.workingDirectory, !directory.hasPrefix("/") {
            throw EngineError("the working directory '\(directory)' is invalid, it needs to be an absolute path")
        }
        // The lease keeps the image's layers until the record names them.
        let lease = try store.lease()
        defer { _ = lease }
        let image = try image(request.image)
        let config = image.config.config ?? ExecutionConfig()
        let command = try Self.command(request, config)
        _ = try Self.capabilities(request.host)
        try Self.checkBinds(request.host.binds)
        let id = ContainerName.randomID()
        var record = ContainerRecord(
            id: id, name: request.name ?? ContainerName.random(), image: request.image, imageID: "\(image.id)",
            created: .now, command: command,
            environment: (config.env ?? ["PATH=\(Self.defaultPath)"]).overridden(by: request.environment),
            workingDirectory: request.workingDirectory ?? config.workingDir.flatMap { $0.isEmpty ? nil : $0 } ?? "/",
            user: request.user ?? config.user ?? "", hostname: request.hostname ?? String(id.prefix(12)),
            limits: request.limits, chainIDs: image.layers.map(\.chainID), state: .created,
            autoRemove: request.autoRemove ? true : nil)
        record.config = Self.merge(config, request, record)
        record.host = request.host
        record.hasTerminal = request.hasTerminal ? true : nil
        record.volumes = try ContainerRecord.volumes(of: record.config ?? config, beside: request.host.binds)
        let lock = try add(&record, isNamed: request.name != nil)
        do {
            try fillVolumes(of: record)
        } catch {
            try? containers.remove(record.id)
            throw error
        }
        return (record, lock)
    }

    /// A name that was made up gives way to another where it is taken.
    private func add(_ record: inout ContainerRecord, isNamed: Bool) throws -> PresenceLock {
        while true {
            do {
                return try containers.add(record)
            } catch let error as EngineError where !isNamed && error.kind == .nameInUse {
                record.name = ContainerName.random() + String(Int.random(in: 0...9))
            }
        }
    }

    /// The container's birth in the record: itself, and the stack that it stands on.
    ///
    /// - Throws: what the store throws.
    public func birth(of container: ContainerRecord) throws -> [Event] {
        let image = try store.image(named: container.imageID)
        let layers = image.layers.enumerated().map { index, layer in
            Event.layer(
                StackedLayer(
                    layer: .lower(index + 1), diffID: "\(layer.diffID)", chainID: "\(layer.chainID)",
                    createdBy: layer.createdBy, size: layer.size))
        }
        let upper = StackedLayer(layer: .upper, createdBy: "docker create \(container.image)", size: 0)
        let warnings = image.layers.flatMap(\.warnings) + [standInNotice(of: container, image)].compactMap(\.self)
        return [.container(container.event(.created))] + layers + [.layer(upper)] + warnings.map(Event.warning)
    }

    /// What a container's image has to say of itself where it is a stand-in, or stands on one.
    private func standInNotice(of container: ContainerRecord, _ image: Image) -> String? {
        guard let notice = StandInNotice(image.config) else { return nil }
        // By the name that it was asked for by, as long as it has that.
        var reference = image.reference
        if let asked = try? ImageReference(container.image), asked != reference,
            (try? store.image(asked))?.id == image.id
        {
            reference = asked
        }
        return notice.sentence(of: reference.map { "\($0)" } ?? container.image)
    }

    /// What Docker keeps as a container's Config.
    private static func merge(_ image: ExecutionConfig, _ request: ContainerRequest, _ record: ContainerRecord)
        -> ExecutionConfig
    {
        var config = image
        // In Docker's order: what the user says, then what is left of the image's.
        let own = [].overridden(by: request.environment)
        let names = Set(own.map { $0.prefix { $0 != "=" } })
        config.env = own + record.environment.filter { !names.contains($0.prefix { $0 != "=" }) }
        if let entrypoint = request.entrypoint {
            config.entrypoint = entrypoint.isEmpty ? nil : [entrypoint]
            config.cmd = request.command.isEmpty ? nil : request.command
        } else if !request.command.isEmpty {
            config.cmd = request.command
        }
        if let directory = request.workingDirectory { config.workingDir = directory }
        if let user = request.user { config.user = user }
        if !request.volumes.isEmpty { config.volumes = (config.volumes ?? []).union(request.volumes) }
        if !request.labels.isEmpty { config.labels = (config.labels ?? [:]).merging(request.labels) { $1 } }
        return config
    }

    private static func command(_ request: ContainerRequest, _ config: ExecutionConfig) throws(EngineError) -> [String]
    {
        let command: [String] =
            if let entrypoint = request.entrypoint {
                (entrypoint.isEmpty ? [] : [entrypoint]) + request.command
            } else {
                (config.entrypoint ?? []) + (request.command.isEmpty ? config.cmd ?? [] : request.command)
            }
        guard !command.isEmpty else { throw EngineError("No command specified") }
        return command
    }

    static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

extension ContainerRecord {
    /// The container as an event of its life.
    public func event(_ kind: ContainerEvent.Kind, exitStatus: Int32? = nil) -> ContainerEvent {
        ContainerEvent(kind: kind, name: name, image: image, command: command, exitStatus: exitStatus)
    }
}

extension [String] {
    /// Variables with later ones in the place of earlier ones of the same name.
    func overridden(by others: [String]) -> [String] {
        var result = self
        for variable in others {
            let name = variable.prefix { $0 != "=" } + "="
            if let index = result.firstIndex(where: { $0.hasPrefix(name) }) {
                result[index] = variable
            } else {
                result.append(variable)
            }
        }
        return result
    }
}
