import Glibc

extension Benchmark {
    /// A file of 4 GB on its way into a layer, out of the store as an archive, and into another store.
    static let memory = Benchmark(
        name: "memory", subject: "the memory of build, save and load with a file of 4 GB in a layer"
    ) { report in
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        let log = Log(in: scratch)
        let (context, archive, home) = (
            scratch.path + "/context", scratch.path + "/archive.tar", scratch.path + "/home"
        )
        try spawn(["mkdir", context])
        try SampleFiles.write(Array("FROM scratch\nCOPY large /\n".utf8), to: context + "/Dockerfile")
        try writeLargeFile(to: context + "/large")
        let teach = try besideUs("teach")
        func measure(_ what: String, home: String, _ words: String...) throws {
            setenv("TEACH_HOME", home, 1)
            defer { unsetenv("TEACH_HOME") }
            let peak = try log.peakMemory(of: [teach, "docker"] + words)
            report.figure(
                "memory of docker \(what), a file of 4 GB", Double(peak) / Double(1 << 20), unit: "MiB", atMost: 64)
        }
        // What is done with goes at once, because all of it lies in memory.
        try measure("build with COPY", home: home, "build", "-t", "large", context)
        try spawn(["rm", "-rf", context])
        try measure("save", home: home, "save", "-o", archive, "large")
        try spawn(["rm", "-rf", home])
        try measure("load", home: home + "2", "load", "-i", archive)
    }

    /// 4 GiB that gzip compresses to less than a tenth, so that two copies and a layer fit into memory.
    private static func writeLargeFile(to path: String) throws {
        var files = SampleFiles(seed: 4)
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw BenchmarkError("\(path) cannot be written: errno \(errno)") }
        defer { close(file) }
        for _ in 0..<(4 << 30) / (1 << 17) {
            let part = files.contents(size: 1 << 14)
            let bytes = Array((0..<8).map { _ in part }.joined())
            guard write(file, bytes, bytes.count) == bytes.count else {
                throw BenchmarkError("\(path) cannot be written: errno \(errno)")
            }
        }
    }
}
