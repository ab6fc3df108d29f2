import ArgumentParser
import Engine
import OCI

/// Options of docker run(1) that people type and that are not there yet: known, so that the refusal can say so.
struct LaterContainerOptions: ParsableArguments {
    @Flag(name: [.short, .long]) var detach = false
    @Option(name: [.short, .long]) var publish: [String] = []
    @Flag(name: [.customShort("P"), .long]) var publishAll = false
    @Option(name: .long) var expose: [String] = []
    @Option(name: .long) var link: [String] = []
    @Option(name: .long) var addHost: [String] = []
    @Option(name: .long) var dns: [String] = []
    @Option(name: .long) var restart: String?
    @Flag(name: .long) var `init` = false
    @Flag(name: .long) var privileged = false
    @Option(name: .long) var securityOpt: [String] = []
    @Option(name: .long) var device: [String] = []
    @Option(name: .long) var pid: String?
    @Option(name: .long) var ipc: String?
    @Option(name: .long) var tmpfs: [String] = []
    @Option(name: .long) var volumesFrom: [String] = []
    @Option(name: .long) var ulimit: [String] = []
    @Option(name: .long) var shmSize: String?
    @Option(name: .long) var memorySwap: String?
    @Option(name: .long) var cpusetCpus: String?
    @Option(name: [.customShort("c"), .long]) var cpuShares: String?
    @Option(name: .long) var logDriver: String?
    @Option(name: .long) var pull: String?
    @Option(name: .long) var platform: String?

    /// - Throws: `EngineError` when one of them was given that asks for more than there is.
    func refuse() throws {
        let host = Platform.host
        let platforms = [nil, "\(host.os)/\(host.architecture)", host.os]
        let given: [(Bool, String)] = [
            (detach, "-d is not there yet: containers run in the foreground; leave it out"),
            (
                !publish.isEmpty || publishAll || !expose.isEmpty,
                "ports (-p, -P, --expose) are not there yet: a container has its own loopback alone"
            ),
            (
                !link.isEmpty || !addHost.isEmpty || !dns.isEmpty,
                "--link, --add-host and --dns are not there yet: a container has its own loopback alone"
            ),
            (
                restart.map { $0 != "no" } ?? false,
                "--restart is not there yet: containers run in the foreground and end with their command; leave it out"
            ),
            (self.`init`, "--init is not there yet: the command is process 1 itself; leave it out"),
            (
                privileged,
                "--privileged is not there: a container never has all of the host; name what it needs with --cap-add"
            ),
            (!securityOpt.isEmpty, "--security-opt is not there yet: a container has the standard rules; leave it out"),
            (!device.isEmpty, "--device is not there yet: a container has Docker's standard devices; leave it out"),
            (
                pid != nil || ipc.map { $0 != "private" } ?? false,
                "--pid and --ipc are not there yet: a container has namespaces of its own; leave them out"
            ),
            (!tmpfs.isEmpty, "--tmpfs is not there yet: write -v /host/path:/path for a folder that is no layer's"),
            (
                !volumesFrom.isEmpty,
                "--volumes-from is not there yet: give both containers the same -v /host/path:/path"
            ),
            (
                !ulimit.isEmpty || shmSize != nil || memorySwap != nil || cpusetCpus != nil || cpuShares != nil,
                "limits are -m, --cpus and --pids-limit here: --ulimit, --shm-size, --memory-swap, --cpuset-cpus and "
                    + "--cpu-shares are not there yet"
            ),
            (logDriver != nil, "--log-driver is not there: a container writes to this terminal; leave it out"),
            (
                pull.map { $0 != "missing" } ?? false,
                "--pull: there is nothing to pull from; an image is one that is here or is made here; leave it out"
            ),
            (
                !platforms.contains(platform),
                "--platform=\(platform ?? ""): images here are for \(platforms[1] ?? "") alone; leave it out"
            ),
        ]
        if let (_, sentence) = given.first(where: \.0) { throw EngineError(sentence) }
    }
}
