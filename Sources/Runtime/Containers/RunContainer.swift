import Cgroups
import Glibc
import LayerModel
public import Linux

extension ContainerSpec {
    /// Makes the container, runs its command to the end, and takes the container down; the writable layer stays.
    ///
    /// All of it happens on one thread of its own, on which `observer` and `started` are called too. SIGINT and
    /// SIGTERM that reach this process are passed on while `inForeground`.
    ///
    /// - Parameters:
    ///   - fault: a step of the plan (from 0) that shall fail; for tests.
    ///   - observer: follows the container's processes.
    ///   - started: called as soon as there is a process to send signals to: when the command runs or, under an
    ///     observer, just before it does.
    /// - Throws: `ContainerError` when the command did not run; what the observer and `started` throw.
    public func run(
        inForeground: Bool = false, fault: Plan.Fault? = nil, observer: (any ProcessObserver)? = nil,
        started: (RunningContainer) throws -> Void = { _ in }
    ) throws -> FinishedContainer {
        try DedicatedThread.run {
            let began = MonotonicClock.now
            let missing = MergedTree(layers: [upper] + layers).missing(Kernel.mountPoints)
            let directories = try Self.preparing { () throws(SystemCallError) in
                try ContainerDirectories(self, missingMountPoints: missing)
            }
            do {
                let cgroup = try makeCgroup()
                do {
                    var run = ContainerProcessRun(self, cgroup, missing, began: began, inForeground: inForeground)
                    let finished = try run.run(fault, observer, started)
                    try cgroup?.remove()
                    return finished
                } catch {
                    cgroup?.kill()
                    try? cgroup?.remove()
                    throw error
                }
            } catch {
                directories.undo()
                throw error
            }
        }
    }

    private func makeCgroup() throws -> ContainerCgroup? {
        if cgroup == .forLimits && limits == CgroupLimits() { return nil }
        do {
            // The mount point lies in the container's folder.
            return try ContainerCgroup(id, owner: mountPoint, limits, on: try CgroupHost.detect())
        } catch {
            throw ContainerError(.preparation, "the container cannot be made: \(error)")
        }
    }

    static func preparing<Value: ~Copyable>(_ body: () throws(SystemCallError) -> Value) throws(ContainerError) -> Value
    {
        do {
            return try body()
        } catch {
            let cure =
                switch error.errno {
                case .EPERM, .EACCES: "; run as root"
                case .EMFILE: "; raise the number of files that may be open, such as with: ulimit -n 1024"
                default: ""
                }
            throw ContainerError(.preparation, "the container cannot be made: \(error)\(cure)")
        }
    }
}
