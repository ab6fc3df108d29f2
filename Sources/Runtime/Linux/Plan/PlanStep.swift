/// One step of a container's set-up, in the words of what it does.
///
/// Paths without a leading slash are taken beneath the new root, across no symbolic link.
public enum PlanStep: Hashable, Sendable {
    /// A session of its own, so that a terminal's signals reach it only through its parent. setsid(2)
    case newSession
    /// Standard input, output and error; each number must be above 2. dup2(2)
    case standardStreams(input: CInt, output: CInt, error: CInt)
    /// Enters a cgroup through its open `cgroup.procs`. cgroups(7)
    case joinCgroup(path: String, descriptor: CInt)
    /// Leaves further namespaces; for those that clone3(2) would have made too early. unshare(2)
    case unshare(Namespaces)
    /// Nothing that is mounted from here on is seen outside. mount_namespaces(7)
    case makeMountsPrivate
    case mountOverlay(OverlayMount)
    /// A plain directory becomes the root, with what is mounted in it.
    case bindRoot(String)
    /// A directory to mount on that the layers lack.
    case makeMountPoint(String)
    case mount(FilesystemMount)
    case bind(BindMount)
    case makeDevices([DeviceNode])
    /// The host's own nodes under the same names, where none can be made: mknod(2) of a device takes CAP_MKNOD of the
    /// initial user namespace. The names alone are looked at.
    case bindDevices([DeviceNode])
    case makeLinks([SymbolicLink])
    /// Files and directories of the kernel that the container must not see.
    case mask([String])
    /// Files and directories of the kernel that the container must not change.
    case makeReadOnly([String])
    /// The union becomes the root, and the host's tree is let go. pivot_root(2)
    case pivotRoot
    /// A pseudo-terminal of the container's own /dev/pts becomes its controlling terminal and its standard streams. pty(7)
    case openTerminal(TerminalRequest, owner: UInt32)
    /// After the working directory, which may have to be made.
    case makeRootReadOnly
    case setHostname(String)
    case bringLoopbackUp
    /// The permissions that new files do not get. umask(2)
    case fileMask(UInt32)
    /// Absolute; made with mode 0755 where it is missing.
    case workingDirectory(String)
    /// Every descriptor from this one on is closed by exec. close_range(2)
    case closeDescriptors(from: CInt)
    case awaitParent
    /// Needs CAP_SYS_ADMIN, as no_new_privs stays off; so it comes before the capabilities go. seccomp(2)
    case loadSeccomp([SeccompInstruction])
    case limitBoundingSet(Capabilities)
    case becomeUser(UserIdentity)
    /// The change of user, if there is one, leaves the permitted capabilities alone. PR_SET_KEEPCAPS, prctl(2)
    case keepCapabilities
    case setCapabilities(CapabilitySets)
    /// Capabilities that another user than root has after exec too. capabilities(7)
    case raiseAmbient(Capabilities)
    case limitResources([ResourceLimit])
    /// exec gives no more than the process has: set-user-ID programs run as anybody. PR_SET_NO_NEW_PRIVS, prctl(2)
    case forbidNewPrivileges
    /// PR_SET_PDEATHSIG, SIGKILL. After the change of user, which would undo it. prctl(2)
    case dieWithParent
    case execute(Program)
}

/// A character device to make.
public struct DeviceNode: Hashable, Sendable {
    public var path: String
    public var major: UInt32
    public var minor: UInt32
    public init(_ path: String, _ major: UInt32, _ minor: UInt32) {
        self.path = path
        self.major = major
        self.minor = minor
    }
}

/// A symbolic link to make.
public struct SymbolicLink: Hashable, Sendable {
    public var path: String
    public var target: String
    public init(_ path: String, to target: String) {
        self.path = path
        self.target = target
    }
}

/// Who the container's first process is, by number.
public struct UserIdentity: Hashable, Sendable {
    public var uid: UInt32
    public var gid: UInt32
    /// The supplementary groups; the primary one should be among them (CVE-2022-36109). `nil` keeps the caller's,
    /// where setgroups(2) is denied (user_namespaces(7)).
    public var groups: [UInt32]?
    public init(uid: UInt32, gid: UInt32, groups: [UInt32]?) {
        self.uid = uid
        self.gid = gid
        self.groups = groups
    }
    public static let root = UserIdentity(uid: 0, gid: 0, groups: [0])
}

/// What a process may use at most of one resource. See getrlimit(2).
public struct ResourceLimit: Hashable, Sendable {
    /// The name of getrlimit(2), such as `RLIMIT_NOFILE`.
    public let name: String
    let number: UInt64
    public var soft: UInt64
    public var hard: UInt64

    /// - Returns: `nil` when the kernel has no resource of that name.
    public init?(name: String, soft: UInt64, hard: UInt64) {
        guard let number = Self.names.firstIndex(of: name) else { return nil }
        self.name = name
        self.number = UInt64(number)
        self.soft = soft
        self.hard = hard
    }

    /// In the order of their numbers (asm-generic/resource.h), which x86-64 and arm64 share.
    private static let names = [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC",
        "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE",
        "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
    ]
}

/// A program to turn into.
public struct Program: Hashable, Sendable {
    /// The paths to try, in order.
    public var candidates: [String]
    public var arguments: [String]
    /// `NAME=value`.
    public var environment: [String]

    public init(candidates: [String], arguments: [String], environment: [String]) {
        self.candidates = candidates
        self.arguments = arguments
        self.environment = environment
    }

    /// The program that `arguments` name: itself where it holds a slash, else looked for in the PATH of
    /// `environment`, as execvp(3) does.
    public init(arguments: [String], environment: [String]) {
        let name = arguments.first ?? ""
        let isPath = name.isEmpty || name.utf8.contains(UInt8(ascii: "/"))
        let directories = Self.searchPath(environment).split(separator: ":", omittingEmptySubsequences: false)
        self.init(
            candidates: isPath ? [name] : directories.map { $0.isEmpty ? "./" + name : "\($0)/\(name)" },
            arguments: arguments, environment: environment)
    }

    /// The value of PATH; where there is none, what Docker gives a container.
    public static func searchPath(_ environment: [String]) -> String {
        environment.last { $0.hasPrefix("PATH=") }.map { String($0.dropFirst(5)) }
            ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    }
}
