import Containers
import Linux
import Testing

@Suite struct ContainerPlanTests {
    private var spec: ContainerSpec {
        ContainerSpec(
            id: "0123", hostname: "web",
            root: .overlay(
                OverlayRoot(
                    layers: ["/layers/b", "/layers/a"], upper: "/c/upper", work: "/c/work", mountPoint: "/c/merged")),
            arguments: ["sh", "-c", "true"], workingDirectory: "/app")
    }

    @Test func theStepsThatMakeAContainer() {
        let fourteen =
            "chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod "
            + "audit_write setfcap"
        #expect(
            spec.plan(.init()).description == """
                 1  new session
                 2  make mounts private: / and all beneath it
                 3  mount overlay: /layers/b over /layers/a, writable /c/upper, on /c/merged
                 4  mount proc: on /proc (nosuid,nodev,noexec)
                 5  mount tmpfs: on /dev (nosuid,strictatime,mode=755,size=64m)
                 6  mount devpts: on /dev/pts (nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5)
                 7  mount sysfs: on /sys (ro,nosuid,nodev,noexec)
                 8  mount mqueue: on /dev/mqueue (nosuid,nodev,noexec)
                 9  mount tmpfs: on /dev/shm (nosuid,nodev,noexec,mode=1777,size=64m)
                10  make devices: /dev/null 1:3, /dev/zero 1:5, /dev/full 1:7, /dev/random 1:8, /dev/urandom 1:9, /dev/tty 5:0
                11  make links: /dev/ptmx -> pts/ptmx, /dev/fd -> /proc/self/fd, /dev/stdin -> /proc/self/fd/0, \
                /dev/stdout -> /proc/self/fd/1, /dev/stderr -> /proc/self/fd/2
                12  make paths read-only: /proc/bus, /proc/fs, /proc/irq, /proc/sys, /proc/sysrq-trigger
                13  mask paths: /proc/acpi, /proc/asound, /proc/interrupts, /proc/kcore, /proc/keys, /proc/latency_stats, \
                /proc/sched_debug, /proc/scsi, /proc/timer_list, /proc/timer_stats, /sys/firmware, \
                /sys/devices/virtual/powercap
                14  pivot_root: the union becomes /, the host's tree is detached
                15  sethostname: web
                16  bring loopback up: lo
                17  umask: 022
                18  working directory: /app
                19  close descriptors: 3 and above, at exec
                20  limit bounding set: \(fourteen)
                21  become user: uid 0, gid 0, groups 0
                22  set capabilities: \(fourteen)
                23  die with parent: SIGKILL
                24  exec: sh -c true
                """)
    }

    @Test func whatTheHostAsksForComesFirst() {
        let surroundings = ContainerSpec.Surroundings(
            missingMountPoints: ["proc"], entrances: [.init(path: "/sys/fs/cgroup/pids/teach/0123", descriptor: 9)],
            streams: StandardStreams(input: 5, output: 6, error: 7))
        let names = spec.plan(surroundings).steps.map(\.name)
        #expect(
            names.prefix(8) == [
                "new session", "standard streams", "join cgroup", "unshare", "make mounts private", "mount overlay",
                "make mount point", "mount proc",
            ])
    }

    @Test func afterTheFilterOnlyPowerIsGivenUp() {
        let filter = [SeccompInstruction(code: 6, k: 0x7fff_0000)]
        let names = spec.plan(.init(filter: filter)).steps.map(\.name)
        #expect(
            names.suffix(7) == [
                "await parent", "load seccomp", "limit bounding set", "become user", "set capabilities",
                "die with parent", "exec",
            ])
    }

    @Test func nobodyGivesWhatTheyDoNotHave() {
        var spec = spec
        spec.capabilities = CapabilitySets(Capabilities(names: ["chown", "kill", "sys_admin"])!)
        let steps = spec.plan(.init(permitted: Capabilities(names: ["chown", "kill"])!)).steps
        #expect(steps.contains(.setCapabilities(CapabilitySets(Capabilities(names: ["chown", "kill"])!))))
        spec.user = UserIdentity(uid: 7, gid: 7, groups: [7])
        let sets = spec.plan(.init()).steps.compactMap { if case .setCapabilities(let sets) = $0 { sets } else { nil } }
        #expect(sets.map(\.permitted) == [[]] && sets.map(\.effective) == [[]])
    }
}
