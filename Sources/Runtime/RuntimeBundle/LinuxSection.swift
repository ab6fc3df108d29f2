import Cgroups
import Linux

/// `linux` of a config.json: namespaces, limits, and what of /proc and /sys is hidden.
struct LinuxSection {
    let namespaces: Namespaces
    let limits: CgroupLimits
    /// From the root, without a leading slash.
    let maskedPaths: [String]
    let readOnlyPaths: [String]

    init(_ config: ConfigObject, _ warnings: inout [String]) throws(BundleError) {
        let section = try config.required("linux", try config.object("linux"))
        try section.refuse(
            "uidMappings", "gidMappings", "timeOffsets", "devices", "netDevices", "cgroupsPath", "seccomp", "sysctl",
            "mountLabel", "intelRdt", "personality", "memoryPolicy")
        if let propagation = try section.string("rootfsPropagation"),
            !["", "private", "rprivate"].contains(propagation)
        {
            throw .unsupported(section.path("rootfsPropagation"), "it can be private only, not \(propagation)")
        }
        namespaces = try Self.namespaces(section, &warnings)
        maskedPaths = try Self.paths(section, "maskedPaths")
        readOnlyPaths = try Self.paths(section, "readonlyPaths")
        limits = try Self.limits(section, &warnings)
        section.finish(&warnings)
    }

    private static func namespaces(_ linux: ConfigObject, _ warnings: inout [String])
        throws(BundleError) -> Namespaces
    {
        let known: [String: Namespaces] = [
            "pid": .pid, "network": .network, "mount": .mount, "ipc": .ipc, "uts": .uts, "cgroup": .cgroup,
        ]
        var namespaces: Namespaces = []
        for section in try linux.objects("namespaces") {
            let type = try section.required("type", try section.string("type"))
            guard let namespace = known[type] else {
                if type == "user" || type == "time" {
                    throw .unsupported("\(section.path("type")), \(type),", "leave that namespace out")
                }
                throw section.error("type", "is \(type), which is no kind of namespace")
            }
            guard namespaces.isDisjoint(with: namespace) else {
                throw section.error("type", "is \(type), which stands there twice")
            }
            namespaces.formUnion(namespace)
            if let path = try section.string("path"), !path.isEmpty {
                throw .unsupported(section.path("path"), "a container can have new namespaces only, not \(path)")
            }
            section.finish(&warnings)
        }
        guard namespaces.contains(.mount) else {
            throw linux.error("namespaces", "lacks mount: without it the host's own mounts would be changed")
        }
        return namespaces
    }

    private static func paths(_ linux: ConfigObject, _ name: String) throws(BundleError) -> [String] {
        var paths: [String] = []
        for path in try linux.strings(name) ?? [] {
            guard let plain = MountsSection.beneathRoot(path), !plain.isEmpty else {
                throw linux.error(name, "must hold absolute paths without .., and not /: \(path) is not one")
            }
            paths.append(plain)
        }
        return paths
    }

    private static func limits(_ linux: ConfigObject, _ warnings: inout [String]) throws(BundleError) -> CgroupLimits {
        var limits = CgroupLimits()
        guard let section = try linux.object("resources") else { return limits }
        try section.refuse("blockIO", "hugepageLimits", "network", "rdma", "unified")
        if !(try section.objects("devices")).isEmpty {
            warnings.append(
                "config.json: \(section.path("devices")) has no effect: any device that has a node can be opened, "
                    + "and who has CAP_MKNOD can make nodes")
        }
        if let memory = try section.object("memory") {
            limits.memory = try positive(memory, "limit")
            let swap = try positive(memory, "swap")
            // Memory and swap together; ours is always twice the memory.
            guard swap == nil || swap == limits.memory.map({ $0 * 2 }) else {
                throw .unsupported(memory.path("swap"), "leave it out; swap may then hold as much as memory")
            }
            try memory.refuse(
                "reservation", "kernel", "kernelTCP", "swappiness", "disableOOMKiller", "useHierarchy",
                "checkBeforeUpdate")
            memory.finish(&warnings)
        }
        if let pids = try section.object("pids") {
            limits.pids = try positive(pids, "limit")
            pids.finish(&warnings)
        }
        if let cpu = try section.object("cpu") {
            let quota = try positive(cpu, "quota")
            let period = try positive(cpu, "period")
            limits.cpus = quota.map { Double($0) / Double(period ?? 100_000) }
            try cpu.refuse("shares", "burst", "realtimeRuntime", "realtimePeriod", "cpus", "mems", "idle")
            cpu.finish(&warnings)
        }
        section.finish(&warnings)
        return limits
    }

    /// Zero and less stand for no limit.
    private static func positive(_ section: ConfigObject, _ name: String) throws(BundleError) -> Int64? {
        guard let number = try section.integer(name, Int64.self), number > 0 else { return nil }
        guard number < 1 << 53 else { return nil }  // more than any machine has
        return number
    }
}
