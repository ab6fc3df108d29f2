/// The defaults with which a container of an image starts. See image-spec, config.md, "config".
public struct ExecutionConfig: Hashable, Sendable {
    public var hostname: String?
    /// `name|uid[:group|gid]`; empty or absent means root.
    public var user: String?
    /// Such as `80/tcp`.
    public var exposedPorts: Set<String>?
    /// `NAME=value`, in order.
    public var env: [String]?
    public var entrypoint: [String]?
    public var cmd: [String]?
    /// Directories that hold data apart from the layers.
    public var volumes: Set<String>?
    public var workingDir: String?
    public var labels: [String: String]?
    /// Such as `SIGTERM` or `15`.
    public var stopSignal: String?
    /// Docker's own: how a container is asked if it still works.
    public var healthcheck: HealthConfig?
    /// Docker's own: instructions that a child's FROM carries out.
    public var onBuild: [String]?
    /// Docker's own: what runs the shell form of commands.
    public var shell: [String]?

    public init(
        hostname: String? = nil, user: String? = nil, exposedPorts: Set<String>? = nil, env: [String]? = nil,
        entrypoint: [String]? = nil, cmd: [String]? = nil, volumes: Set<String>? = nil, workingDir: String? = nil,
        labels: [String: String]? = nil, stopSignal: String? = nil, healthcheck: HealthConfig? = nil,
        onBuild: [String]? = nil, shell: [String]? = nil
    ) {
        self.hostname = hostname
        self.user = user
        self.exposedPorts = exposedPorts
        self.env = env
        self.entrypoint = entrypoint
        self.cmd = cmd
        self.volumes = volumes
        self.workingDir = workingDir
        self.labels = labels
        self.stopSignal = stopSignal
        self.healthcheck = healthcheck
        self.onBuild = onBuild
        self.shell = shell
    }
}

extension ExecutionConfig: Codable {
    enum CodingKeys: String, CodingKey {
        case hostname = "Hostname"
        case user = "User"
        case exposedPorts = "ExposedPorts"
        case env = "Env"
        case entrypoint = "Entrypoint"
        case cmd = "Cmd"
        case volumes = "Volumes"
        case workingDir = "WorkingDir"
        case labels = "Labels"
        case stopSignal = "StopSignal"
        case healthcheck = "Healthcheck"
        case onBuild = "OnBuild"
        case shell = "Shell"
    }

    /// The specification writes a set as an object whose values are empty objects.
    private struct Member: Codable {}

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func set(_ key: CodingKeys) throws -> Set<String>? {
            try values.decodeIfPresent([String: Member].self, forKey: key).map { Set($0.keys) }
        }
        self.init(
            hostname: try values.decodeIfPresent(String.self, forKey: .hostname),
            user: try values.decodeIfPresent(String.self, forKey: .user),
            exposedPorts: try set(.exposedPorts),
            env: try values.decodeIfPresent([String].self, forKey: .env),
            entrypoint: try values.decodeIfPresent([String].self, forKey: .entrypoint),
            cmd: try values.decodeIfPresent([String].self, forKey: .cmd),
            volumes: try set(.volumes),
            workingDir: try values.decodeIfPresent(String.self, forKey: .workingDir),
            labels: try values.decodeIfPresent([String: String].self, forKey: .labels),
            stopSignal: try values.decodeIfPresent(String.self, forKey: .stopSignal),
            healthcheck: try values.decodeIfPresent(HealthConfig.self, forKey: .healthcheck),
            onBuild: try values.decodeIfPresent([String].self, forKey: .onBuild),
            shell: try values.decodeIfPresent([String].self, forKey: .shell))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        func encode(_ set: Set<String>?, _ key: CodingKeys) throws {
            guard let set else { return }
            try values.encode(Dictionary(uniqueKeysWithValues: set.map { ($0, Member()) }), forKey: key)
        }
        try values.encodeIfPresent(hostname, forKey: .hostname)
        try values.encodeIfPresent(user, forKey: .user)
        try encode(exposedPorts, .exposedPorts)
        try values.encodeIfPresent(env, forKey: .env)
        try values.encodeIfPresent(entrypoint, forKey: .entrypoint)
        try values.encodeIfPresent(cmd, forKey: .cmd)
        try encode(volumes, .volumes)
        try values.encodeIfPresent(workingDir, forKey: .workingDir)
        try values.encodeIfPresent(labels, forKey: .labels)
        try values.encodeIfPresent(stopSignal, forKey: .stopSignal)
        try values.encodeIfPresent(healthcheck, forKey: .healthcheck)
        try values.encodeIfPresent(onBuild, forKey: .onBuild)
        try values.encodeIfPresent(shell, forKey: .shell)
    }
}
