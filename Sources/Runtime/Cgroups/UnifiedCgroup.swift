public import Events
import Glibc
import LayerModel
public import Linux

/// A cgroup of the unified hierarchy (Documentation/admin-guide/cgroup-v2.rst).
public final class UnifiedCgroup: Cgroup {
    public let path: String
    /// The directory, for clone3(2)'s CLONE_INTO_CGROUP.
    public let directory: Descriptor
    private let lock: PresenceLock

    private init(path: String, lock: PresenceLock, directory: consuming Descriptor) {
        self.path = path
        self.lock = lock
        self.directory = directory
    }

    /// Makes the cgroup, with the limits that `controllers` serve.
    ///
    /// - Throws: `SystemCallError`; nothing is left then.
    static func make(
        _ id: String, owner: String, in hierarchy: CgroupHierarchy, _ limits: CgroupLimits, controllers: [String]
    ) throws(SystemCallError) -> UnifiedCgroup {
        let base = try base(hierarchy, controllers)
        let (path, lock) = try makeCgroup(base, id, owner: owner)
        do {
            for controller in controllers { try enable(controller, in: base + "/teach") }
            try apply(limits, controllers, to: path)
            return UnifiedCgroup(
                path: path, lock: lock, directory: try Descriptor(opening: path, O_RDONLY | O_DIRECTORY))
        } catch {
            rmdir(path)
            rmdir(base + "/teach")
            throw error
        }
    }

    /// The controllers that this hierarchy offers to the processes of `hierarchy`'s own cgroup.
    static func controllers(_ hierarchy: CgroupHierarchy) -> [String] {
        ((try? CgroupFile.read(hierarchy.own + "/cgroup.controllers")) ?? "").split { $0 == " " || $0 == "\n" }
            .map(String.init)
    }

    /// The nearest cgroup that can pass the controllers on: one that has processes itself must not ("no internal
    /// processes"), so a parent has to serve, whose other children keep what they have. The kernel would refuse only
    /// some controllers there; the others would make it a threaded domain, which has no cgroups of processes.
    ///
    /// What is enabled stays so: another container may need it by now.
    private static func base(_ hierarchy: CgroupHierarchy, _ controllers: [String]) throws(SystemCallError) -> String {
        var base = hierarchy.own
        while true {
            do throws(SystemCallError) {
                if !controllers.isEmpty, try hasProcesses(base) {
                    throw SystemCallError(call: "write", subject: base + "/cgroup.subtree_control", errno: .EBUSY)
                }
                for controller in controllers { try enable(controller, in: base) }
                return base
            } catch {
                guard base.utf8.count > hierarchy.mountPoint.utf8.count else { throw error }
                base = String(base[..<base.lastIndex(of: "/")!])
            }
        }
    }

    /// Whether processes are in the cgroup itself; those of the hierarchy's root, which alone has no cgroup.events, do
    /// not count.
    private static func hasProcesses(_ directory: String) throws(SystemCallError) -> Bool {
        guard access(directory + "/cgroup.events", F_OK) == 0 else { return false }
        return try !CgroupFile.read(directory + "/cgroup.procs").isEmpty
    }

    private static func enable(_ controller: String, in directory: String) throws(SystemCallError) {
        let file = directory + "/cgroup.subtree_control"
        let enabled = try CgroupFile.read(file).split { $0 == " " || $0 == "\n" }
        if !enabled.contains(Substring(controller)) { try CgroupFile.write("+" + controller, to: file) }
    }

    private static func apply(_ limits: CgroupLimits, _ controllers: [String], to path: String)
        throws(SystemCallError)
    {
        if controllers.contains("memory"), let memory = limits.memory {
            try CgroupFile.write(String(memory), to: path + "/memory.max")
            // Missing where the kernel has no swap accounting.
            if access(path + "/memory.swap.max", F_OK) == 0 {
                try CgroupFile.write(String(memory), to: path + "/memory.swap.max")
            }
        }
        if controllers.contains("pids"), let pids = limits.pids {
            try CgroupFile.write(String(pids), to: path + "/pids.max")
        }
        if controllers.contains("cpu"), let quota = limits.quota {
            try CgroupFile.write("\(quota) \(CgroupLimits.period)", to: path + "/cpu.max")
        }
    }

    public func samples() -> [ResourceSample] {
        [
            sample("memory.peak"), sample("memory.events", "oom_kill"), sample("pids.peak"),
            sample("pids.events", "max"), sample("cpu.stat", "usage_usec"), sample("cpu.stat", "nr_throttled"),
            sample("cpu.stat", "throttled_usec"),
        ].compactMap(\.self)
    }

    public func kill() {
        // cgroup.kill is younger (Linux 5.14) than CLONE_INTO_CGROUP (5.7).
        if (try? CgroupFile.write("1", to: path + "/cgroup.kill")) == nil {
            for process in processes() { Glibc.kill(process, SIGKILL) }
        }
    }
}
