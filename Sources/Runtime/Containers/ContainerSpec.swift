public import Cgroups
public import Linux

/// All that decides what a container is. Names are resolved already: user and groups are numbers, layers are
/// directories.
public struct ContainerSpec: Hashable, Sendable {
    /// 64 hexadecimal digits; also the name of its cgroup.
    public var id: String
    public var hostname: String
    public var root: ContainerRoot
    public var surface: KernelSurface
    /// The command and its arguments; at least the command.
    public var arguments: [String]
    /// `NAME=value`; its PATH is where the command is looked for.
    public var environment: [String]
    /// Absolute, as the container sees it; made where it is missing.
    public var workingDirectory: String
    public var user: UserIdentity
    public var capabilities: CapabilitySets
    /// Whether exec can give no more than the process has (prctl(2), PR_SET_NO_NEW_PRIVS).
    public var noNewPrivileges: Bool
    public var resourceLimits: [ResourceLimit]
    /// The permissions that new files do not get (umask(2)).
    public var fileMask: UInt32
    public var namespaces: Namespaces
    public var limits: CgroupLimits
    /// Whether it gets a cgroup.
    public var cgroup: CgroupPolicy
    public var streams: StandardStreams
    /// A terminal in place of the streams.
    public var terminal: TerminalRequest?

    public init(
        id: String, hostname: String, root: ContainerRoot, surface: KernelSurface = .container,
        arguments: [String], environment: [String] = [], workingDirectory: String = "/",
        user: UserIdentity = .root, capabilities: CapabilitySets = CapabilitySets(.container),
        noNewPrivileges: Bool = false, resourceLimits: [ResourceLimit] = [], fileMask: UInt32 = 0o022,
        namespaces: Namespaces = .container, limits: CgroupLimits = CgroupLimits(),
        cgroup: CgroupPolicy = .whereWritable,
        streams: StandardStreams = .inherited
    ) {
        self.id = id
        self.hostname = hostname
        self.root = root
        self.surface = surface
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.capabilities = capabilities
        self.noNewPrivileges = noNewPrivileges
        self.resourceLimits = resourceLimits
        self.fileMask = fileMask
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
