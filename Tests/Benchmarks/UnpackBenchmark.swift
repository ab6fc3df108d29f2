import Glibc

extension Benchmark {
    /// Whole processes, from an archive or a layout to unpacked layers; podman's and umoci's are the command alone, and
    /// Docker's the client, whose engine does the work.
    static let unpack = Benchmark(
        name: "unpack", subject: "an image of 300 MB and 20,000 files in gzip layers, into the store: teach and peers"
    ) { report in
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        let image = try SampleImage.ofPackages(in: scratch)
        let log = Log(in: scratch)
        let engine = try DockerEngine(in: scratch)
        defer { withExtendedLifetime(engine) {} }
        let storage = ContainersStorage(path: scratch.path + "/containers")
        let teach = try besideUs("teach")
        let home = scratch.path + "/home"
        func measure(_ words: [String], thenUndo undo: [String]) -> () throws -> Int64 {
            {
                let time = try nanoseconds { try log.run(words) }
                try log.run(undo)
                return time
            }
        }
        let bundle = scratch.path + "/bundle"
        let peers = [
            (
                "umoci unpack",
                measure(
                    ["umoci", "unpack", "--image", "\(image.layout):\(image.name)", bundle],
                    thenUndo: ["rm", "-rf", bundle])
            ),
            (
                "podman load",
                measure(
                    storage.podman("load", "-q", "-i", image.archive),
                    thenUndo: storage.podman("rmi", "-f", image.name))
            ),
            (
                "docker load",
                measure(
                    [DockerEngine.client, "load", "-q", "-i", image.archive],
                    thenUndo: [DockerEngine.client, "rmi", image.name])
            ),
        ]
        setenv("TEACH_HOME", home, 1)
        defer { unsetenv("TEACH_HOME") }
        let ours = measure([teach, "docker", "load", "-i", image.archive], thenUndo: ["rm", "-rf", home])
        let medians = try inTurns(rounds: 5, [ours] + peers.map(\.1))
        for (peer, median) in zip(peers, medians.dropFirst()) {
            report.ratio(
                "300 MB and 20,000 files in gzip layers: docker load of teach : \(peer.0)", ours: medians[0],
                peer: median, bound: 0.8)
        }
    }
}

extension SampleImage {
    /// 300 MB and 20,000 files in five layers.
    ///
    /// - Throws: `BenchmarkError`
    static func ofPackages(in scratch: Scratch) throws -> SampleImage {
        var files = SampleFiles(seed: 300)
        let (count, layers) = (20_000, 5)
        var folders: [String] = []
        for (index, size) in files.sizes(count: count, total: 300_000_000).enumerated() {
            let layer = "\(scratch.path)/tree/\(index * layers / count)"
            if folders.last != layer { folders.append(layer) }
            let folder = "\(layer)/usr/share/package\(index / 40)"
            if index % 40 == 0 { try spawn(["mkdir", "-p", folder]) }
            try files.write(size: size, to: "\(folder)/file\(index)")
        }
        return try SampleImage("packages", of: folders, in: scratch.path)
    }
}
