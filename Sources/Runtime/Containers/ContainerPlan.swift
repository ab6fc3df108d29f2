public import Linux

extension ContainerSpec {
    /// What the host contributes to a plan.
    public struct Surroundings: Hashable, Sendable {
        /// The mount points (`proc`, `dev`, `sys`) that no layer holds.
        public var missingMountPoints: [String]
        /// The cgroups to enter by writing to them: the directory and its open `cgroup.procs`.
        public var entrances: [Entrance]
        /// The descriptors, above 2, of the streams that are not simply inherited.
        public var streams: StandardStreams?
        /// What this process can give at most.
        public var permitted: Capabilities
        /// An observer's filter.
        public var filter: [SeccompInstruction]?
        /// The user namespace that the container is made in.
        public var userNamespace: UserNamespace

        public struct Entrance: Hashable, Sendable {
            public var path: String
            public var descriptor: CInt
            public init(path: String, descriptor: CInt) {
                self.path = path
                self.descriptor = descriptor
            }
        }

        public init(
            missingMountPoints: [String] = [], entrances: [Entrance] = [], streams: StandardStreams? = nil,
            permitted: Capabilities = Capabilities(rawValue: .max), filter: [SeccompInstruction]? = nil,
            userNamespace: UserNamespace = .current
        ) {
            self.missingMountPoints = missingMountPoints
            self.entrances = entrances
            self.streams = streams
            self.permitted = permitted
            self.filter = filter
            self.userNamespace = userNamespace
        }
    }

    /// The namespaces that clone3(2) makes. A cgroup namespace shows as its root the cgroup that its maker is in
    /// (cgroup_namespaces(7)), so it waits until the entrances are passed.
    func clonedNamespaces(_ surroundings: Surroundings) -> Namespaces {
        surroundings.entrances.isEmpty ? namespaces : namespaces.subtracting(.cgroup)
    }

    /// The steps that make the container, in the order of runc: file systems, devices, the root, then the
    /// process itself; what takes power away comes last.
    public func plan(_ surroundings: Surroundings) -> Plan {
        Plan(entering(surroundings) + filesystem(surroundings) + identity(surroundings))
    }

    private func entering(_ surroundings: Surroundings) -> [PlanStep] {
        var steps: [PlanStep] = [.newSession]
        if let streams = surroundings.streams {
            steps.append(.standardStreams(input: streams.input, output: streams.output, error: streams.error))
        }
        for entrance in surroundings.entrances {
            steps.append(.joinCgroup(path: entrance.path, descriptor: entrance.descriptor))
        }
        let late = namespaces.subtracting(clonedNamespaces(surroundings))
        if !late.isEmpty { steps.append(.unshare(late)) }
        return steps
    }

    private func filesystem(_ surroundings: Surroundings) -> [PlanStep] {
        let namespace = surroundings.userNamespace
        let overlay = OverlayMount(
            lower: layers, upper: upper, work: work, target: mountPoint,
            attributes: namespace.isInitial ? .trusted : .user)
        var steps: [PlanStep] = [.makeMountsPrivate, .mountOverlay(overlay)]
        steps += surroundings.missingMountPoints.map(PlanStep.makeMountPoint)
        steps += Kernel.mounts(in: namespace).map(PlanStep.mount)
        steps += [
            namespace.isInitial ? .makeDevices(Kernel.devices) : .bindDevices(Kernel.devices), .makeLinks(Kernel.links),
            .makeReadOnly(Kernel.readOnlyPaths),
            .mask(Kernel.maskedPaths), .pivotRoot,
        ]
        return steps
    }

    private func identity(_ surroundings: Surroundings) -> [PlanStep] {
        var steps: [PlanStep] = []
        if namespaces.contains(.uts) { steps.append(.setHostname(hostname)) }
        if namespaces.contains(.network) { steps.append(.bringLoopbackUp) }
        steps += [.fileMask(0o022), .workingDirectory(workingDirectory), .closeDescriptors(from: 3)]
        if let filter = surroundings.filter { steps += [.awaitParent, .loadSeccomp(filter)] }
        let kept = capabilities.intersection(surroundings.permitted)
        var user = user
        if !surroundings.userNamespace.allowsSettingGroups { user.groups = nil }
        steps += [
            .limitBoundingSet(kept), .becomeUser(user),
            // Any user but root starts without, as after an exec: capabilities(7).
            .setCapabilities(user.uid == 0 ? kept : []), .dieWithParent,
            .execute(Program(arguments: arguments, environment: environment)),
        ]
        return steps
    }
}

/// What every container shows of the kernel: the defaults of Docker's containers.
enum Kernel {
    /// The directories of an image that the kernel's filesystems are mounted on.
    static let mountPoints = ["proc", "dev", "sys"]

    static func mounts(in namespace: UserNamespace) -> [FilesystemMount] {
        // The group of terminals, tty, where it has a number; else a terminal is its owner's and root's.
        let group = namespace.groups.contains(5) ? ",gid=5" : ""
        return [
            FilesystemMount("proc", on: "proc", [.noSetUID, .noExecute, .noDevices]),
            FilesystemMount("tmpfs", on: "dev", [.noSetUID, .strictAccessTime], options: "mode=755,size=64m"),
            FilesystemMount(
                "devpts", on: "dev/pts", [.noSetUID, .noExecute],
                options: "newinstance,ptmxmode=0666,mode=0620" + group),
            FilesystemMount("sysfs", on: "sys", [.noSetUID, .noExecute, .noDevices, .readOnly]),
            FilesystemMount("mqueue", on: "dev/mqueue", [.noSetUID, .noExecute, .noDevices]),
            FilesystemMount(
                "tmpfs", on: "dev/shm", [.noSetUID, .noExecute, .noDevices], options: "mode=1777,size=64m"),
        ]
    }

    /// The numbers of Documentation/admin-guide/devices.txt.
    static let devices = [
        DeviceNode("dev/null", 1, 3), DeviceNode("dev/zero", 1, 5), DeviceNode("dev/full", 1, 7),
        DeviceNode("dev/random", 1, 8), DeviceNode("dev/urandom", 1, 9), DeviceNode("dev/tty", 5, 0),
    ]

    static let links = [
        SymbolicLink("dev/ptmx", to: "pts/ptmx"), SymbolicLink("dev/fd", to: "/proc/self/fd"),
        SymbolicLink("dev/stdin", to: "/proc/self/fd/0"), SymbolicLink("dev/stdout", to: "/proc/self/fd/1"),
        SymbolicLink("dev/stderr", to: "/proc/self/fd/2"),
    ]

    static let maskedPaths = [
        "proc/acpi", "proc/asound", "proc/interrupts", "proc/kcore", "proc/keys", "proc/latency_stats",
        "proc/sched_debug", "proc/scsi", "proc/timer_list", "proc/timer_stats", "sys/firmware",
        "sys/devices/virtual/powercap",
    ]

    static let readOnlyPaths = ["proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"]
}
