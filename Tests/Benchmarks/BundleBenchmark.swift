import Glibc

extension Benchmark {
    /// The same bundle as whole processes. Debian's crun refuses a host with both versions of cgroups, so all run
    /// where /sys/fs/cgroup is version 2 alone, in a mount namespace of their own; each makes a cgroup and removes it.
    static let bundle = Benchmark(
        name: "bundle", subject: "an OCI bundle run to the exit of /bin/true: teach-runc, crun and runc"
    ) { report in
        guard isInside else { return try runInside(&report) }
        let scratch = try Scratch()
        try makeRoot(scratch.path + "/rootfs")
        let ours = try besideUs("teach-runc")
        try writeBundle(scratch.path, ours)
        func command(_ runtime: String) -> [String] { [runtime, "run", "--bundle", scratch.path, "teach-bench"] }
        for (peer, bound, rounds) in [("crun", 0.75, 300), ("runc", 0.25, 100)] {
            let medians = try medians(rounds: rounds) {
                try spawn(command(ours))
            } _: {
                try spawn(command(peer))
            }
            report.ratio(
                "an OCI bundle, teach-runc : \(peer)", ours: medians.ours, peer: medians.peer, bound: bound)
        }
    }

    private static let mark = "TEACH_BENCH_CGROUP2"
    /// Whether this process was started by `runInside`; its rows belong to a table that is begun already.
    static var isInside: Bool { getenv(mark) != nil }

    /// Runs this benchmark again where cgroups are version 2 alone.
    private static func runInside(_ report: inout Report) throws {
        let script = """
            mount --make-rprivate / && umount -l /sys/fs/cgroup 2>/dev/null
            mount -t cgroup2 none /sys/fs/cgroup && \(mark)=1 exec "$0" bundle
            """
        let own = try ownPath()
        if try exitStatus(["unshare", "-m", "sh", "-c", script, own]) != 0 { report.miss() }
    }

    /// What `teach-runc spec` writes, with /bin/true for a command.
    private static func writeBundle(_ directory: String, _ runtime: String) throws {
        try spawn([runtime, "spec", "--bundle", directory])
        try spawn(["sed", "-i", "s#\"args\": \\[\"sh\"\\]#\"args\": [\"/bin/true\"]#", directory + "/config.json"])
        try spawn(["grep", "-q", "/bin/true", directory + "/config.json"])
    }
}
