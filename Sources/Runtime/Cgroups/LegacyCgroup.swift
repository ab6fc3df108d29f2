public import Events
import Glibc
public import Linux

/// A cgroup in one hierarchy of version 1 (Documentation/admin-guide/cgroup-v1).
public final class LegacyCgroup: Cgroup {
    public let path: String
    public let controller: String
    /// `cgroup.procs`, open for the process that shall enter: it writes 0.
    public let entrance: Descriptor
    private let lock: PresenceLock

    private init(path: String, controller: String, lock: PresenceLock, entrance: consuming Descriptor) {
        self.path = path
        self.lock = lock
        self.controller = controller
        self.entrance = entrance
    }

    /// Makes the cgroup, with the limit that `controller` serves.
    ///
    /// - Throws: `SystemCallError`; nothing is left then.
    static func make(
        _ id: String, owner: String, _ controller: String, in hierarchy: CgroupHierarchy, _ limits: CgroupLimits
    ) throws(SystemCallError) -> LegacyCgroup {
        let (path, lock) = try makeCgroup(hierarchy.own, id, owner: owner)
        do {
            try apply(limits, controller, to: path)
            let entrance = try Descriptor(opening: path + "/cgroup.procs", O_WRONLY)
            return LegacyCgroup(path: path, controller: controller, lock: lock, entrance: entrance)
        } catch {
            rmdir(path)
            rmdir(hierarchy.own + "/teach")
            throw error
        }
    }

    private static func apply(_ limits: CgroupLimits, _ controller: String, to path: String) throws(SystemCallError) {
        switch controller {
        case "memory":
            if let memory = limits.memory { try limitMemory(memory, path) }
        case "pids":
            if let pids = limits.pids { try CgroupFile.write(String(pids), to: path + "/pids.max") }
        default:
            guard let quota = limits.quota else { break }
            try CgroupFile.write(String(CgroupLimits.period), to: path + "/cpu.cfs_period_us")
            try CgroupFile.write(String(quota), to: path + "/cpu.cfs_quota_us")
        }
    }

    private static func limitMemory(_ bytes: Int64, _ path: String) throws(SystemCallError) {
        try CgroupFile.write(String(bytes), to: path + "/memory.limit_in_bytes")
        // Memory and swap together; missing where the kernel has no swap accounting.
        let total = path + "/memory.memsw.limit_in_bytes"
        if access(total, F_OK) == 0 { try CgroupFile.write(String(bytes * 2), to: total) }
    }

    public func samples() -> [ResourceSample] {
        switch controller {
        case "memory":
            [
                sample("memory.max_usage_in_bytes"), sample("memory.failcnt"), sample("memory.oom_control", "oom_kill"),
            ].compactMap(\.self)
        case "pids": [sample("pids.peak"), sample("pids.events", "max")].compactMap(\.self)
        default: [sample("cpu.stat", "nr_throttled"), sample("cpu.stat", "throttled_time")].compactMap(\.self)
        }
    }

    public func kill() {
        for process in processes() { Glibc.kill(process, SIGKILL) }
    }
}
