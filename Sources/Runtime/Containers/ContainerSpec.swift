public import Cgroups
public import Linux

/// All that decides what a container is. Names are resolved already: user and groups are numbers, layers are
/// directories.
public struct ContainerSpec: Hashable, Sendable {
    /// 64 hexadecimal digits; also the name of its cgroup.
    public var id: String
    public var hostname: String
    /// The directories of the read-only layers, absolute, the topmost first (as overlayfs's `lowerdir`).
    public var layers: [String]
    /// The writable layer. It, `work` and `mountPoint` are made where they are missing.
    public var upper: String
    /// For overlayfs's own use, on the filesystem of `upper`.
    public var work: String
    /// An empty directory that the union is mounted on, in the container's own mount namespace only.
    public var mountPoint: String
    /// The command and its arguments; at least the command.
    public var arguments: [String]
    /// `NAME=value`; its PATH is where the command is looked for.
    public var environment: [String]
    /// Absolute, as the container sees it; made where it is missing.
    public var workingDirectory: String
    public var user: UserIdentity
    public var capabilities: Capabilities
    public var namespaces: Namespaces
    public var limits: CgroupLimits
    /// Whether it gets a cgroup.
    public var cgroup: CgroupPolicy
    public var streams: StandardStreams

    public init(
        id: String, hostname: String, layers: [String], upper: String, work: String, mountPoint: String,
        arguments: [String], environment: [String] = [], workingDirectory: String = "/",
        user: UserIdentity = .root, capabilities: Capabilities = .container, namespaces: Namespaces = .container,
        limits: CgroupLimits = CgroupLimits(), cgroup: CgroupPolicy = .whereWritable,
        streams: StandardStreams = .inherited
    ) {
        self.id = id
        self.hostname = hostname
        self.layers = layers
        self.upper = upper
        self.work = work
        self.mountPoint = mountPoint
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.capabilities = capabilities
        self.namespaces = namespaces
        self.limits = limits
        self.cgroup = cgroup
        self.streams = streams
    }
}

/// Whether a container gets a cgroup of its own.
public enum CgroupPolicy: Hashable, Sendable {
    /// One where the host lets us; a limit that cannot be set is an error, all else a warning.
    case whereWritable
    /// One only if a limit needs it: each costs time.
    case forLimits
}

/// The open descriptors that become the container's standard input, output and error.
public struct StandardStreams: Hashable, Sendable {
    public var input: CInt
    public var output: CInt
    public var error: CInt

    public init(input: CInt = 0, output: CInt = 1, error: CInt = 2) {
        self.input = input
        self.output = output
        self.error = error
    }

    /// The caller's own.
    public static let inherited = StandardStreams()
}
