import Cgroups
public import Events
import Glibc
import LayerModel
public import Linux

extension ContainerSpec {
    /// Makes the container, runs its command to the end, and takes the container down; the writable layer stays.
    ///
    /// All of it happens on one thread, on which `observer` and `started` are called too. SIGINT and
    /// SIGTERM that reach this process are passed on while `inForeground`.
    ///
    /// - Parameters:
    ///   - fault: a step of the plan (from 0) that shall fail; for tests.
    ///   - observer: follows the container's processes.
    ///   - started: called as soon as there is a process to send signals to: when the command runs or, under an
    ///     observer, just before it does.
    ///   - executed: is given the set-up's steps when the command has begun, and before anything that it does is observed.
    /// - Throws: `ContainerError` when the command did not run; what the observer and `started` throw.
    public func run(
        inForeground: Bool = false, fault: Plan.Fault? = nil, observer: (any ProcessObserver)? = nil,
        started: (RunningContainer) throws -> Void = { _ in }, executed: ([SetupStep]) -> Void = { _ in }
    ) throws -> FinishedContainer {
        let (mapped, dropped) = try withMappedUser(in: .current)
        // The main thread lives as long as the process; but a tracer must not meet other children of its thread.
        var finished =
            observer == nil && DedicatedThread.isMain
            ? try mapped.runHere(inForeground, fault, nil, started, executed)
            : try DedicatedThread.run { try mapped.runHere(inForeground, fault, observer, started, executed) }
        finished.warnings += dropped
        return finished
    }

    private func runHere(
        _ inForeground: Bool, _ fault: Plan.Fault?, _ observer: (any ProcessObserver)?,
        _ started: (RunningContainer) throws -> Void, _ executed: ([SetupStep]) -> Void
    ) throws -> FinishedContainer {
        let began = MonotonicClock.now
        var missing: [String] = []
        var directories: ContainerDirectories?
        if case .overlay(let overlay) = root {
            missing = MergedTree(layers: root.directories).missing(KernelSurface.mountPoints)
            directories = try Self.preparing { () throws(SystemCallError) in
                try ContainerDirectories(
                    overlay, missingMountPoints: missing, workingDirectory: workingDirectory)
            }
        }
        do {
            let cgroup = try makeCgroup()
            do {
                var run = ContainerProcessRun(self, cgroup, missing, began: began, inForeground: inForeground)
                var finished = try run.run(fault, observer, started, executed)
                do { try cgroup?.remove() } catch {
                    finished.warnings.append("the container's cgroup is left: \(error); `teach clean` removes it")
                }
                return finished
            } catch {
                cgroup?.kill()
                try? cgroup?.remove()
                throw error
            }
        } catch {
            directories?.undo()
            throw error
        }
    }

    private func makeCgroup() throws -> ContainerCgroup? {
        if cgroup == .forLimits && limits == CgroupLimits() { return nil }
        do {
            // The writable layer lies in the container's folder.
            return try ContainerCgroup(id, owner: root.directories[0], limits, on: try CgroupHost.detect())
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
                case .EPERM, .EACCES: "; `teach doctor` tells what this host allows"
                case .EMFILE: "; raise the number of files that may be open, such as with: ulimit -n 1024"
                default: ""
                }
            throw ContainerError(.preparation, "the container cannot be made: \(error)\(cure)")
        }
    }
}
