import ArgumentParser
import Builder

/// Options of docker build(1) that people type and that are not there: known, so that the refusal can name the cure.
struct LaterBuildOptions: ParsableArguments {
    @Option(name: .long) var cacheFrom: [String] = []
    @Option(name: [.short, .long]) var output: [String] = []
    @Option(name: .long) var ssh: [String] = []
    @Flag(name: .long) var squash = false
    @Flag(name: .long) var stream = false
    @Option(name: .long) var isolation: String?
    @Option(name: .long) var securityOpt: [String] = []
    @Option(name: .long) var shmSize: String?
    @Option(name: .long) var ulimit: [String] = []
    @Option(name: [.short, .long]) var memory: String?
    @Option(name: .long) var memorySwap: String?
    @Option(name: .long) var cpuPeriod: String?
    @Option(name: .long) var cpuQuota: String?
    @Option(name: [.customShort("c"), .long]) var cpuShares: String?
    @Option(name: .long) var cpusetCpus: String?
    @Option(name: .long) var cpusetMems: String?
    @Option(name: .long) var cgroupParent: String?

    /// - Throws: `BuildError` when one of them was given.
    func refuse() throws {
        let limits: [(String, Bool)] = [
            ("--memory", memory != nil), ("--memory-swap", memorySwap != nil), ("--cpu-period", cpuPeriod != nil),
            ("--cpu-quota", cpuQuota != nil), ("--cpu-shares", cpuShares != nil), ("--cpuset-cpus", cpusetCpus != nil),
            ("--cpuset-mems", cpusetMems != nil), ("--cgroup-parent", cgroupParent != nil),
            ("--ulimit", !ulimit.isEmpty), ("--shm-size", shmSize != nil),
        ]
        if let (flag, _) = limits.first(where: \.1) {
            throw BuildError(
                "\(flag): the commands of a build have no limits here; leave it out, or set one in the RUN")
        }
        let given: [(Bool, String)] = [
            (!cacheFrom.isEmpty, "--cache-from: the cache is what was built on this machine; leave it out"),
            (!output.isEmpty, "--output: a build makes an image; leave it out, and write files with docker cp or save"),
            (!ssh.isEmpty, "--ssh: a RUN has no agent here; leave it out, and give a key with --secret"),
            (squash, "--squash: each step keeps its layer, so that it can be seen; leave it out, and join the RUNs"),
            (stream, "--stream: the context is read where it lies; leave it out"),
            (
                isolation.map { $0 != "default" } ?? false,
                "--isolation: containers have one kind of isolation on Linux; leave it out"
            ),
            (!securityOpt.isEmpty, "--security-opt: a RUN has the standard rules alone; leave it out"),
        ]
        if let (_, sentence) = given.first(where: \.0) { throw BuildError(sentence) }
    }
}
