public import Linux

/// What a container shows of the kernel, and of the host, beneath its root.
public struct KernelSurface: Hashable, Sendable {
    public enum Mount: Hashable, Sendable {
        case filesystem(FilesystemMount)
        case bind(BindMount)

        /// The mount point, from the new root, without a leading slash.
        public var target: String {
            switch self {
            case .filesystem(let filesystem): filesystem.target
            case .bind(let bind): bind.target
            }
        }
    }
    /// In the order in which they are made.
    public var mounts: [Mount]
    public var devices: [DeviceNode]
    public var links: [SymbolicLink]
    /// Files that read as empty and directories that seem empty; those that are missing are passed over.
    public var maskedPaths: [String]
    public var readOnlyPaths: [String]

    public init(
        mounts: [Mount], devices: [DeviceNode] = Self.defaultDevices, links: [SymbolicLink] = Self.defaultLinks,
        maskedPaths: [String], readOnlyPaths: [String]
    ) {
        self.mounts = mounts
        self.devices = devices
        self.links = links
        self.maskedPaths = maskedPaths
        self.readOnlyPaths = readOnlyPaths
    }

    /// The defaults of Docker's containers, in the user namespace of this process.
    public static var container: KernelSurface { container(in: .current) }

    static func container(in namespace: UserNamespace) -> KernelSurface {
        // The group of terminals, tty, where it has a number; else a terminal is its owner's and root's.
        let group = namespace.groups.contains(5) ? ",gid=5" : ""
        return KernelSurface(mounts: mounts(group), maskedPaths: maskedByDefault, readOnlyPaths: readOnlyByDefault)
    }

    private static func mounts(_ group: String) -> [Mount] {
        [
            FilesystemMount("proc", on: "proc", [.noSetUID, .noExecute, .noDevices]),
            FilesystemMount("tmpfs", on: "dev", [.noSetUID, .strictAccessTime], options: "mode=755,size=64m"),
            // /dev is a tmpfs of the container's own: what is mounted in it has no directory yet.
            FilesystemMount(
                "devpts", on: "dev/pts", [.noSetUID, .noExecute],
                options: "newinstance,ptmxmode=0666,mode=0620" + group, makesMountPoint: true),
            FilesystemMount("sysfs", on: "sys", [.noSetUID, .noExecute, .noDevices, .readOnly]),
            FilesystemMount(
                "mqueue", on: "dev/mqueue", [.noSetUID, .noExecute, .noDevices], makesMountPoint: true),
            FilesystemMount(
                "tmpfs", on: "dev/shm", [.noSetUID, .noExecute, .noDevices], options: "mode=1777,size=64m",
                makesMountPoint: true),
        ].map(Mount.filesystem)
    }

    private static let maskedByDefault = [
        "proc/acpi", "proc/asound", "proc/interrupts", "proc/kcore", "proc/keys", "proc/latency_stats",
        "proc/sched_debug", "proc/scsi", "proc/timer_list", "proc/timer_stats", "sys/firmware",
        "sys/devices/virtual/powercap",
    ]

    private static let readOnlyByDefault = ["proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"]

    /// The directories of an image that `container` is mounted on.
    static let mountPoints = ["proc", "dev", "sys"]

    /// The numbers of Documentation/admin-guide/devices.txt.
    public static let defaultDevices = [
        DeviceNode("dev/null", 1, 3), DeviceNode("dev/zero", 1, 5), DeviceNode("dev/full", 1, 7),
        DeviceNode("dev/random", 1, 8), DeviceNode("dev/urandom", 1, 9), DeviceNode("dev/tty", 5, 0),
    ]

    public static let defaultLinks = [
        SymbolicLink("dev/ptmx", to: "pts/ptmx"), SymbolicLink("dev/fd", to: "/proc/self/fd"),
        SymbolicLink("dev/stdin", to: "/proc/self/fd/0"), SymbolicLink("dev/stdout", to: "/proc/self/fd/1"),
        SymbolicLink("dev/stderr", to: "/proc/self/fd/2"),
    ]
}

extension Array {
    /// What is mounted, so that nothing hides what was to lie in it: that of fewer names first, else in the order given, as
    /// Docker has it.
    public func parentsFirst(_ target: (Element) -> String) -> [Element] {
        let depths = map { target($0).split(separator: "/").count }
        return indices.sorted { (depths[$0], $0) < (depths[$1], $1) }.map { self[$0] }
    }
}
