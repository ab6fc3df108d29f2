import Containers
import Events
import Glibc
import Linux

extension Benchmark {
    /// A container without a cgroup, as bubblewrap makes none. Its program is process 1 in both; ours has an
    /// overlay, /sys and Docker's masked paths besides.
    static let container = Benchmark(
        name: "container", subject: "from a spec to the exit of /bin/true: a call in a warm process, and bwrap"
    ) { report in
        let scratch = try Scratch()
        let root = scratch.path + "/root"
        try makeRoot(root)
        let spec = ContainerSpec(
            id: String(repeating: "0", count: 64), hostname: "bench",
            root: .overlay(
                OverlayRoot(
                    layers: [root], upper: scratch.path + "/upper", work: scratch.path + "/work",
                    mountPoint: scratch.path + "/merged")),
            arguments: ["/bin/true"],
            environment: ["PATH=/bin"], cgroup: .forLimits)
        let bubblewrap =
            ["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup"]
            + [
                "--as-pid-1", "--hostname", "bench", "--bind", root, "/", "--proc", "/proc", "--dev", "/dev",
                "/bin/true",
            ]
        var steps: [[SetupStep]] = []
        let medians = try medians(rounds: 400) {
            let finished = try spec.run()
            guard finished.status == .exited(0) else { throw BenchmarkError("/bin/true: \(finished.status)") }
            steps.append(finished.steps)
        } _: {
            try spawn(bubblewrap)
        }
        report.ratio(
            "a container, overlay and six namespaces : bwrap", ours: medians.ours, peer: medians.peer, bound: 0.8)
        guard getenv("TEACH_BENCH_STEPS") != nil else { return }
        for index in steps[0].indices {
            print("\(steps.map { $0[index].nanoseconds }.median / 1000) µs  \(steps[0][index].name)")
        }
    }
}
