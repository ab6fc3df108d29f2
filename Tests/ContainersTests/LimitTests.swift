import Cgroups
import Containers
import Events
import Glibc
import Linux
import Testing

private let host = try? CgroupHost.detect()

private func hasController(_ name: String) -> Bool {
    guard isRoot, let host else { return false }
    if host.legacy[name] != nil { return true }
    return host.unified.map { read($0.own + "/cgroup.controllers").contains(name) } ?? false
}

@Suite struct LimitTests {
    @Test(.enabled(if: hasController("pids"), "this host lets us limit no processes"))
    func aForkTooManyIsRefused() throws {
        let scene = try Scene()
        var spec = scene.spec("sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 100 & done")
        spec.limits = CgroupLimits(pids: 5)
        let (finished, output) = try scene.run(spec)
        #expect(output.contains("can't fork: Resource temporarily unavailable"))
        #expect(finished.samples.contains { $0.name == "pids.events/max" && $0.value >= 1 })
        expectGone(scene)
    }

    @Test(.enabled(if: hasController("memory"), "this host lets us limit no memory"))
    func memoryTooMuchIsKilled() throws {
        let scene = try Scene()
        var spec = scene.spec("tail", "-c", "190000000", "/dev/zero")
        spec.limits = CgroupLimits(memory: 32 << 20)
        let finished = try scene.run(spec).finished
        #expect(finished.status.shellStatus == 137)
        let peak = finished.samples.first { $0.name.hasPrefix("memory.max_usage") || $0.name == "memory.peak" }
        #expect(try #require(peak).value <= 32 << 20)
        #expect(finished.samples.contains { $0.name.hasSuffix("/oom_kill") && $0.value >= 1 })
        expectGone(scene)
    }

    @Test(.enabled(if: hasController("cpu"), "this host lets us limit no processor time"))
    func aBusyLoopIsThrottled() throws {
        let scene = try Scene()
        var spec = scene.spec("sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done")
        spec.limits = CgroupLimits(cpus: 0.1)
        let finished = try scene.run(spec).finished
        #expect(finished.status == .exited(0))
        #expect(finished.samples.contains { $0.name == "cpu.stat/nr_throttled" && $0.value >= 1 })
        expectGone(scene)
    }

    @Test(.enabled(if: isRoot && host?.unified != nil, "this host has no unified hierarchy"))
    func withoutLimitsItIsBornIntoACgroupOfItsOwn() throws {
        let scene = try Scene()
        var seen = ""
        let finished = try scene.run(scene.spec("sleep", "1000")) { container in
            seen = read("/proc/\(container.pid)/cgroup")
            #expect(container.cgroups.count == 1)
            kill(container.pid, SIGKILL)
        }.finished
        #expect(seen.contains("0::") && seen.contains("/teach/\(scene.id)\n"))
        #expect(finished.samples.contains { $0.name == "cpu.stat/usage_usec" && $0.value > 0 })
        expectGone(scene)
    }

    @Test(.enabled(if: hasController("pids"), "this host lets us limit no processes"))
    func theContainerSeesItsCgroupAsTheRoot() throws {
        let scene = try Scene()
        var spec = scene.spec("grep", "-E", "pids|^0:", "/proc/self/cgroup")
        spec.limits = CgroupLimits(pids: 20)
        let lines = try scene.run(spec).output.split(separator: "\n")
        #expect(!lines.isEmpty)
        #expect(lines.allSatisfy { $0.hasSuffix(":/") }, "\(lines)")
    }

    @Test(.enabled(if: isRoot, "containers need root on this host"))
    func withoutALimitThePolicyCanLeaveTheCgroupOut() throws {
        let scene = try Scene()
        var spec = scene.spec("true")
        spec.cgroup = .forLimits
        let finished = try scene.run(spec) { #expect($0.cgroups.isEmpty) }.finished
        #expect(finished.samples.isEmpty && finished.warnings.isEmpty)
    }

    private func expectGone(_ scene: Scene) {
        #expect(shell("test -z \"$(find /sys/fs/cgroup -name \(scene.id) 2>/dev/null)\"") == 0)
    }
}
