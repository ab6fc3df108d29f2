import Cgroups
import Testing

@Suite struct CgroupHostTests {
    @Test func versionTwoAlone() {
        let host = CgroupHost(
            mountinfo: "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
            cgroup: "0::/user.slice/user-0.slice/session-1.scope\n")
        #expect(host.kind == .v2)
        #expect(host.unified?.own == "/sys/fs/cgroup/user.slice/user-0.slice/session-1.scope")
    }

    @Test func hybrid() {
        let host = CgroupHost(
            mountinfo: """
                31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
                32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
                35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
                40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
                41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
                """,
            cgroup: "9:name=systemd:/\n4:memory:/jobs/one\n2:cpu,cpuacct:/\n0::/\n")
        #expect(host.kind == .hybrid)
        #expect(host.unified?.own == "/sys/fs/cgroup/unified")
        #expect(host.legacy.keys.sorted() == ["cpu", "cpuacct", "memory"])
        #expect(host.legacy["memory"]?.own == "/sys/fs/cgroup/memory/jobs/one")
        #expect(host.legacy["cpu"]?.own == "/sys/fs/cgroup/cpu,cpuacct")
    }

    @Test func insideAContainerTheMountShowsAPartOfTheTree() {
        let line = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory"
        let bound = CgroupHost(mountinfo: line, cgroup: "4:memory:/docker/abc/inner\n")
        #expect(bound.kind == .v1)
        #expect(bound.legacy["memory"]?.own == "/sys/fs/cgroup/memory/inner")
        let outside = CgroupHost(mountinfo: "1 1 0:1 / /cg rw - cgroup2 cgroup2 rw", cgroup: "0::/../other\n")
        #expect(outside.unified?.own == "/cg")
    }

    @Test func noneAtAll() {
        #expect(CgroupHost(mountinfo: "1 1 0:1 / / rw - ext4 /dev/vda rw\n", cgroup: "").kind == .none)
    }
}
