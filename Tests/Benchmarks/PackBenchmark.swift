import ContentStore
import Glibc

extension Benchmark {
    /// Ours is the call that every new layer goes through; umoci's is its whole process, which also holds the tree against
    /// the list of what it had unpacked: only so does it pack.
    static let pack = Benchmark(
        name: "pack", subject: "a tree of 300 MB and 20,000 files into a gzip layer: teach and umoci repack"
    ) { report in
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        let log = Log(in: scratch)
        let (layout, bundle, tree) = (scratch.path + "/pack", scratch.path + "/bundle", scratch.path + "/whole")
        try spawn(["umoci", "init", "--layout", layout])
        try spawn(["umoci", "new", "--image", layout + ":empty"])
        try log.run(["umoci", "unpack", "--image", layout + ":empty", bundle])
        let image = try SampleImage.ofPackages(in: scratch)
        for folder in image.folders { try spawn(["cp", "-a", folder + "/.", bundle + "/rootfs/"]) }
        try spawn(["cp", "-a", bundle + "/rootfs", tree])
        var (ours, theirs) = (Int64(0), Int64(0))
        let blob = scratch.path + "/layer.tar.gz"
        let medians = try inTurns(
            rounds: 5,
            [
                {
                    // The level that umoci's library takes where none is asked for.
                    let file = open(blob, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
                    defer { close(file) }
                    return try nanoseconds {
                        ours = try LayerWriter(compression: .gzip(level: 6)).write(tree, to: file).size
                    }
                },
                {
                    let time = try nanoseconds {
                        try log.run(["umoci", "repack", "--image", layout + ":full", bundle])
                    }
                    theirs = try largestFile(in: layout + "/blobs/sha256")
                    try log.run(["umoci", "rm", "--image", layout + ":full"])
                    try log.run(["umoci", "gc", "--layout", layout])
                    return time
                },
            ])
        report.ratio(
            "300 MB and 20,000 files into a gzip layer of level 6 (\(ours / 1_000_000) MB : \(theirs / 1_000_000) MB): "
                + "teach : umoci repack", ours: medians[0], peer: medians[1], bound: 1)
    }

    private static func largestFile(in folder: String) throws -> Int64 {
        guard let directory = opendir(folder) else { throw BenchmarkError("\(folder) cannot be read: errno \(errno)") }
        defer { closedir(directory) }
        var largest: Int64 = 0
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(cString: $0.bindMemory(to: CChar.self).baseAddress!)
            }
            var status = stat()
            if stat(folder + "/" + name, &status) == 0 { largest = max(largest, Int64(status.st_size)) }
        }
        return largest
    }
}
