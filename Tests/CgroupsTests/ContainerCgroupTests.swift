import Cgroups
import Glibc
import Linux
import Testing

@Suite struct ContainerCgroupTests {
    private let id = "test-" + String((0..<16).map { _ in "0123456789abcdef".randomElement()! })

    private static let host = try? CgroupHost.detect()
    private static let isWritable = geteuid() == 0 && host?.legacy["pids"] ?? host?.unified != nil

    @Test(.enabled(if: isWritable, "this host's cgroups need root"))
    func oneForEveryHierarchyThatALimitNeedsAndNoneAfterwards() throws {
        let host = try #require(Self.host)
        let cgroup = try ContainerCgroup(id, CgroupLimits(pids: 9), on: host)
        #expect(cgroup.paths.allSatisfy { $0.hasSuffix("/teach/" + id) && access($0, F_OK) == 0 })
        #expect(cgroup.paths.count == (cgroup.unified == nil ? 0 : 1) + cgroup.legacy.count)
        #expect(cgroup.legacy.allSatisfy { $0.controller == "pids" })
        try cgroup.remove()
        #expect(cgroup.paths.allSatisfy { access($0, F_OK) != 0 })
    }

    @Test(.enabled(if: isWritable, "this host's cgroups need root"))
    func removingEndsWhatIsLeft() throws {
        let cgroup = try ContainerCgroup(id, CgroupLimits(pids: 9), on: try #require(Self.host))
        let pid = try DedicatedThread.run {
            let program = Program(candidates: ["/bin/sleep"], arguments: ["sleep", "1000"], environment: [])
            let joins = cgroup.legacy.map { PlanStep.joinCgroup(path: $0.path, descriptor: $0.entrance.number) }
            let process = try Plan(joins + [.execute(program)]).launch(
                namespaces: [], cgroup: cgroup.unified?.directory.number ?? -1)
            while case let next = try process.reports(), !next.isEmpty {}
            return process.pid
        }
        cgroup.kill()
        var status: CInt = 0
        #expect(waitpid(pid, &status, 0) == pid && status == SIGKILL)
        try cgroup.remove()
    }

    @Test func aLimitThatCannotBeSetIsAnError() throws {
        let host = CgroupHost(mountinfo: "", cgroup: "")
        let error = #expect(throws: CgroupError.self) {
            try ContainerCgroup(id, CgroupLimits(memory: 1 << 25), on: host)
        }
        #expect(error?.description.hasPrefix("the memory limit cannot be set: no hierarchy of this host") == true)
        #expect(try ContainerCgroup(id, CgroupLimits(), on: host).paths == [])
    }

    @Test func whereNothingMayBeWrittenItIsOneWarning() throws {
        // /proc takes no directory, whoever asks.
        let host = CgroupHost(mountinfo: "1 1 0:1 / /proc ro - cgroup2 cgroup2 ro", cgroup: "0::/\n")
        let cgroup = try ContainerCgroup(id, CgroupLimits(), on: host)
        #expect(cgroup.paths == [])
        #expect(cgroup.warnings.count == 1)
        #expect(cgroup.warnings.first?.contains("run as root") == true)
    }
}
